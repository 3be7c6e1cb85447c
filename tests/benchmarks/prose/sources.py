"""What a claim may rest on: the committed figures of what its words name, and a few statistics of them.

Allowed derivations, beside rounding:

* the difference of the means of two rows that the sentence names, of one score at one target of one table;
* the mean of a transfer matrix's diagonal, and of the rest, where the sentence says "diagonal".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.prose.claims import Claim, words_of
from tests.benchmarks.prose.figures import Committed, Figure, committed, differences

DOMAINS = ("restaurant", "hotel", "attraction", "train", "taxi", "academic", "committee", "product")

_SCORES = {
    "consistency_official_f1": r"official consistency(?: F1)?",
    "consistency_open": r"open places?|open claims?|column open|consistency_open",
    "consistency_precision": r"consistency precision",
    "consistency_recall": r"consistency recall",
    "state_slot_f1": r"slot F1",
    "state_joint_accuracy": r"joint(?: goal)? accuracy",
    "consistency_f1": r"consistency(?: F1)?|F1",
    "rouge1": r"R-1|ROUGE-1",
    "rouge2": r"R-2|ROUGE-2",
    "rougeLsum": r"R-Lsum",
    "rougeL": r"R-L|ROUGE-L",
    "best_dev_loss": r"dev loss",
}
_SCORE = re.compile("|".join(rf"\b(?P<{name}>{words})\b" for name, words in _SCORES.items()), re.IGNORECASE)
_DIRECTLY = re.compile(r"\s*(?:points?\s+(?:of\s+)?)?")
_DATASETS = {
    "todsum-sim": r"(?i:\bsimulated\b)",
    "todsum": r"\bTODSum\b",
    "qmsum": r"\bQMSum\b",
    "mts-dialog": r"\bMTS-Dialog\b",
}
_SETTINGS = {
    "zero-shot": r"(?i:left[- ]out|zero-shot)",
    "in-domain": r"(?i:in-domain)",
    "transfer": r"(?i:\btransfer|source × target|from \\+ to|diagonal)",
    "few-shot": r"(?i:few-shot)",
}
#: What prose calls a row, or a part of its label, beside the words of the label.
_ALSO = {
    "no words": ("without words", "none"),
    "frozen": ("nothing trained",),
    "finetune + state": ("full fine-tuning", "fine-tuning"),
}
_FOLDER = re.compile(r"(?:\.\./)*[\w./-]+/")
_KINDS = {
    "plain": ("mean", "difference"),
    "signed": ("difference",),
    "interval": ("interval",),
    "p": ("p",),
    "percent": ("share",),
    "count": ("count",),
}


def rests(claim: Claim) -> bool:
    """Whether the claim is a setting of the cells, or a figure that is committed."""
    return is_setting(claim) or any(_fits(claim, figure) for figure in candidates(claim))


def is_setting(claim: Claim) -> bool:
    """Whether the number is no result but one of the settings of the cells."""
    return not claim.measured and _value(claim.numbers[0]) in _options(replace(claim, numbers=())).settings


def candidates(claim: Claim) -> Sequence[Figure]:
    """The figures that the claim could be, by what its words name."""
    return _options(replace(claim, numbers=())).figures


def problem(claim: Claim) -> str:
    """What is wrong with a claim that rests on nothing, with the nearest of the figures that it could be."""
    wanted = _value(claim.numbers[0])
    near = sorted(candidates(claim), key=lambda figure: abs(_seen(claim, figure) - wanted))
    nearest = "; ".join(list(dict.fromkeys(map(str, near)))[:3]) or "none of what the sentence names"
    sentence = " ".join(claim.sentence.split())
    return f"{claim.readme}:{claim.line}: {claim.text} has no source: {sentence!r}; nearest: {nearest}"


class _Options(NamedTuple):
    settings: frozenset[float]
    figures: tuple[Figure, ...]


@cache
def _options(claim: Claim) -> _Options:
    """Settings and figures that a claim's number may be, whatever the number."""
    folders = [committed(folder) for folder in _folders(claim)]
    settings = frozenset[float]().union(*(folder.settings for folder in folders))
    return _Options(settings, tuple(figure for folder in folders for figure in _of(claim, folder)))


def _folders(claim: Claim) -> list[Path]:
    """The README's folder, and those that the paragraph names."""
    own = claim.readme.parent
    found = dict.fromkeys(path.resolve() for path in (own, *(own / name for name in _FOLDER.findall(claim.block))))
    return [path for path in found if (path / "table.json").exists()]


def _of(claim: Claim, folder: Committed) -> Iterator[Figure]:
    named = _Named.by(claim, folder.labels)
    figures: Iterable[Figure] = folder.figures
    if claim.kind == "plain" and len(named.rows) > 1:
        figures = [*figures, *differences(figures, named.rows)]
    return (figure for figure in figures if named.fits(figure) and _is_at(claim, figure))


