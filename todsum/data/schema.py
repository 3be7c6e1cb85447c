"""The one example schema. No other module names columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from todsum.garbage_collection import pause_gc

if TYPE_CHECKING:
    import datasets


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One entry of a dialogue state; ``intent`` is ``book`` or ``inform``."""

    domain: str
    intent: str
    slot: str
    value: str


@dataclass(frozen=True, slots=True)
class Example:
    """One dialogue (or one meeting and one query) with its reference summary.

    Attributes:
        id: unique in its data set.
        dataset: name of the data set.
        group: what belongs together when resampling: the dialogue, or the meeting.
        domains: the domains that the example is about, in the order of the source.
        turns: the dialogue.
        query: what the summary answers (QMSum), or the section that it is (MTS-Dialog), or None.
        evidence: indices of the turns that answer the query, sorted (QMSum gold spans).
        state: the dialogue state in its order, unfilled slots included (TODSum).
        summary: the reference, one sentence an entry.
    """

    id: str
    dataset: str
    group: str
    domains: tuple[str, ...]
    turns: tuple[Turn, ...]
    query: str | None = None
    evidence: tuple[int, ...] = ()
    state: tuple[Slot, ...] = ()
    summary: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Example:
        """The example of one row of a data set with :func:`features`."""
        return cls(
            id=row["id"],
            dataset=row["dataset"],
            group=row["group"],
            domains=tuple(row["domains"]),
            turns=tuple(Turn(turn["speaker"], turn["text"]) for turn in row["turns"]),
            query=row["query"],
            evidence=tuple(row["evidence"]),
            state=tuple(Slot(**entry) for entry in row["state"]),
            summary=tuple(row["summary"]),
        )

    def to_row(self) -> dict[str, Any]:
        """The row of this example, as :func:`features` describes it."""
        row = asdict(self)
        return {name: list(v) if isinstance(v, tuple) else v for name, v in row.items()}


@pause_gc()
def from_rows(rows: Iterable[Mapping[str, Any]]) -> list[Example]:
    """All examples of a data set, in its order."""
    return [Example.from_row(row) for row in rows]


def features() -> datasets.Features:
    """The columns of every data set of the suite."""
    from datasets import Features, List, Value

    text = Value("string")
    return Features(
        {
            "id": text,
            "dataset": text,
            "group": text,
            "domains": List(text),
            "turns": List({"speaker": text, "text": text}),
            "query": text,
            "evidence": List(Value("int32")),
            "state": List({"domain": text, "intent": text, "slot": text, "value": text}),
            "summary": List(text),
        }
    )
