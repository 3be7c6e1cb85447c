"""A table as a person reads it: headings, grids of short texts, and everything a reader must know below them.

What the renderers (Markdown, LaTeX) have in common. All texts are raw: each renderer escapes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from todsum.bench.result import Spec
from todsum.report.aggregate import Entry
from todsum.report.footnotes import footnotes
from todsum.report.significance import Win, contests, winners
from todsum.report.table import AVERAGE, Row, Table
from todsum.report.test_sets import test_sets
from todsum.report.training import is_one_model
from todsum.report.verdict import verdicts

SCORES = {
    "rouge1": "R-1",
    "rouge2": "R-2",
    "rougeL": "R-L",
    "rougeLsum": "R-Lsum",
    "consistency_f1": "Consistency F1",
    "consistency_open": "Open",
    "consistency_official_f1": "Official consistency F1",
}
STATE_SCORES = {
    "state_joint_accuracy": "Joint goal accuracy",
    "state_slot_f1": "Slot F1",
    "state_unparsed": "Unparsed",
}
BY_TARGET = tuple(name for name in SCORES if name not in ("rougeL", "consistency_open"))
MARKS = {"reference": "†", "unlabelled": "‡", "state": "§", "target_references": "¶"}
#: What the marks mean, for a legend.
MARK_MEANINGS = {
    "reference": "reads the reference summary: an upper bound, not a competitor",
    "unlabelled": "reads unlabelled dialogues of the target domain: transductive",
    "state": "reads the gold dialogue state, which nobody has in use: a contest of its own",
    "target_references": "written from reference summaries of the target domain: does not compete where it is held out",
}
MISSING = "–"
_PROTOCOLS = {
    "full": "the published splits",
    "low-resource": "the official validation split, cut into train and dev",
    "simulated": "simulated dialogues, not real ones",
}


@dataclass(frozen=True)
class Text:
    """The text of one place in a grid, and whether it wins its column: as a method, or as one trained model."""

    text: str
    win: Win | None = None


@dataclass(frozen=True)
class Grid:
    """Rows of texts under a header; the first ``labels`` columns are words, the others figures."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    labels: int


@dataclass(frozen=True)
class Page:
    """One results table: heading, who leads it, what it is made of, grids, footnotes, signatures."""

    heading: str
    verdicts: tuple[str, ...]
    facts: tuple[str, ...]
    grids: tuple[Grid, ...]
    notes: tuple[str, ...]
    signatures: tuple[str, ...]


def page(table: Table) -> Page:
    """Lays a table out: all scores of the headline column first, then each score by target."""
    scores = [name for name in SCORES if any(name in e.figures for row in table.rows for e in row.entries.values())]
    grids = [_overview(table, scores), *_state_tracking(table)]
    if table.summary:
        grids += [_by_target(table, name) for name in scores if name in BY_TARGET]
    grids += _extra(table)
    notes, signatures = footnotes(table)
    notes = (*_legend(table), *notes, *(table.extra.notes if table.extra else ()))
    return Page(heading(table.spec), tuple(verdicts(table)), tuple(_facts(table)), tuple(grids), notes, signatures)


def heading(spec: Spec) -> str:
    """What a table is about: data set, setting with its options, protocol, input."""
    options = f" ({plain(spec.setting_options)})" if spec.setting_options else ""
    return f"{spec.dataset} · {spec.setting}{options} · protocol {spec.protocol} · {plain(spec.input)}"


def plain(settings: Mapping[str, object]) -> str:
    """Settings as text: ``k: 10, single_domain: yes``."""
    words = {True: "yes", False: "no", None: "none"}
    shown = {name: words[v] if v is None or isinstance(v, bool) else v for name, v in sorted(settings.items())}
    return ", ".join(f"{name}: {value}" for name, value in shown.items())


def _facts(table: Table) -> Iterator[str]:
    spec = table.spec
    if spec.protocol in _PROTOCOLS:
        yield f"Protocol {spec.protocol}: {_PROTOCOLS[spec.protocol]}."
    counts = {column: max((_n(row, column) for row in table.rows), default=0) for column in table.columns}
    sizes = ", ".join(f"{column} {n}" for column, n in counts.items() if n and column != AVERAGE)
    seeds = sorted({cell.spec.seed for row in table.rows for cell in row.cells})
    yield f"Test examples: {sizes or 'none yet'}. Seeds: {', '.join(map(str, seeds))}."


def _n(row: Row, column: str) -> int:
    return row.entries[column].n if column in row.entries else 0


def _overview(table: Table, scores: Sequence[str]) -> Grid:
    column = table.headline
    title = {AVERAGE: "Average over targets", "all": "All test examples"}.get(column, f"Target {column}")
    won = {name: winners(table, name)[column] for name in scores}
    labels, partial = _label_header(table), not all(map(table.is_whole, table.rows))
    rows = []
    for place, row in enumerate(table.rows):
        entry = row.entries.get(column)
        texts = [Text(_figure(entry, name), won[name].get(place)) for name in scores]
        if not scores:
            texts = [Text(_figure(entry, ""))]
        coverage = [Text(f"{len(table.covered(row))}/{len(table.wanted(row))}")] if partial else []
        rows.append(
            (
                *_labels(labels, row),
                *coverage,
                Text(str(len(entry.seeds) if entry and entry.seeds else _most_seeds(row))),
                *texts,
            )
        )
    counts = ("Targets", "Seeds") if partial else ("Seeds",)
    header = (*labels, *counts, *((SCORES[name] for name in scores) if scores else ("Scores",)))
    return Grid(title, header, tuple(rows), len(labels))


