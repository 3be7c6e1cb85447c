"""Free text as sentences of plain tokens, spelling variants brought to one form; each token knows where it stands."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

from todsum.metrics.consistency.times import TIME_STEPS, Step
from todsum.metrics.consistency.vocabulary import vocabulary

COMMA = ","
Span = tuple[int, int]

_APOSTROPHES = re.compile(r"['’`´]")
_GLUED_DIGIT = re.compile(r"(?<![\w:.])(\d)(?=(?:star|people|person|night|day|seat|ticket)s?\b)")
_SAINT = re.compile(r"\bst\. ?(?=[a-z])")
_LONGEST = 300  # tokens; a runaway sentence is read in pieces, so that the work stays linear in the text
_END = frozenset(".!?\n\r")
_TOKEN = re.compile(r"\d{1,2}:\d\d(?!\d)~{0,2}|\w+|[,;:()]|[.!?\n\r]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """The tokens of a sentence, and for each the characters of :func:`plain` text that it was made of."""

    tokens: list[str]
    spans: list[Span]


# What :func:`plain` replaces, in this order; each step where its sign is found.
STEPS: tuple[Step, ...] = (
    (None, _APOSTROPHES, ""),
    (None, re.compile("&"), " and "),
    (None, _SAINT, "saint "),
    *TIME_STEPS,
    (None, _GLUED_DIGIT, r"\1 "),
    (None, re.compile("_"), " "),
)


def fold(text: str) -> str:
    """Lower case, without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).lower() if not unicodedata.combining(c))


def plain(text: str) -> str:
    """Lower case without accents and apostrophes, times as ``HH:MM``."""
    text = fold(text)
    for sign, pattern, replacement in STEPS:
        if sign is None or sign(text):
            text = pattern.sub(replacement, text)
    return text


def rewrite(sentence: Sentence) -> Sentence:
    """A sentence with every spelling of the vocabulary's ``rewrites`` replaced; twice, since one may lead to another.

    Each token of a replacement stands where the whole replaced phrase stood.
    """
    rewrites = vocabulary().rewrites
    tokens, spans = sentence.tokens, sentence.spans
    for _ in range(2):
        if rewrites.keys().isdisjoint(tokens):
            break
        out: list[str] = []
        places: list[Span] = []
        place = 0
        while place < len(tokens):
            for source, target in rewrites.get(tokens[place], ()):
                if tuple(tokens[place : place + len(source)]) == source:
                    out.extend(target)
                    places.extend([(spans[place][0], spans[place + len(source) - 1][1])] * len(target))
                    place += len(source)
                    break
            else:
                out.append(tokens[place])
                places.append(spans[place])
                place += 1
        tokens, spans = out, places
    return Sentence(tokens, spans)


def sentences(text: str) -> list[Sentence]:
    """The tokens of each sentence of the :func:`plain` text; brackets, colons and semicolons as commas, no hyphens.

    Sentences end at ``. ! ?`` and line breaks, not within times.
    """
    found: list[Sentence] = []
    tokens: list[str] = []
    spans: list[Span] = []
    for match in _TOKEN.finditer(plain(text)):
        token = match[0]
        if tokens and (token in _END or len(tokens) == _LONGEST):
            found.append(rewrite(Sentence(tokens, spans)))
            tokens, spans = [], []
        if token not in _END:
            tokens.append(COMMA if token in ";:()" else token)
            spans.append(match.span())
    return [*found, rewrite(Sentence(tokens, spans))] if tokens else found


@functools.lru_cache(maxsize=1 << 14)
def words(text: str) -> tuple[str, ...]:
    """All tokens of a short text, such as a value, without commas."""
    return tuple(token for sentence in sentences(text) for token in sentence.tokens if token != COMMA)
