"""Ways in which a file can be broken, by the kind of file."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

Fault = Callable[[Path], None]


def _bytes(content: bytes) -> Fault:
    return lambda path: _write(path, content)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _changed(change: Callable[[bytes], bytes]) -> Fault:
    return lambda path: _write(path, change(path.read_bytes()))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _socket(path: Path) -> None:
    path.unlink()
    place = Path.cwd()
    os.chdir(path.parent)  # the path of a socket has to be short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(place)


def _huge(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(1 << 43)


def _with_field(text: str) -> Fault:
    """Puts a field into the last object of a JSON file or of JSON lines."""

    def change(content: bytes) -> bytes:
        head, brace, tail = content.rpartition(b"}")
        return head.rstrip() + b", " + text.encode() + brace + tail

    return _changed(change)


ANY: Mapping[str, Fault] = {"folder": _folder, "pipe": _pipe, "device": _device, "socket": _socket, "huge": _huge}
"""What is no file that can be read."""

TEXT: Mapping[str, Fault] = {"latin-1": _changed(lambda content: content.rstrip() + b"\xff\xfe\xe9\n")}
"""Broken as text."""

JSON: Mapping[str, Fault] = {
    "empty": _bytes(b""),
    "cut": _changed(lambda content: content.rstrip()[:-2]),
    "nul": _changed(lambda content: content.rstrip() + b"\0"),
    "brackets": _bytes(b"[" * 100_000),
    "deep": _bytes(b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "text": _bytes(b'"x"'),
    "repeated key": _with_field('"id": "x", "id": "y"'),
    "nan": _with_field('"odd": NaN'),
    "infinity": _with_field('"odd": -Infinity'),
    "1e999": _with_field('"odd": 1e999'),
    "digits": _with_field(f'"odd": {"9" * 5000}'),
    "surrogate": _with_field('"odd": "\\ud800"'),
}
"""Broken as JSON, or as JSON lines."""

_LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)
_MERGES = "b0: &b0 {x: 1}\n" + "".join(f"b{i}: &b{i} {{<<: [*b{i - 1}, *b{i - 1}]}}\n" for i in range(1, 30))

YAML_TEXTS: Mapping[str, str] = {
    "bool": "odd: !!bool maybe",
    "timestamp": "odd: !!timestamp foo",
    "date": "odd: 2001-99-99",
    "int": "odd: !!int ''",
    "list as key": "? [a, b]\n: 1",
    "mapping as key": "{a: b}: 1",
    "python": "odd: !!python/object/apply:os.system [ls]",
    "set": "odd: !!set {a, b}",
    "own tag": "odd: !own 1",
    "twice": "odd: 1\nodd: 2",
    "tab": "odd:\n\t- 1",
    "nul": "odd: \0",
    "unknown alias": "odd: *nothing",
    "itself": "odd: &odd [*odd]",
    "laughs": _LAUGHS,
    "merges": _MERGES,
    "brackets": "odd: " + "[" * 100_000,
    "infinite": "odd: .inf",
    "digits": f"odd: {'9' * 5000}",
    "two documents": "odd: 1\n---\nodd: 2",
}
"""Lines that break any YAML mapping."""

YAML: Mapping[str, Fault] = {
    **{
        name: _changed(lambda content, text=text: content + f"\n{text}\n".encode())  # type: ignore[misc]
        for name, text in YAML_TEXTS.items()
    },
    "list": _bytes(b"- a\n- b\n"),
    "number": _bytes(b"1"),
    "empty": _bytes(b""),
    "nothing": _bytes(json.dumps({}).encode()),
}
