"""What the pages are made of, whether it comes from submissions or from one's own runs.

Everything that a person wrote (names, descriptions, summaries, reasons) may come from strangers: it is text, never
markup, and pages escape it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from todsum.bench.result import Line, Name, Reads
from todsum.data.schema import Example
from todsum.report.site.slugs import Slug


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class FigureData(_Record):
    """A score × 100."""

    mean: float
    """Over seeds and examples."""
    sd: float | None = None
    """Sample deviation over seeds; null for one seed."""
    low: float | None = None
    """Lower end of the 95% interval over trainings and groups; of one seed, over groups alone."""
    high: float | None = None
    """Its upper end."""
    win: Literal["method", "model"] | None = None
    """Best of its contest and column beyond chance: as a method (bold), or as one trained model (italic)."""


class EntryData(_Record):
    """A row of a table at one column."""

    n: int
    """Test examples."""
    seeds: list[int]
    """Finished seeds."""
    missing: list[int] = []
    """Seeds that other targets of the row have."""
    state: Literal["finished", "failed", "dropped", "running", "missing"] = "finished"
    """``finished`` where any seed is."""
    reasons: list[str] = []
    """Why seeds are missing."""
    scores: dict[str, FigureData] = {}
    """By the name of the score."""


class RowData(_Record):
    """One system (and, in transfer, one source domain) in a table."""

    system: Slug
    """The page of the system."""
    name: str
    """As the table shows it."""
    backbone: str | None
    """The pretrained checkpoint."""
    source: str | None
    """The domain that was trained on (transfer)."""
    reads: Reads | None
    """What the method was shown beside the source; null where nothing is finished."""
    entries: dict[str, EntryData]
    """By column; a column may be absent."""
    covered: int
    """Target domains with a result."""
    wanted: int
    """Target domains that the row should cover: all but its source."""


class TableData(_Record):
    """Results that can be compared with each other."""

    dataset: str
    protocol: str
    setting: str
    options: dict[str, JsonValue]
    input: dict[str, JsonValue]
    heading: str
    """One line that names all of the above."""
    facts: list[str]
    """Sentences about the test data and the seeds."""
    verdicts: list[str]
    """Who leads each contest, by how much, and how sure that is; a line each."""
    notes: list[str]
    """What a reader has to know, a sentence or more each: the legend first."""
    signatures: list[str]
    """Of the metrics."""
    columns: list[str]
    """Target domains, then the summary (``average`` or ``all``) where there are several."""
    headline: str
    """The column that sums a row up."""
    scores: list[str]
    """Names of the scores, in the order in which they are shown."""
    rows: list[RowData]
    """Systems without gold states first, then those with; the best first. Rows that do not cover every target stand
    below, and methods that read the reference last."""


class SlotCount(_Record):
    """What became of a slot in a system's summaries of a data set and setting: all targets, the first seed."""

    dataset: str
    protocol: str
    setting: str
    domain: str
    slot: str
    right: int
    wrong: int
    missing: int
    invented: int


class RunData(_Record):
    """What is known of how a system's results in one setting came about."""

    dataset: str
    protocol: str
    setting: str
    settings: dict[str, JsonValue]
    """The method's settings, in full."""
    seeds: list[int]
    signatures: dict[str, str]
    """Of the metrics, by name."""
    provenance: dict[str, JsonValue]
    """Commit, package versions, device, dtype, wall time … as far as known."""
    notes: list[str]


class SystemData(_Record):
    """One system: an entry of the leaderboard, or a method of one's own runs."""

    slug: Slug
    name: Name
    description: str = ""
    authors: str = ""
    url: str | None = None
    """A page of the authors, https only."""
    method: str
    """The kind of method."""
    backbone: str | None = None
    parameters: int | None = None
    """Of the whole model."""
    trainable: int | None = None
    """Parameters that were trained."""
    reads: Reads | None = None
    training_data: str = ""
    """What it was trained on, as its authors declare."""
    status: Literal["accepted", "rejected", "dropped"] = "accepted"
    """Only accepted systems have rows in tables."""
    reason: Line | None = None
    """Why it was rejected or dropped."""
    runs: list[RunData] = []
    slots: list[SlotCount] = []


class Board(_Record):
    """All pages but the explorer's."""

    tables: list[TableData]
    systems: list[SystemData]


@dataclass(frozen=True)
class MarkData:
    """A value that a summary states: characters ``start`` to ``end`` of it."""

    start: int
    end: int
    kind: Literal["right", "wrong", "invented"]
    label: str
    """What it is about, such as ``hotel · area`` or, where wrong, ``hotel · area: north, not south``."""


@dataclass(frozen=True)
class Output:
    """One system's summaries of a test set; all lists have an entry for each of the set's ids.

    Attributes:
        system: the slug of its page.
        name: as the explorer shows it (with the source domain in transfer).
        seed: whose summaries these are; other seeds are not shown.
        summaries: None where the text is not there, see ``why``.
        figures: per-example scores in 0…1 by name (``rouge1``, ``consistency_f1`` …); None where undefined.
        marks: values in the summary; empty where there is no state.
        missing: slots of the state that the summary does not state, as ``hotel · area: north``; without the data
            folder as ``hotel · area``.
        why: why summaries are not there, or None.
    """

    system: str
    name: str
    seed: int
    summaries: Sequence[str | None]
    figures: Mapping[str, Sequence[float | None]]
    marks: Sequence[Sequence[MarkData]]
    missing: Sequence[Sequence[str]]
    why: str | None = None


@dataclass(frozen=True)
class TestSet:
    """Examples that several systems summarized.

    Attributes:
        slug: names its files.
        title: such as ``todsum · zero-shot · taxi (low-resource)``.
        ids, domains: of each example.
        examples: dialogue, state, query, evidence and reference of each; None where there is no data folder.
        why: why there are no examples, in one sentence, or None.
        outputs: the systems, best first.
    """

    slug: str
    title: str
    ids: Sequence[str]
    domains: Sequence[Sequence[str]]
    examples: Sequence[Example] | None
    why: str | None
    outputs: Sequence[Output]
