"""Shown cells become the explorer's test sets: one for each data set, setting and target, the best system first."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from todsum.bench.result import Spec
from todsum.data.schema import Example
from todsum.report.page import plain
from todsum.report.site.content import MarkData, Output, TestSet
from todsum.report.site.shown import KINDS, ShownCell
from todsum.report.site.slugs import slug_of
from todsum.report.table import dump
from todsum.report.test_sets import part_order


@dataclass(frozen=True)
class ShownOutput:
    """A cell as the explorer shows it.

    Attributes:
        spec: of the cell.
        system: the slug of its system.
        name: as its table shows it.
        shown: figures and values.
        summaries: by example id, or None with ``why``.
    """

    spec: Spec
    system: str
    name: str
    shown: ShownCell
    summaries: Mapping[str, str] | None
    why: str | None = None


def test_sets(
    outputs: Iterable[ShownOutput], examples: Callable[[Spec], Sequence[Example]] | None, why: str | None
) -> list[TestSet]:
    """The test sets of outputs.

    Args:
        outputs: one a system and place; of several seeds, only one should be given.
        examples: gives the examples that a cell tested; None where there is no data folder.
        why: why there are none.
    """
    grouped: dict[tuple[object, ...], list[ShownOutput]] = {}
    for output in outputs:
        grouped.setdefault(_place(output.spec), []).append(output)
    return [_test_set(grouped[place], examples, why) for place in sorted(grouped, key=_order)]


def _place(spec: Spec) -> tuple[object, ...]:
    return (spec.dataset, spec.protocol, spec.setting, dump(spec.setting_options), dump(spec.input), spec.target)


def _order(place: tuple[object, ...]) -> tuple[object, ...]:
    return (*place[:-1], part_order(str(place[-1])))


def _test_set(
    outputs: list[ShownOutput], examples: Callable[[Spec], Sequence[Example]] | None, why: str | None
) -> TestSet:
    spec = outputs[0].spec
    tested = None
    if examples is not None:
        tested = list(examples(spec))
        ids = [example.id for example in tested]
        domains: Sequence[Sequence[str]] = [example.domains for example in tested]
    else:
        first = outputs[0].shown
        order = sorted(range(len(first.ids)), key=lambda place: first.ids[place])
        ids, domains = [first.ids[place] for place in order], [first.domains[place] for place in order]
    outputs = sorted(outputs, key=lambda output: (-_mean(output.shown), output.name, output.spec.source or ""))
    about = [spec.dataset, spec.protocol, spec.setting, plain(spec.setting_options), plain(spec.input), spec.target]
    title = f"{spec.dataset} · {spec.setting} · {spec.target} ({spec.protocol}; {', '.join(filter(None, about[3:5]))})"
    values = [_values(example) for example in tested] if tested is not None else [{} for _ in ids]
    shown = [_output(output, ids, values) for output in outputs]
    told_apart = hashlib.sha256("\n".join(map(str, _place(spec))).encode()).hexdigest()[:8]
    slug = f"{slug_of(f'{spec.dataset} {spec.setting} {spec.target}', 71)}-{told_apart}"
    return TestSet(slug, title, ids, domains, tested, None if tested else why, shown)


def _output(output: ShownOutput, ids: Sequence[str], values: Sequence[Mapping[tuple[str, str], str]]) -> Output:
    shown = output.shown
    place = {example: row for row, example in enumerate(shown.ids)}
    rows = [place[example] for example in ids]
    name = f"{output.name}, from {output.spec.source}" if output.spec.source else output.name
    summaries = [None if output.summaries is None else output.summaries[example] for example in ids]
    marks, missing = [], []
    for row, told in zip(rows, values, strict=True):
        marks.append([_mark(mark, shown.labels, told) for mark in shown.marks[row]])
        missing.append([_label(shown.labels[label], told) for label in shown.missing[row]])
    return Output(
        system=output.system,
        name=name,
        seed=output.spec.seed,
        summaries=summaries,
        figures={figure: [column[row] for row in rows] for figure, column in shown.figures.items()},
        marks=marks,
        missing=missing,
        why=output.why,
    )


def _mark(
    found: tuple[int, int, int, int], labels: Sequence[tuple[str, str]], values: Mapping[tuple[str, str], str]
) -> MarkData:
    start, end, kind, label = found
    about = _label(labels[label], values if KINDS[kind] == "wrong" else {})
    return MarkData(start, end, KINDS[kind], about)  # type: ignore[arg-type]


def _label(label: tuple[str, str], values: Mapping[tuple[str, str], str]) -> str:
    words = " · ".join(label)
    return f"{words}: {values[label]}" if label in values else words


def _values(example: Example) -> dict[tuple[str, str], str]:
    """What the state says, by domain and slot."""
    return {(entry.domain, entry.slot): entry.value for entry in example.state}


def _mean(shown: ShownCell) -> float:
    found = [figure for figure in shown.figures.get("rouge1", []) if figure is not None]
    return sum(found) / len(found) if found else 0.0
