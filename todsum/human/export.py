"""A blinded sample of system outputs, written for raters."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from todsum.bench.examples import TestExamples
from todsum.bench.predictions import read_texts
from todsum.bench.result import PREDICTIONS, CellRecord
from todsum.bench.simulated import known_simulations
from todsum.data.schema import Example
from todsum.errors import TodsumError
from todsum.files.fill_once import fill_once
from todsum.files.writing import write_atomic
from todsum.human.criteria import CRITERIA
from todsum.human.form import form
from todsum.human.key import KEY, MAX_ITEMS, Key, KeyItem, item_id
from todsum.human.sample import Drawn, draw
from todsum.human.sheet import Page, Summary, page_of, to_csv
from todsum.human.systems import System
from todsum.report.page import heading
from todsum.report.table import Table


def instructions(pages: Sequence[Page]) -> str:
    """The instructions as Markdown."""
    summaries = sum(len(page.summaries) for page in pages)
    lines = [
        "# Rating summaries",
        "",
        f"You will read {_many(len(pages), 'dialogue', 'dialogues')} and rate "
        f"{_many(summaries, 'summary', 'summaries')} of them, each on four criteria from 1 to 5. On all four, higher "
        "is better.",
        "",
        "| criterion | column | question | 1 means | 5 means |",
        "|---|---|---|---|---|",
        *(f"| {c.title} | `{c.name}` | {c.question} | {c.worst} | {c.best} |" for c in CRITERIA),
        "",
        "Use either of the two, not both:",
        "",
        "* **The form.** Open `form.html` in a browser. Nothing leaves your computer; the browser keeps your answers "
        "as far as it allows. At the end (or for a break) press *Download ratings.csv* and hand that file in.",
        "* **The sheet.** Open `items.csv` in a spreadsheet, fill in the four columns and perhaps `comment`, save it "
        "as CSV (UTF-8), and hand it in. Change nothing in the other columns.",
        "",
        "Rate alone, and judge every summary by its dialogue, not by the other summaries. What stands beside the "
        "dialogue (a question, or what was agreed) helps to find the place; the dialogue decides. Leave a rating empty "
        "rather than guess.",
        "",
    ]
    return "\n".join(lines)


def _many(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


ITEMS, FORM, INSTRUCTIONS = "items.csv", "form.html", "INSTRUCTIONS.md"


@dataclass(frozen=True)
class Sampled:
    """A sample before it is written: the key, and what raters see, in an order that tells nothing."""

    key: Key
    pages: tuple[Page, ...]


def sample(
    table: Table, systems: Sequence[System], examples: int | None, raters: int, seed: int, data: Path | None
) -> Sampled:
    """Draws examples and puts the systems' summaries of them under ids that tell nothing.

    Args:
        table: where the systems stand.
        systems: who wrote the summaries.
        examples: how many; None means 30, or all where there are fewer.
        raters: how many sheets will be made.
        seed: of the sample, the ids and the orders.
        data: the data folder; None downloads published data. Simulations are known by their fingerprint.

    Raises:
        TodsumError: too few examples, too many items, or the data or the predictions are not those of the results.
    """
    drawn = draw(systems, examples, seed)
    if len(drawn) * len(systems) > MAX_ITEMS:
        raise TodsumError(f"{len(drawn)} examples of {len(systems)} systems: more than {MAX_ITEMS} items are too many")
    cells = systems[0].cells.values()
    tests = TestExamples(data, known_simulations())
    rebuilt = {example.id: example for cell in cells for example in tests.shown(cell.spec)}
    texts = {cell.folder: _summaries(cell) for system in systems for cell in system.cells.values()}
    items: dict[str, KeyItem] = {}
    pages: list[Page] = []
    for place in drawn:
        own: list[Summary] = []
        for system in systems:
            cell = system.cells[place.target]
            item = item_id(seed, cell.spec.key(), place.example)
            items[item] = _key_item(system, cell, place)
            own.append(Summary(item, texts[cell.folder][place.example]))
        example = _example(rebuilt, place, systems[0].cells[place.target])
        pages.append(page_of(example, sorted(own, key=lambda summary: summary.item)))
    ordered = dict(sorted(items.items()))
    key = Key(table=heading(table.spec), seed=seed, examples=len(drawn), raters=raters, items=ordered)
    return Sampled(key, tuple(sorted(pages, key=lambda page: page.summaries[0].item)))


def write(sampled: Sampled, out: Path) -> bool:
    """Writes a folder for each rater, and the key beside them.

    Returns:
        whether anything was written; False where all was there already.

    Raises:
        TodsumError: something else is in the folder, or it can't be written.
    """

    def fill(new: Path) -> None:
        for number in range(1, sampled.key.raters + 1):
            folder = new / f"rater-{number}"
            folder.mkdir()
            pages = shuffled(sampled.pages, sampled.key.seed, number)
            for name, text in ((ITEMS, to_csv(pages)), (FORM, form(pages)), (INSTRUCTIONS, instructions(pages))):
                write_atomic(folder / name, text, lasting=False)
        write_atomic(new / KEY, sampled.key.model_dump_json(indent=1) + "\n", lasting=False)

    return fill_once(out, fill, f"{out}: not an empty folder: raters' work may be in it; pass a new one")


def shuffled(pages: Sequence[Page], seed: int, rater: int) -> list[Page]:
    """A rater's own order of the dialogues, and of the summaries of each."""
    rng = random.Random(f"{seed} rater {rater}")
    mixed = rng.sample(pages, len(pages))
    return [
        Page(page.turns, page.query, page.state, tuple(rng.sample(page.summaries, len(page.summaries))))
        for page in mixed
    ]


def _key_item(system: System, cell: CellRecord, place: Drawn) -> KeyItem:
    return KeyItem(
        cell=cell.spec.key(),
        label=system.row.name,
        backbone=cell.spec.backbone,
        source=cell.spec.source,
        target=place.target,
        domain=place.domain,
        example=place.example,
        group=place.group,
    )


def _example(rebuilt: dict[str, Example], place: Drawn, cell: CellRecord) -> Example:
    if place.example not in rebuilt:
        raise TodsumError(f"{cell.folder}: example {place.example} is not in the data: it was run on other data")
    return rebuilt[place.example]


def _summaries(cell: CellRecord) -> dict[str, str]:
    assert cell.result is not None
    path = cell.folder / PREDICTIONS
    found = read_texts(path, "summary")
    if missing := [identity for identity in cell.result.ids if identity not in found]:
        raise TodsumError(f"{path}: no prediction for {missing[0]} and {len(missing) - 1} more of the result beside it")
    return found