@dataclass(frozen=True)
class _Named:
    """What the words around a claim name; what they leave open is not restricted.

    Attributes:
        rows: labels in the sentence; a comparison has to be of one of them.
        pairs: labels in the whole paragraph, or in a table's header; where there are several, a comparison has to be
            of two of them. A transfer matrix has to be of one of them.
        scores: a single one.
        datasets, settings: of the tables.
        kinds: what the figure may be, by how it is written.
    """

    rows: frozenset[str]
    pairs: frozenset[str]
    scores: frozenset[str]
    datasets: frozenset[str]
    settings: frozenset[str]
    kinds: frozenset[str]

    @classmethod
    def by(cls, claim: Claim, labels: Iterable[str]) -> _Named:
        rows, pairs = _rows(claim.sentence, labels), _rows(claim.block, labels)
        kinds = frozenset(_KINDS[claim.kind])
        if "seed" in claim.sentence.lower():
            kinds |= {"signed": {"seed"}, "plain": {"spread"}}.get(claim.kind, set())
        if claim.kind == "percent" and _scores_in(words_of(claim.sentence)):
            kinds |= {"mean"}
        return cls(rows, pairs, _scores(claim), _found(claim, _DATASETS), _found(claim, _SETTINGS), kinds)

    def fits(self, figure: Figure) -> bool:
        """Whether the figure is one of those that are named."""
        if figure.kind not in self.kinds:
            return False
        if figure.kind in ("share", "count"):
            return True
        return (
            figure.score in self.scores
            and (not self.datasets or figure.dataset in self.datasets)
            and (not self.settings or figure.setting in self.settings)
            and (len(figure.rows) < 2 or self._compares(figure.rows))
            and (figure.source is None or not self.pairs or self.pairs.issuperset(figure.rows))
        )

    def _compares(self, rows: tuple[str, ...]) -> bool:
        if self.rows and self.rows.isdisjoint(rows):
            return False
        return len(self.pairs) < 2 or self.pairs.issuperset(rows)


def _found(claim: Claim, patterns: dict[str, str]) -> frozenset[str]:
    return _nearest(claim, lambda text: frozenset(name for name, words in patterns.items() if re.search(words, text)))


def _scores(claim: Claim) -> frozenset[str]:
    """The score directly behind the figure, else the last one named before it, else the next one."""
    after = words_of(claim.after)
    if directly := _SCORE.match(after, _directly(after)):
        return frozenset((str(directly.lastgroup),))
    for text, place in ((words_of(claim.before), -1), (after, 0)):
        if named := _scores_in(text):
            return frozenset((named[place],))
    return _nearest(claim, _last_score) or frozenset(("rouge1",))


def _last_score(text: str) -> frozenset[str]:
    """The last score that a text names; a loss, which is in no table, is only meant where it is named."""
    return frozenset([score for score in _scores_in(text) if score != "best_dev_loss"][-1:])


def _scores_in(text: str) -> list[str]:
    return [str(found.lastgroup) for found in _SCORE.finditer(text)]


def _directly(text: str) -> int:
    found = _DIRECTLY.match(text)
    return found.end() if found else 0


def _nearest(claim: Claim, find: Callable[[str], frozenset[str]]) -> frozenset[str]:
    return next((found for text in (claim.sentence, *claim.context) if (found := find(words_of(text)))), frozenset())


def _is_at(claim: Claim, figure: Figure) -> bool:
    """Whether the figure is of a target that the claim names; of the average where it names none."""
    named = _domains(claim.sentence)
    row, column = map(_domains, claim.place or ("", ""))
    if column:
        return figure.target in column and (figure.source in row if row else figure.source is None)
    if "diagonal" in claim.sentence.lower():
        return figure.target in ("diagonal", "rest")
    if figure.kind == "count" or figure.source is not None:
        return figure.kind == "count"
    if figure.score == "best_dev_loss":
        return not named or figure.target in named
    return figure.target in ("average", "all") or figure.target in named


def _domains(text: str) -> frozenset[str]:
    return frozenset(re.findall(rf"\b({'|'.join(DOMAINS)})s?\b", words_of(text)))


def _rows(text: str, labels: Iterable[str]) -> frozenset[str]:
    """The labels that a text names."""
    plain = " ".join(re.sub(r"[*`]", "", text).lower().split())
    return frozenset(label for label in labels if _is_row(label.lower(), plain))


def _is_row(label: str, text: str) -> bool:
    """Whether the words of a row's label stand in a text; its method may be left out before a comma."""
    parts = label.split(", ")[1:] or [label]
    return _stands(label, text) or all(_stands(part, text) for part in parts)


def _stands(words: str, text: str) -> bool:
    names = "|".join(map(re.escape, (words, *_ALSO.get(words, ()))))
    return re.search(rf"(?<!\w)(?:{names})(?!\w)", text) is not None


def _seen(claim: Claim, figure: Figure) -> float:
    """The figure as the claim would write it: a difference without a sign is its size, a count is in millions."""
    if claim.kind == "plain" and figure.kind == "difference":
        return abs(figure.value)
    return figure.value / 1e6 if claim.kind == "count" else figure.value


def _fits(claim: Claim, figure: Figure) -> bool:
    if claim.kind == "p" and (claim.relation == "<") != figure.below:
        return False
    ends = (_seen(claim, figure), *([] if figure.high is None else [figure.high]))
    return all(_rounds(number, end) for number, end in zip(claim.numbers, ends, strict=True))


def _value(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def _rounds(text: str, value: float) -> bool:
    """Whether a figure, rounded to the digits of a text, is the text; a half may go either way."""
    digits = len(text.partition(".")[2])
    return abs(_value(text) - value) <= 0.5 * 10.0**-digits + 1e-9
