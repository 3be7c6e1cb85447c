"""Everything that the command line prints goes through here; data can't steer the terminal that it is shown on."""

from __future__ import annotations

import io
import os
import re
import sys
from contextlib import suppress
from typing import TextIO

import click

from todsum.errors import TodsumError

#: Control characters (C0 but tabs and ends of lines, DEL, C1), separators of lines, marks that turn the direction of
#: the text that follows, and surrogates, which have no encoding.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)"
)


def escaped(text: str) -> str:
    r"""A text in which control characters are written out, such as ``\u001b``.

    JSON stays valid and keeps its meaning: such characters stand only in its strings, which are escaped in that way.
    """
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    """A text with control characters written out, in one line."""
    return escaped(" ".join(re.split(r"[\r\n\t]+", text.strip("\r\n\t"))))


def open_streams() -> None:
    """Makes all three streams ready for any text, also where the caller has closed one.

    A closed one's number is taken, or the next file that is opened would have it, and what libraries print would be
    written into that file. Letters that the encoding of a stream lacks are written out.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # has the lowest number that is free
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with suppress(OSError):  # its file was put in the place of another, of another kind
                stream.reconfigure(errors="backslashreplace")


def say(text: object, nl: bool = True) -> None:
    """Prints a result on standard output.

    Raises:
        TodsumError: it can't be written.
    """
    _print(escaped(str(text)), nl, err=False)


def tell(line: object) -> None:
    """Prints a line about the work on standard error. Where that can't be written, the work goes on in silence."""
    _print(one_line(str(line)), nl=True, err=True)


def _print(text: str, nl: bool, err: bool) -> None:
    if sys.stdout is None and not err:
        raise TodsumError("standard output is closed: there is nowhere to print to")
    try:
        click.echo(text, nl=nl, err=err)
    except BrokenPipeError:
        silence(sys.stderr if err else sys.stdout)
    except OSError as error:
        silence(sys.stderr if err else sys.stdout)
        if not err:
            raise TodsumError(f"standard output: {error.strerror or error}") from error


def end_of_output() -> None:
    """Writes what is left in the buffers; where nobody reads it any more, that is no error."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            silence(stream)


def silence(stream: TextIO) -> None:
    """Lets a stream that nobody reads any more go nowhere, so that the work goes on and Python can flush it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
