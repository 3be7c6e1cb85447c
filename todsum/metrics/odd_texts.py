"""Texts that scores do no justice to: empty ones, loops, other scripts, marks of other toolkits. Counted and named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from todsum.metrics.base import Gold
from todsum.metrics.loops import loops

Kind = Literal["empty", "no_token", "few_tokens", "sentence_marks", "special_tokens", "loops"]

#: What the texts of a kind do, and what follows from it.
_SAID: dict[Kind, str] = {
    "empty": "{are} empty",
    "no_token": "{have} no ROUGE token (no letter a–z and no digit): ROUGE scores 0 whatever they say",
    "few_tokens": "{are} for the most part in letters that ROUGE leaves out (all but a–z, digits): it scores the rest",
    "sentence_marks": "{have} sentence marks of another toolkit ({marks}): replace each by a line break, or by a blank "
    "where a line is a summary, or they are scored as words",
    "special_tokens": "{have} special tokens of another toolkit ({marks}): remove them, or they are scored as words",
    "loops": "{repeat} themselves over and over",
}
_ONE = {"{are}": "is", "{have}": "has", "{repeat}": "repeats", "themselves": "itself", "they say": "it says"}
_MANY = {"{are}": "are", "{have}": "have", "{repeat}": "repeat"}

_SHOWN, _NAMED = 5, 3
_TOKEN = re.compile(r"[a-z0-9]")
_SENTENCE_MARK = re.compile(
    r"<\s?/?\s?(?:q|n|t|s_sep|sep|sent|sentence|split|nl|newline|br)\s?/?\s?>|\[\s?(?:(?:x_)?sep|sent)\s?\]"
    r"|##sent##|story_separator_special_tag|\|{3,}|\\n",
    re.IGNORECASE,
)
_SPECIAL_TOKEN = re.compile(
    r"<\s?/?\s?(?:s|pad|unk|mask|bos|eos|cls|extra_id_\d+|endoftext)\s?>|<\|[a-z0-9_]{2,30}\|>"
    r"|\[\s?(?:cls|pad|unk|mask|bos|eos)\s?\]|-[lr][rsc]b-|[Ġ▁]|(?<=\w)@@(?=\s)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class OddTexts:
    """What is odd about texts.

    Attributes:
        n: of the texts.
        places: by kind, where texts of the kind stand among all, in order; a text may be of several kinds.
        marks: in how many texts each mark is found, by kind.
    """

    n: int
    places: dict[Kind, tuple[int, ...]]
    marks: dict[Kind, Counter[str]]

    @classmethod
    def among(cls, texts: Sequence[str], written: bool = True) -> OddTexts:
        """Looks at each text. ROUGE's tokens are those of rouge-score.

        Args:
            texts: summaries, or references.
            written: whether a model wrote them, so that they may loop.
        """
        found: dict[Kind, list[int]] = {kind: [] for kind in _SAID}
        marks: dict[Kind, Counter[str]] = {"sentence_marks": Counter(), "special_tokens": Counter()}
        for place, text in enumerate(texts):
            for kind in _kinds(text):
                found[kind].append(place)
            if written and loops(text):
                found["loops"].append(place)
            for kind, pattern in (("sentence_marks", _SENTENCE_MARK), ("special_tokens", _SPECIAL_TOKEN)):
                if own := {"".join(mark.split()) for mark in pattern.findall(text)}:
                    found[kind].append(place)
                    marks[kind].update(own)
        return cls(len(texts), {kind: tuple(places) for kind, places in found.items()}, marks)

    def counts(self) -> dict[str, int]:
        """How many texts there are, and of each kind."""
        return {"texts": self.n} | {kind: len(places) for kind, places in self.places.items()}

    def lines(self, one: str, many: str, names: Sequence[str] = ()) -> Iterator[str]:
        """A line for each kind that there is: ``3 of 50 summaries are empty``.

        Args:
            one, many: what the texts are called.
            names: of all texts; where there are some, the first of each kind are named.
        """
        for kind, places in self.places.items():
            if places:
                count = f"{len(places)} of {self.n} {one if self.n == 1 else many}"
                said = _inflected(_SAID[kind], len(places) == 1).replace("{marks}", self._marks_of(kind))
                yield f"{count} {said}{_named(places, names)}"

    def _marks_of(self, kind: Kind) -> str:
        found = sorted(self.marks.get(kind, Counter()).items(), key=lambda item: (-item[1], item[0]))
        listed = ", ".join(f"{mark} in {count}" for mark, count in found[:_SHOWN])
        return f"{listed}, …" if len(found) > _SHOWN else listed


@dataclass(frozen=True)
class ScoredTexts:
    """What is odd about summaries, and about the references that they are compared with."""

    summaries: OddTexts
    references: OddTexts

    @classmethod
    def of(cls, summaries: Sequence[str], golds: Sequence[Gold]) -> ScoredTexts:
        """Looks at summaries and, where there are such, references."""
        references = ["\n".join(gold.summary) for gold in golds if gold.summary is not None]
        return cls(OddTexts.among(summaries), OddTexts.among(references, written=False))

    def counts(self) -> dict[str, dict[str, int]]:
        """Of both."""
        return {"summaries": self.summaries.counts(), "references": self.references.counts()}

    def lines(self, names: Sequence[str] = ()) -> list[str]:
        """A line a kind, of both; first of all that there is nothing to score, should that be so.

        Args:
            names: of the examples; where there are some, the first of each kind are named.
        """
        found = [*self.summaries.lines("summary", "summaries", names)]
        if self.summaries.n and len(self.summaries.places["empty"]) == self.summaries.n:
            found = [f"ALL SUMMARIES ARE EMPTY ({self.summaries.n} of {self.summaries.n}): there is nothing to score"]
        return [*found, *self.references.lines("reference", "references", names)]


def _kinds(text: str) -> Iterator[Kind]:
    if not text.strip():
        yield "empty"
        return
    lower = text.lower()
    if not _TOKEN.search(lower):
        yield "no_token"
    elif 2 * len(_TOKEN.findall(lower)) < sum(letter.isalnum() for letter in lower):
        yield "few_tokens"


def _inflected(said: str, single: bool) -> str:
    for mark, word in (_ONE if single else _MANY).items():
        said = said.replace(mark, word)
    return said


def _named(places: Sequence[int], names: Sequence[str]) -> str:
    if not names:
        return ""
    first = ("".join(c if c.isprintable() else " " for c in names[place]) for place in places[:_NAMED])
    return f" ({', '.join(first)}{', …' if len(places) > _NAMED else ''})"
