"""The factual-consistency metric that TODSum's authors publish, figure for figure.

The rules are those of ``consistency/calc_consistency.py`` of github.com/pris-nlp/TODSum, defects included (they are
listed where the corrected metric is documented, :mod:`todsum.metrics.consistency`). Each ``Rule`` below says what the
script does in that place. The values it looks for, of all slots of the authors' ``ontology.json``, ship with the
package.

Where the script stops or misaligns, this metric goes on: an example in whose summary no value is found has no
precision (``nan``), one without gold slots no recall, and a part of a state line without an intent is skipped.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, ClassVar

import numpy as np

from todsum.metrics.base import NAN, Gold, Metric, join_signature

SCRIPT_BLOB = "1e31145"  # git blob of the authors' script, abbreviated

_DIGITS = frozenset("0123456789")
_NEVER_VALUES = frozenset({"the", "ask", "restaurant", "hotel", "attraction", "train", "taxi"})

# Rule: keywords are substrings; where several domains (intents) match, the last one here wins.
_DOMAIN_KEYWORDS = {
    "restaurant": ("restaurant", "seat", "food"),
    "hotel": ("hotel", "house", "room", "stay"),
    "attraction": ("attraction", "attaction", "entrance", "college", "multiple sports", "architecture"),
    "train": ("train", "ticket"),
    "taxi": ("taxi", "car "),
}
_BOOK_KEYWORDS = ("book", "reserve", "buy", "perchase", "accommodate", "purchase", "tickets")
_REQUEST_KEYWORDS = (
    *("postcode", "phone", "address", "check", "search", "seach", "trainid", "duration"),
    *("user wants to know", "the user asks for", "the user wonders", "user wonders what"),
)
# Rule: words beside a value that tell its slot; the first slot with one of its words there wins.
_HOTEL_CUES = {
    "people": {"people", "person"},
    "stay": {"day", "days"},
    "stars": {"star"},
    "yes": {"has", "with", "parking"},
}
_TAXI_CUES = {"leaveAt": {"leaves"}, "arriveBy": {"arrives"}}

State = dict[tuple[str, str], list[tuple[str, str]]]


@functools.cache
def ontology_values() -> tuple[str, ...]:
    """All distinct values of the authors' ontology, sorted."""
    text = (files("todsum.metrics") / "consistency_ontology.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["values"])


@functools.cache
def _searched_values() -> tuple[str, ...]:
    # Rule: values of one or two characters count only if they are a digit; domain names, "the" and "ask" never do.
    return tuple(v for v in ontology_values() if v not in _NEVER_VALUES and (len(v) > 2 or v in _DIGITS))


def parse_state(line: str) -> tuple[State, int]:
    """The (slot, value) pairs by (domain, intent) of a state line, and how many there are.

    Rule: split at ``)``; of a domain and intent that is written twice, the last writing is matched but all pairs count.
    """
    state: State = {}
    count = 0
    for part in line.strip().split(")"):
        head, *bodies = part.strip().split(" ( ")
        words = head.split(" ")
        if not bodies or len(words) < 2:
            continue
        pairs = [tuple(pair.split(" = ")) for pair in bodies[0].split(" ; ")]
        state[words[0].strip(), words[1].strip()] = kept = [(p[0], p[1]) for p in pairs if len(p) == 2]
        count += len(kept)
    return state, count


def _sentences(summary: str) -> list[str]:
    return [piece.replace("-", " ") for piece in summary.strip().split(".") if piece]


def _found_values(sentences: Sequence[str]) -> list[str]:
    # Rule: substrings of the sentences put together; what is part of another found value is dropped.
    text = "".join(sentences)
    found = [value for value in _searched_values() if value in text]
    return [v for v in found if not any(v in other for other in found if other is not v)]


def _domain(sentence: str) -> str:
    hits = [domain for domain, words in _DOMAIN_KEYWORDS.items() if any(word in sentence for word in words)]
    return hits[-1] if hits else ""


def _intent(sentence: str) -> str:
    if any(word in sentence for word in _REQUEST_KEYWORDS):
        return "request"
    return "book" if any(word in sentence for word in _BOOK_KEYWORDS) else "inform"


def _in_sentence(values: Sequence[str], sentence: str) -> list[str]:
    # Rule: every digit that stands alone counts as often as it is written, whether or not it was found as a value.
    found = [value for value in values if value in sentence]
    words = [word for word in sentence.split(" ") if word]
    for digit in dict.fromkeys(word for word in words if word in _DIGITS):
        found.extend([digit] * (words.count(digit) - found.count(digit)))
    return found


def _cue(sentence: str, value: str, cues: Mapping[str, set[str]], before: int) -> str | None:
    words = [word.strip(",") for word in sentence.split(" ") if word]
    if value not in words:
        return None
    place = words.index(value)
    # Rule: the window is a plain slice, so a negative start counts from the sentence's end.
    window = set(words[place - before : place + 2])
    return next((slot for slot, cue in cues.items() if cue & window), None)


def _is_correct(value: str, sentence: str, domain: str, gold: Sequence[tuple[str, str]]) -> bool:
    """Whether a found value counts: with the slot that its neighbours tell, else with any slot."""
    slot: str | None = None
    pair: tuple[str | None, str | None] = (None, None)
    if domain == "hotel" and value in _DIGITS:
        slot = _cue(sentence, value, _HOTEL_CUES, before=0)
        pair = (slot, value)
    elif domain == "hotel" and value in ("park", "internet"):
        value = "parking" if value == "park" else value
        slot = _cue(sentence, value, _HOTEL_CUES, before=2)
        pair = (value, slot)
    elif domain == "taxi" and ":" in value:
        slot = _cue(sentence, value, _TAXI_CUES, before=2)
        pair = (slot, value)
    return pair in gold if slot else any(value == other for _, other in gold)


def match_counts(summary: str, state_line: str) -> tuple[int, int, int]:
    """How many values are correct, found in the summary, and in the gold state."""
    state, in_state = parse_state(state_line)
    sentences = _sentences(summary)
    values = _found_values(sentences)
    correct = 0
    for sentence in sentences:
        domain, intent = _domain(sentence), _intent(sentence)
        gold = state.get((domain, intent))
        if gold and intent != "request":
            correct += sum(_is_correct(value, sentence, domain, gold) for value in _in_sentence(values, sentence))
    return correct, len(values), in_state


class OfficialConsistency(Metric):
    """Precision, recall and F1 of slot values as the authors' script prints them (precision can exceed 1)."""

    name = "consistency_official"
    columns: ClassVar[tuple[str, ...]] = ("consistency_official_precision", "consistency_official_recall")
    scores: ClassVar[tuple[str, ...]] = (*columns, "consistency_official_f1")

    def signature(self) -> str:
        """The script's version and a fingerprint of the values that are searched for."""
        digest = hashlib.sha256("\n".join(ontology_values()).encode()).hexdigest()[:8]
        return join_signature(self.name, [("ontology", digest), ("script", SCRIPT_BLOB), ("v", "1")])

    def applies(self, gold: Gold) -> bool:
        """Needs the state as ``test.oracle`` writes it."""
        return gold.state_line is not None

    def score(self, hypothesis: str, gold: Gold) -> dict[str, float]:
        """Precision and recall of one summary; sentences may be separated by newlines."""
        correct, found, in_state = match_counts(hypothesis.replace("\n", " "), gold.state_line or "")
        figures = (correct / found if found else NAN, correct / in_state if in_state else NAN)
        return dict(zip(self.columns, figures, strict=True))

    def combine(self, means: Mapping[str, Any]) -> dict[str, Any]:
        """The printed F1: of mean precision and mean recall, undefined where both are 0."""
        precision, recall = (np.asarray(means[name], dtype=float) for name in self.columns)
        with np.errstate(divide="ignore", invalid="ignore"):
            f1 = 2 * precision * recall / (precision + recall)
        return dict(zip(self.scores, (means[self.columns[0]], means[self.columns[1]], f1[()]), strict=True))
