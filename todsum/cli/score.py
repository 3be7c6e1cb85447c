"""``todsum-bench score``."""

from __future__ import annotations

from json import dumps
from pathlib import Path

import click

from todsum.cli.importing import ImportOptions, import_options, read_import
from todsum.cli.options import data_option, json_option, protocol_option, split_option
from todsum.cli.paths import PATH
from todsum.errors import TodsumError
from todsum.terminal import say, tell


@click.command()
@click.option("--dataset", help="Data set whose references and states to score against; needs --predictions.")
@split_option(default="test", show_default=True)
@click.option(
    "--predictions", type=PATH, help='JSON lines or a JSON list of {"id": …, "summary": …}; may be packed (.gz).'
)
@click.option(
    "--cell", type=PATH, help="A cell's folder in a run directory: its predictions against its test examples."
)
@click.option("--hypotheses", type=PATH, help="Plain text, one summary a line.")
@click.option("--references", type=PATH, help="Plain text, one reference a line.")
@click.option("--states", type=PATH, help="Dialogue states, one a line, as in TODSum's test.oracle.")
@data_option
@protocol_option
@import_options
@json_option
def score(
    dataset: str | None,
    split: str,
    predictions: Path | None,
    cell: Path | None,
    hypotheses: Path | None,
    references: Path | None,
    states: Path | None,
    data: Path | None,
    protocol: str | None,
    how: ImportOptions,
    json: bool,
) -> None:
    """Score summaries from a file, as the results table would.

    Against a data set, every example needs exactly one prediction:

    \b
    todsum-bench score --dataset todsum --split test --predictions predictions.jsonl --data DIR
    todsum-bench score --dataset hub:org/name --columns dialogue=dialogue,summary=summary --predictions p.json.gz

    An id may be a whole number, which stands for its digits; one that is there twice is refused.

    A cell of a run directory, recomputed from its predictions (and predicted states) alone:

    \b
    todsum-bench score --cell runs/todsum/zero-shot/taxi/lead-3/0-1a2b3c4d --data DIR

    Or line by line against references (ROUGE), states (consistency), or both:

    \b
    todsum-bench score --hypotheses out.txt --references gold.txt --json
    todsum-bench score --hypotheses test.hpy --states test.oracle --json

    Texts that the scores do no justice to (empty ones, loops, scripts without ROUGE tokens, sentence marks of other
    toolkits) are counted and named on stderr, and in the JSON under texts and notes.
    """
    from todsum.bench.outputs import score_texts
    from todsum.bench.predictions import from_cell, from_dataset, from_import, from_lines
    from todsum.console import progress_bar
    from todsum.metrics.odd_texts import ScoredTexts

    given = {name for name, value in click.get_current_context().params.items() if value is not None}
    given &= {"dataset", "predictions", "cell", "hypotheses", "references", "states"}
    if dataset is None and how.given:
        raise TodsumError("--config, --columns and --speakers are for --dataset hub:…")
    if dataset is not None and predictions is not None and given == {"dataset", "predictions"}:
        choice = read_import(dataset, how)
        if choice is not None and protocol is not None:
            raise TodsumError(f"--protocol is for todsum, not for {dataset}")
        read = (
            from_import(choice, split, predictions)
            if choice is not None
            else from_dataset(dataset, split, predictions, data, protocol)
        )
    elif cell is not None and given == {"cell"}:
        read = from_cell(cell, data)
    elif hypotheses is not None and given - {"hypotheses"} and given <= {"hypotheses", "references", "states"}:
        read = from_lines(hypotheses, references, states)
    else:
        raise TodsumError(
            "give --dataset and --predictions, or --cell, or --hypotheses with --references or --states; "
            "see score --help"
        )
    with progress_bar("score", len(read.summaries)) as advance:
        found = score_texts(read.summaries, read.states, read.golds, progress=advance)
    odd = ScoredTexts.of(read.summaries, read.golds)
    notes = odd.lines(read.names)
    for note in notes:
        tell(f"note: {note}")
    scores = {name: None if value != value else 100 * value for name, value in found.scores().items()}
    if cell is not None:
        check_recorded(cell, found.scores())
    if json:
        told = {"n": found.n, "scores": scores, "signatures": found.signatures()}
        say(dumps(told | {"texts": odd.counts(), "notes": notes}, indent=1))
        return
    say(f"n = {found.n}")
    for name, value in scores.items():
        say(f"{name:32} {'–' if value is None else f'{value:.3f}'}")
    for name, signature in found.signatures().items():
        say(f"{name}: {signature}")


def check_recorded(cell: Path, scores: dict[str, float]) -> None:
    """Compares recomputed scores with those of the cell's result, where it has one.

    Raises:
        TodsumError: they differ.
    """
    from todsum.bench.result import RESULT, Result, read_record

    if not (cell / RESULT).exists():
        return
    recorded = read_record(cell / RESULT, Result).scores
    for name, value in scores.items():
        old = recorded.get(name)
        if (old is None) != (value != value) or (old is not None and abs(old - value) > 1e-9):
            raise TodsumError(
                f"{cell}: {name} is {100 * value:.3f} by its predictions, and {100 * (old or 0):.3f} in {RESULT}: "
                "one of them was edited, or another version scored it"
            )
