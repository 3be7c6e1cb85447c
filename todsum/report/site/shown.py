"""What the explorer shows of one cell: its summaries' values, right, wrong, invented or missing, and their scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from todsum.bench.result import Line, Name, Result, Spec
from todsum.data.schema import Example
from todsum.metrics.base import golds_of
from todsum.metrics.consistency.marks import mark
from todsum.report.site.content import SlotCount

#: Per-example scores that are shown.
FIGURES = ("rouge1", "rouge2", "rougeLsum", "consistency_f1")
KINDS = ("right", "wrong", "invented")
_DIGITS = 4

Kind = Annotated[int, Field(ge=0, le=2)]


class ShownCell(BaseModel):
    """One cell, without its summaries. All lists have an entry for each of ``ids``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ids: list[Line]
    domains: list[list[Name]]
    figures: dict[Name, list[float | None]]
    labels: list[tuple[Name, Name]]
    """(domain, slot) that the numbers below stand for."""
    marks: list[list[tuple[int, int, Kind, int]]]
    """Start and end in the summary, kind (see :data:`KINDS`), label; several may have the same place."""
    missing: list[list[int]]
    """Labels of the slots that the summary does not state."""

    def slots(self) -> dict[tuple[str, str], Counter[str]]:
        """How often each slot is right, wrong, missing and invented."""
        found: dict[tuple[str, str], Counter[str]] = {}
        for marks, missing in zip(self.marks, self.missing, strict=True):
            for _, _, kind, label in marks:
                found.setdefault(self.labels[label], Counter())[KINDS[kind]] += 1
            for label in missing:
                found.setdefault(self.labels[label], Counter())["missing"] += 1
        return found


def show_cell(result: Result, summaries: Sequence[str], examples: Sequence[Example]) -> ShownCell:
    """What the explorer shows of a cell.

    Args:
        result: the cell's.
        summaries, examples: in the order of the result's ids.
    """
    labels: dict[tuple[str, str], int] = {}

    def number(domain: str, slot: str) -> int:
        return labels.setdefault((domain, slot), len(labels))

    marks: list[list[tuple[int, int, int, int]]] = []
    missing: list[list[int]] = []
    for summary, gold in zip(summaries, golds_of(examples), strict=True):
        if gold.state is None:
            marks.append([])
            missing.append([])
            continue
        found = mark(summary, gold)
        marks.append(
            [
                (place.start, place.end, KINDS.index(said.kind), number(said.domain, said.slot))
                for place in found.marks
                for said in place.statements
            ]
        )
        missing.append([number(slot.domain, slot.slot) for slot in found.missing])
    figures = {name: [_rounded(f) for f in result.columns[name]] for name in FIGURES if name in result.columns}
    return ShownCell(
        ids=list(result.ids),
        domains=[list(domains) for domains in result.domains],
        figures=figures,
        labels=list(labels),
        marks=marks,
        missing=missing,
    )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, _DIGITS)


def slot_counts(cells: Iterable[tuple[Spec, ShownCell]]) -> list[SlotCount]:
    """What became of each slot, over the targets of each data set and setting; sorted."""
    found: dict[tuple[str, str, str, str, str], Counter[str]] = {}
    for spec, shown in cells:
        for label, counts in shown.slots().items():
            found.setdefault((spec.dataset, spec.protocol, spec.setting, *label), Counter()).update(counts)
    return [
        SlotCount(
            dataset=dataset,
            protocol=protocol,
            setting=setting,
            domain=domain,
            slot=slot,
            right=counts["right"],
            wrong=counts["wrong"],
            missing=counts["missing"],
            invented=counts["invented"],
        )
        for (dataset, protocol, setting, domain, slot), counts in sorted(found.items())
    ]