def _most_seeds(row: Row) -> int:
    return max((len(entry.seeds) for entry in row.entries.values()), default=0)


def _state_tracking(table: Table) -> Iterator[Grid]:
    """How well the states were predicted, where any were."""
    labels, rows = _label_header(table), []
    for row in table.rows:
        entry = row.entries.get(table.headline)
        if entry is not None and any(name in entry.figures for name in STATE_SCORES):
            rows.append((*_labels(labels, row), *(Text(_figure(entry, name)) for name in STATE_SCORES)))
    if rows:
        yield Grid("State tracking", (*labels, *STATE_SCORES.values()), tuple(rows), len(labels))


def _extra(table: Table) -> Iterator[Grid]:
    """What others know of the rows."""
    if table.extra and table.extra.texts:
        labels = _label_header(table)
        rows = [(*_labels(labels, table.rows[place]), *map(Text, texts)) for place, texts in table.extra.texts.items()]
        yield Grid(table.extra.title, (*labels, *table.extra.header), tuple(rows), len(labels))


def _by_target(table: Table, score: str) -> Grid:
    won = winners(table, score)
    labels, rows = _label_header(table), []
    for place, row in enumerate(table.rows):
        texts = (Text(_figure(row.entries.get(column), score), won[column].get(place)) for column in table.columns)
        rows.append((*_labels(labels, row), *texts))
    return Grid(f"{SCORES[score]} by target", (*labels, *table.columns), tuple(rows), len(labels))


def _label_header(table: Table) -> tuple[str, ...]:
    header = ["Method"]
    header += ["Backbone"] if any(row.spec.backbone for row in table.rows) else []
    header += ["Source"] if any(row.spec.source for row in table.rows) else []
    return tuple(header)


def _labels(header: Sequence[str], row: Row) -> tuple[Text, ...]:
    reads = row.reads
    marks = "".join(mark for name, mark in MARKS.items() if reads is not None and getattr(reads, name))
    texts = {"Method": f"{row.name} {marks}".strip(), "Backbone": row.spec.backbone, "Source": row.spec.source}
    return tuple(Text(texts[name] or MISSING) for name in header)


def _figure(entry: Entry | None, score: str) -> str:
    """``44.71 ± 0.30`` (× 100; deviation over seeds, where there are several), or why there is no figure."""
    if entry is None or entry.state == "missing":
        return MISSING
    if not entry.samples:
        return entry.state
    if score not in entry.figures:
        return MISSING
    figure = entry.figures[score]
    text = f"{100 * figure.mean:.2f}" + (f" ± {100 * figure.sd:.2f}" if figure.sd is not None else "")
    return f"{text} ({len(entry.seeds)}/{len(entry.seeds) + len(entry.missing)} seeds)" if entry.missing else text


def _legend(table: Table) -> Iterator[str]:
    read = {name for row in table.rows if row.reads for name in MARKS if getattr(row.reads, name)}
    yield "Scores × 100, plain means over examples" + (
        "; ± is the standard deviation over seeds." if any(_several(row) for row in table.rows) else "."
    )
    if any("rougeLsum" in entry.figures for row in table.rows for entry in row.entries.values()):
        yield "R-Lsum is the summary-level figure that many papers print as R-L."
    yield from (f"{MARKS[name]} {MARK_MEANINGS[name]}." for name in MARKS if name in read)
    if any("consistency_open" in entry.figures for row in table.rows for entry in row.entries.values()):
        yield "Open: share of the agreed values that the text leaves open to several slots or domains."
    if any("state_slot_f1" in entry.figures for row in table.rows for entry in row.entries.values()):
        yield (
            "State tracking: dialogues whose predicted state is the gold state in every slot; micro-averaged F1 of "
            "slots; state texts that could not be parsed, of which what could be read was used."
        )
    yield from _about_wins(table)
    if table.summary == AVERAGE:
        others = " other than the source" if any(row.spec.source for row in table.rows) else ""
        yield f"average: the plain mean over the targets{others}; {MISSING} where one is missing."
        return
    sets = [target for target in table.targets if target in test_sets(table.spec.dataset)]
    domains = [target for target in table.targets if target not in sets]
    if any(sum(_n(row, domain) for domain in domains) > _n(row, table.headline) for row in table.rows):
        yield "By target: the test examples of that domain; an example of several domains counts in each."
    if sets:
        yield f"{', '.join(sets)}: the official test sets, which together make all test examples."


def _about_wins(table: Table) -> Iterator[str]:
    fields = contests(table)
    if all(len(places) < 2 for places in fields.values()):
        return
    within = "its source's" if any(contest.source for contest in fields) else "its"
    apart = len({contest.reads_state for contest in fields}) > 1
    among = " among the systems that read gold states, or among those that do not," if apart else ""
    yield (
        f"Bold: best of {within} column{among} where a test over trainings and dialogues (meetings) against the next "
        "best gives p below .05, corrected for the columns of the score (Holm). Intervals are not corrected, so that "
        "one which excludes 0 may stand beside a corrected p above .05. Rows that lack targets compete at the others."
    )
    places = [place for found in fields.values() for place in found]
    if any(is_one_model(table.rows[place], column) for place in places for column in table.columns):
        yield "Italic: the same, but one of the two has one seed: it holds for this trained model, not for the method."


def _several(row: Row) -> bool:
    return any(len(entry.seeds) > 1 for entry in row.entries.values())
