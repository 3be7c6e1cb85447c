"""Free text as sentences of plain tokens, spelling variants brought to one form; each token knows where it stands."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from todsum.metrics.consistency.vocabulary import vocabulary

COMMA = ","
Span = tuple[int, int]

_APOSTROPHES = re.compile(r"['’`´]")
# 9:15, 09;45, 22.:15, 9.15 and the like, with am or pm; no prices (£3.50, 3.50 pounds) and no longer numbers.
_TIME = re.compile(
    r"(?<![\d.:;£$])(\d{1,2})(?:[:;]|\.:|:\.|\.)(\d{2})(?![\d%]|[.:;]\d| ?(?:pounds|gbp|euro))(?: ?([ap])\.?m\b\.?)?"
)
_HOUR = re.compile(r"(?<![\d.:;£$])(\d{1,2}) ?([ap])\.?m\b\.?")
_BARE_TIME = re.compile(r"(?<=\b(?:at|by) )(\d{1,2})(\d{2})()(?![\w:.])")
_GLUED_DIGIT = re.compile(r"(?<![\w:.])(\d)(?=(?:star|people|person|night|day|seat|ticket)s?\b)")
_SAINT = re.compile(r"\bst\. ?(?=[a-z])")
_LONGEST = 300  # tokens; a runaway sentence is read in pieces, so that the work stays linear in the text
_END = frozenset(".!?\n\r")
_TOKEN = re.compile(r"\d{1,2}:\d\d|\w+|[,;:()]|[.!?\n\r]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """The tokens of a sentence, and for each the characters of :func:`plain` text that it was made of."""

    tokens: list[str]
    spans: list[Span]


def _clock(match: re.Match[str]) -> str:
    hour, minute, half = int(match[1]), int(match[2]), match[3]
    if hour > 24 or minute > 59 or (half and hour > 12):
        return match[0]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f" {hour % 24:02d}:{minute:02d} "


def _full_hour(match: re.Match[str]) -> str:
    hour = int(match[1])
    return f" {hour % 12 + (12 if match[2] == 'p' else 0):02d}:00 " if 0 < hour <= 12 else match[0]


# What :func:`plain` replaces, in this order.
STEPS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (_APOSTROPHES, ""),
    (re.compile("&"), " and "),
    (_SAINT, "saint "),
    (_TIME, _clock),
    (_BARE_TIME, _clock),
    (_HOUR, _full_hour),
    (_GLUED_DIGIT, r"\1 "),
    (re.compile("_"), " "),
)


def fold(text: str) -> str:
    """Lower case, without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).lower() if not unicodedata.combining(c))


def plain(text: str) -> str:
    """Lower case without accents and apostrophes, times as ``HH:MM``."""
    text = fold(text)
    for pattern, replacement in STEPS:
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
