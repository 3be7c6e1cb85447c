"""``todsum-bench summarize``."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import click

from todsum.cli.options import device_option
from todsum.cli.paths import PATH, FilledPath
from todsum.terminal import tell

if TYPE_CHECKING:
    from todsum.summarizing.reading import Reader
    from todsum.summarizing.writing import Target

#: Seconds between lines of progress where stderr is no terminal.
QUIET = 30.0


@click.command()
@click.argument("file", required=False, type=FilledPath(path_type=Path, allow_dash=True))
@click.option("--model", required=True, help="A cell's folder, a folder above one cell, an exported model or a hub id.")
@click.option("--out", type=PATH, help="Write there, not to stdout; can be killed and continued.")
@click.option(
    "--state",
    type=click.Choice(["given", "predicted", "none"]),
    help="Where dialogue states come from. Default: as the model was tested.",
)
@click.option("--query", metavar="TEXT", help="What summaries answer, where a dialogue has no query of its own.")
@click.option("--batch-size", type=click.IntRange(1, 4096), help="Dialogues at a time. Default: the model's own.")
@click.option(
    "--beams", type=click.IntRange(1, 100), help="Beams of the search; 1 is greedy. Default: the model's own."
)
@device_option
@click.option(
    "--format",
    type=click.Choice(["jsonl", "csv", "text"]),
    help="Of the input. Default: by its name and first line.",
)
@click.option("--speakers", metavar="PATTERN", help="What begins a turn of a text: one group, the speaker.")
def summarize(
    file: Path | None,
    model: str,
    out: Path | None,
    state: Literal["given", "predicted", "none"] | None,
    query: str | None,
    batch_size: int | None,
    beams: int | None,
    device: str,
    format: Literal["jsonl", "csv", "text"] | None,
    speakers: str | None,
) -> None:
    """Summarize the dialogues in FILE, or on stdin, with a trained model.

    \b
    todsum-bench summarize --model runs/todsum/in-domain/all/finetune/1-1438982e dialogues.jsonl --out summaries.jsonl
    todsum-bench summarize --model owner/name --batch-size 1 < chat.txt
    todsum-bench summarize --model lead-3 chat.txt

    Plain text has a blank line between dialogues and a turn a line; a line without a speaker continues the turn:

    \b
    user: i need a taxi to ely
    agent: when ?

    A WhatsApp export, a Zoom chat or transcript, and captions (.vtt, .srt) are recognised by their first lines; each is
    one dialogue. For other layouts --speakers takes a pattern, such as '^\\[(\\w+)\\] '. Lines that look like a new
    speaker and are read as part of the turn before are counted on stderr.

    JSON has an object a line (or is one list of them), with a list of turns or with the same text, and, where there are
    such, an id, a state (a list of slots, or text), a query, domains and evidence. CSV has a dialogue a row, or a turn
    a row (columns speaker and text, and dialogue_id); all its cells are text. Files may be packed (.gz). An id that was
    there before gets a number. Notices, placeholders of pictures, tools and instructions are left out and counted:

    \b
    {"id": "a", "turns": [{"speaker": "user", "text": "i need a taxi to ely"}]}
    {"id": "b", "dialogue": "user: i need a taxi", "state": "taxi inform ( destination = ely ; leaveAt = 17:15 )"}
    {"id": "c", "messages": [{"role": "user", "content": "i need a taxi to ely"}]}
    {"id": "d", "dialogue": ["user: i need a taxi to ely", "agent: when ?"]}

    Summaries come in the order of the dialogues: a line {"id", "summary"} each, with the "state" where it is predicted;
    or, where the dialogues are text and --out does not end in .jsonl, as text with blank lines between them. A few
    batches are read ahead to put dialogues of like length together; --batch-size 1 answers each at once.

    Killed at any moment, the same command with --out goes on and ends with the same file; until that is complete,
    there is a small file OUT.part.json beside it. A complete file is left as it is. A dialogue that is wrong ends the
    command (exit code 2) when those before it are written; once it is mended, the same command goes on.

    \b
    --state given      states stand in the input (JSON lines)
    --state predicted  the model's own state tracker makes them (models trained with states: predicted)
    --state none       no states; models that put a state in front of the dialogue can't do without
    """
    from todsum.cli.devices import check_device
    from todsum.cli.importing import check_speakers
    from todsum.errors import TodsumError
    from todsum.files.packed import open_unpacked
    from todsum.summarizing.finished_file import FinishedFile, finished_file
    from todsum.summarizing.model import load
    from todsum.summarizing.progress_file import OutFile
    from todsum.summarizing.reading import Reader
    from todsum.summarizing.writing import Pipe, form_of, write_summaries

    check_device(device)
    pattern = check_speakers(speakers)
    with ExitStack() as stack:
        stream = _stdin() if file is None or str(file) == "-" else stack.enter_context(open_unpacked(file))
        loaded = load(model, device, state=state, beams=beams)
        if query is not None and not loaded.reads_query:
            raise TodsumError(f"{model}: reads no query; leave out --query")
        reader = Reader(stream, "stdin" if file is None or str(file) == "-" else str(file), format, pattern)
        if out is None and sys.stdout is None:
            raise TodsumError("standard output is closed: name a file by --out")
        form = form_of(out, reader.output)
        target: Target
        if out is None:
            target = Pipe(sys.stdout.buffer, escapes=sys.stdout.isatty())
        else:
            options = {
                "model": loaded.identity,
                "--state": loaded.state,
                "--query": str(query),
                "--batch-size": str(batch_size or loaded.batch_size),
                "--beams": str(beams),
                "--device": loaded.device,
                "--format": reader.kind,
            }
            options |= {"form": form} if form != reader.output else {}
            target = finished_file(out, options) or stack.enter_context(OutFile(out, options))
        count = target.done

        def told(number: int) -> None:
            nonlocal count
            count = number
            shown(number)

        try:
            with _progress(reader, file, quiet=out is None and sys.stdout.isatty()) as shown:
                count = write_summaries(loaded, reader, target, batch_size, query, form, told)
        except TodsumError:  # the next dialogue is none
            if count > target.done:
                _tell_of(reader, target, count)
            raise
    there = ", there already" if isinstance(target, FinishedFile) else ""
    tell(f"{count} {'summary' if count == 1 else 'summaries'}{f' in {out}' if out is not None else ''}{there}")
    _tell_of(reader, target, count)


def _tell_of(reader: Reader, target: Target, count: int) -> None:
    """Says what was read otherwise than it may be meant, and what the summaries lost."""
    from todsum.summarizing.losses import losses_line

    for line in reader.notes():
        tell(line)
    if lost := losses_line(target.losses, count):
        tell(lost)


def _stdin() -> BinaryIO:
    from todsum.errors import TodsumError

    if sys.stdin is None:
        raise TodsumError("standard input is closed: name a file of dialogues")
    if sys.stdin.isatty():
        tell("dialogues, 'Speaker: text', a blank line between them; the end is Ctrl-D:")
    return sys.stdin.buffer


@contextmanager
def _progress(reader: Reader, file: Path | None, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar on stderr where that is a terminal, else a line every half minute."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from todsum.console import Console

    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    spoke = time.monotonic()
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        total = file.stat().st_size if file is not None and file.is_file() and file.suffix != ".gz" else None
        task = bar.add_task("summaries", total=total)

        def told(count: int) -> None:
            nonlocal spoke
            bar.update(task, completed=reader.position, description=f"{count} summaries")
            if not console.is_terminal and time.monotonic() - spoke > QUIET:
                spoke = time.monotonic()
                console.print_line(f"{count} summaries")

        yield told
