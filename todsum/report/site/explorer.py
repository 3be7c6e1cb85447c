"""The explorer's data: an index of test sets, and their dialogues, cases, summaries and figures in pieces.

``data/sets.js`` names the sets, ``data/sets/<slug>.js`` their examples and where the rest of each lies.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from todsum.data.schema import Example
from todsum.report.page import SCORES
from todsum.report.site.book import Book, literal, piece, script
from todsum.report.site.content import MarkData, Output, TestSet

_DIALOGUES, _CASES, _SUMMARIES = 200_000, 60_000, 60_000  # bytes of a piece
_HINT = 90  # characters


def explorer_data(test_sets: Sequence[TestSet], pages: Collection[str]) -> dict[str, bytes]:
    """All files under ``data/``, by path.

    Args:
        test_sets: what can be read.
        pages: slugs of the systems that have a page.
    """
    cases, files = _cases(test_sets)
    for test_set in test_sets:
        outputs, pieces = _outputs(test_set.outputs)
        files |= pieces
        index = {
            "ids": list(test_set.ids),
            "domains": [list(names) for names in test_set.domains],
            "hints": [_hint(example) for example in test_set.examples or ()],
            "cases": cases[test_set.slug],
            "outputs": outputs,
        }
        files[f"data/sets/{test_set.slug}.js"] = script(f"sets/{test_set.slug}", literal(index))
    listed = [_listed(test_set, pages) for test_set in test_sets]
    files["data/sets.js"] = script("sets", literal({"sets": listed, "scores": SCORES}))
    return files


def _cases(test_sets: Sequence[TestSet]) -> tuple[dict[str, list[tuple[str, int]]], dict[str, bytes]]:
    """Where each set's cases lie, by slug, and the pieces.

    A meeting's queries share its dialogue, and test sets share cases (zero-shot taxi and train hold the same
    dialogues): each is stored once.
    """
    dialogues, cases = Book("dialogues", _DIALOGUES), Book("cases", _CASES)
    examples = {test_set.slug: list(test_set.examples or ()) for test_set in test_sets}
    turns = {
        slug: [dialogues.add([[turn.speaker, turn.text] for turn in example.turns]) for example in members]
        for slug, members in examples.items()
    }
    lies = dialogues.places()
    handles = {
        slug: [cases.add(_case(example, lies[turns[slug][place]])) for place, example in enumerate(members)]
        for slug, members in examples.items()
    }
    places = cases.places()
    found = {slug: [places[handle] for handle in mine] for slug, mine in handles.items()}
    return found, dialogues.files() | cases.files()


def output_keys(outputs: Sequence[Output]) -> list[str]:
    """What names an output in an address: the slug of its system, with a number where a set has several of it."""
    times = Counter(output.system for output in outputs)
    seen: Counter[str] = Counter()
    keys = []
    for output in outputs:
        seen[output.system] += 1
        several = times[output.system] > 1
        keys.append(f"{output.system}~{seen[output.system]}" if several else output.system)
    return keys


def _listed(test_set: TestSet, pages: Collection[str]) -> dict[str, Any]:
    systems = []
    for key, output in zip(output_keys(test_set.outputs), test_set.outputs, strict=True):
        page = output.system if output.system in pages else None
        systems.append({"key": key, "page": page, "name": output.name, "seed": output.seed, "why": output.why})
    return {
        "slug": test_set.slug,
        "title": test_set.title,
        "n": len(test_set.ids),
        "readable": test_set.examples is not None,
        "why": test_set.why,
        "systems": systems,
    }


def _hint(example: Example) -> str:
    """What tells an example from its neighbours in a list."""
    text = " ".join((example.query or (example.turns[0].text if example.turns else "")).split())
    return text if len(text) <= _HINT else text[: _HINT - 1] + "…"


def _case(example: Example, dialogue: tuple[str, int]) -> dict[str, Any]:
    return {
        "dialogue": dialogue,
        "query": example.query,
        "evidence": example.evidence,
        "state": [[slot.domain, slot.intent, slot.slot, slot.value] for slot in example.state],
        "reference": example.summary,
    }


def _outputs(outputs: Sequence[Output]) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Where each output's figures and summaries lie, and the pieces they lie in."""
    places, files = [], {}
    for output in outputs:
        name, content = piece("figures", [literal(_figures(output.figures))])
        files[f"data/{name}.js"] = content
        starts = []
        for first, records in _cut([_summary(output, place) for place in range(len(output.summaries))]):
            summaries, content = piece("summaries", records)
            files[f"data/{summaries}.js"] = content
            starts.append((first, summaries))
        places.append({"figures": name, "summaries": starts})
    return places, files


def _figures(columns: Mapping[str, Sequence[float | None]]) -> dict[str, list[float | None]]:
    return {name: [_rounded(figure) for figure in figures] for name, figures in sorted(columns.items())}


def _rounded(figure: float | None) -> float | None:
    return None if figure is None or not math.isfinite(figure) else round(figure, 4)


def _summary(output: Output, place: int) -> str:
    text = output.summaries[place]
    marks = [] if text is None else spans(text, output.marks[place])
    return literal([text, marks, list(output.missing[place])])


def _cut(records: Sequence[str]) -> list[tuple[int, list[str]]]:
    pieces: list[tuple[int, list[str]]] = []
    size = _SUMMARIES
    for place, record in enumerate(records):
        if size + len(record.encode()) > _SUMMARIES:
            pieces.append((place, []))
            size = 0
        pieces[-1][1].append(record)
        size += len(record.encode())
    return pieces


_WORST_FIRST = ("wrong", "invented", "right")


class Span(NamedTuple):
    """Characters ``start`` to ``end`` in UTF-16 units, and what they are; labels of several marks are joined."""

    start: int
    end: int
    kind: Literal["right", "wrong", "invented"]
    label: str


def spans(text: str, marks: Sequence[MarkData]) -> list[Span]:
    """Cuts marks at each other's borders; where several meet, the worst kind is shown and all labels are kept."""
    marks = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    if all(mark.end <= after.start for mark, after in pairwise(marks)):
        return [Span(_units(text, mark.start), _units(text, mark.end), mark.kind, mark.label) for mark in marks]
    borders = sorted({border for mark in marks for border in (mark.start, mark.end)})
    found = []
    for start, end in pairwise(borders):
        here = [mark for mark in marks if mark.start <= start and end <= mark.end]
        if here:
            here.sort(key=lambda mark: _WORST_FIRST.index(mark.kind))
            label = "; ".join(dict.fromkeys(mark.label for mark in here))
            found.append(Span(_units(text, start), _units(text, end), here[0].kind, label))
    return found


def _units(text: str, place: int) -> int:
    """A place in a text, counted in UTF-16 units."""
    return place if text.isascii() else len(text[:place].encode("utf-16-le", "surrogatepass")) // 2
