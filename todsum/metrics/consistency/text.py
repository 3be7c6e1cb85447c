"""Free text as sentences of plain tokens, spelling variants brought to one form."""

from __future__ import annotations

import functools
import re
import unicodedata

from todsum.metrics.consistency.vocabulary import vocabulary

COMMA = ","

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
_END = re.compile(r"[.!?\n\r]+")
_TOKEN = re.compile(r"\d{1,2}:\d\d|\w+|[,;:()]")


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


def rewrite(tokens: list[str]) -> list[str]:
    """Tokens with every spelling of the vocabulary's ``rewrites`` replaced; twice, since one may lead to another."""
    rewrites = vocabulary().rewrites
    for _ in range(2):
        out: list[str] = []
        place = 0
        while place < len(tokens):
            for source, target in rewrites.get(tokens[place], ()):
                if tuple(tokens[place : place + len(source)]) == source:
                    out.extend(target)
                    place += len(source)
                    break
            else:
                out.append(tokens[place])
                place += 1
        tokens = out
    return tokens


def sentences(text: str) -> list[list[str]]:
    """The tokens of each sentence: lower-case words without accents, apostrophes and hyphens, times as ``HH:MM``,
    brackets, colons and semicolons as commas. Sentences end at ``. ! ?`` and line breaks, not within times."""
    plain = unicodedata.normalize("NFKD", text).lower()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _APOSTROPHES.sub("", plain).replace("&", " and ")
    plain = _SAINT.sub("saint ", plain)
    plain = _GLUED_DIGIT.sub(r"\1 ", _HOUR.sub(_full_hour, _BARE_TIME.sub(_clock, _TIME.sub(_clock, plain)))).replace(
        "_", " "
    )
    found = []
    for piece in _END.split(plain):
        tokens = [COMMA if token in ";:()" else token for token in _TOKEN.findall(piece)]
        for start in range(0, len(tokens), _LONGEST):
            found.append(rewrite(tokens[start : start + _LONGEST]))
    return found


@functools.lru_cache(maxsize=1 << 14)
def words(text: str) -> tuple[str, ...]:
    """All tokens of a short text, such as a value, without commas."""
    return tuple(token for sentence in sentences(text) for token in sentence if token != COMMA)
