"""Times of day, in digits and in words, as replacements in plain text: every time becomes ``HH:MM``.

``HH:MM~`` is a time of a twelve-hour clock whose half of the day is open (``half past six``), ``HH:MM~~`` a bare hour
(``at 6``), which may be no more than the start of a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

OPEN_HALF = "~"
BARE_HOUR = "~~"

Sign = Callable[[str], object]
Step = tuple[Sign | None, re.Pattern[str], str | Callable[[re.Match[str]], str]]

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_HOURS = {word: hour for hour, word in enumerate(_UNITS, start=1)}
_NAMED_HOURS = {"noon": 12, "midday": 12, "midnight": 24}
_SPOKEN_MINUTES = {"oh five": 5, "fifteen": 15, "twenty": 20, "twenty five": 25, "thirty": 30, "thirty five": 35}
_SPOKEN_MINUTES |= {"forty": 40, "forty five": 45, "fifty": 50, "fifty five": 55}
_PARTS = {"quarter": 15, "half": 30, "five": 5, "ten": 10, "twenty": 20, "twenty five": 25}
_PARTS |= {f"{minutes} minutes": minutes for minutes in (5, 10, 15, 20, 25)}


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_AMPM = r"(?: ?([ap])\.?m\b\.?)"
_DAYPART = r"(?: (?:in the|at|this|that) (morning|afternoon|evening|night)\b)"
_HALF = rf"(?:{_AMPM}|{_DAYPART})"
_ALONE = r"(?<![\w.:;£$])"
_HOUR = rf"(\d{{1,2}}|{_any(_UNITS)})"
_HOUR_OR_NOON = rf"(\d{{1,2}}|{_any(_UNITS)}|noon|midday|midnight)"
_COUNTED = r"(?! ?(?:people|persons?|guests?|tickets?|seats?|nights?|days?|stars?|minutes?|passengers?)\b)"
_AT = r"(?:(?<=\bat )|(?<=\bby )|(?<=\bafter )|(?<=\buntil )|(?<=\bbefore )|(?<=\baround )|(?<=\babout ))"

# 9:15, 09;45, 22.:15, 9.15 and the like; no prices (£3.50, 3.50 pounds) and no longer numbers.
_CLOCK = re.compile(
    rf"(?<![\d.:;£$])(\d{{1,2}})(?:[:;]|\.:|:\.|\.)(\d{{2}})(?![\d%]|[.:;]\d| ?(?:pounds|gbp|euro)){_HALF}?"
)
_BARE = re.compile(rf"(?<=\b(?:at|by) )(\d{{1,2}})(\d{{2}})(?![\w:]|\.\d){_HALF}?")
_FOUR_DIGITS = re.compile(rf"{_AT}(\d{{2}})(\d{{2}})(?![\w:]|\.\d){_HALF}?")
_HOURS_LONG = re.compile(rf"{_ALONE}(\d{{1,2}})(\d{{2}})()()(?= ?(?:hours|hrs)\b)")
_FULL = re.compile(rf"(?<![\d.:;£$])\b{_HOUR}{_AMPM}()")
_FULL_DAYPART = re.compile(rf"{_AT}{_HOUR}(){_DAYPART}")
_OCLOCK = re.compile(rf"{_ALONE}{_HOUR} ?o ?clock\b{_HALF}?")
_PARTED = re.compile(
    rf"{_ALONE}({_any(_PARTS)}) (past|after|to|before|till) {_HOUR_OR_NOON}\b(?![:;.]\d){_COUNTED}"
    rf"(?: ?o ?clock\b)?{_HALF}?"
)
_SPOKEN = re.compile(rf"\b({_any(_UNITS)})[ -]({_any(_SPOKEN_MINUTES)})\b{_COUNTED}{_HALF}?")
_BARE_HOUR = re.compile(
    rf"(?<=\b(?:at|by) ){_HOUR}(?=[.,;!?]?\Z|[.,;!?]\s| (?:on|and|from|to|for|with|sharp)\b)(?! for \d)"
)
_HALF_TO = re.compile(rf"\bhalf ({_any(_UNITS)})\b{_COUNTED}{_HALF}?")
_NAMED = re.compile(r"\b(noon|midday|midnight)\b")


def _written(hour: int, minute: int, half: str | None, spoken: str = "") -> str | None:
    """The time in twenty-four hours; None where it is none, or where its half of the day contradicts it."""
    if hour > 24 or minute > 59 or (half == "a" and hour > 12):
        return None
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    open_half = spoken if not half and 0 < hour <= 12 else ""
    return f" {hour % 24:02d}:{minute:02d}{open_half} "


def _half(letter: str | None, part: str | None, hour: int) -> str | None:
    if part == "night":
        return "p" if 5 < hour < 12 else "a"
    return letter or ("a" if part == "morning" else "p" if part else None)


def _digits(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    half = _half(match[3], match[4], hour)
    written = _written(hour, minute, half)
    return written or (" " if half else match[0].replace(":", " "))


def _hour_of(word: str) -> int:
    return _HOURS.get(word) or _NAMED_HOURS.get(word) or int(word)


def _full_hour(match: re.Match[str]) -> str:
    hour = _hour_of(match[1])
    written = _written(hour, 0, _half(match[2], match[3], hour), OPEN_HALF) if 0 < hour <= 24 else None
    return written or match[0]


def _maybe_hour(match: re.Match[str]) -> str:
    hour = _hour_of(match[1])
    return f" {hour:02d}:00{BARE_HOUR} " if 0 < hour < 24 else match[0]


def _parted(match: re.Match[str]) -> str:
    hour, part = _hour_of(match[3]), _PARTS[match[1]]
    if not 0 < hour <= 24:
        return match[0]
    half = _half(match[4], match[5], hour)
    if match[5] == "night" and hour == 12 and match[2] not in ("past", "after"):
        half = "p"
    minutes = 60 * hour + (part if match[2] in ("past", "after") else -part)
    spoken = "" if match[3] in _NAMED_HOURS else OPEN_HALF
    return _written(minutes // 60 or 12, minutes % 60, half, spoken) or match[0]


def _half_past(match: re.Match[str]) -> str:
    hour = _HOURS[match[1]]
    return _written(hour, 30, _half(match[2], match[3], hour), OPEN_HALF) or match[0]


def _spoken(match: re.Match[str]) -> str:
    hour = _HOURS[match[1]]
    return _written(hour, _SPOKEN_MINUTES[match[2]], _half(match[3], match[4], hour), OPEN_HALF) or match[0]


def _named(match: re.Match[str]) -> str:
    return " 00:00 " if match[1] == "midnight" else " 12:00 "


_RARE = re.compile(r"\d{3}").search
_BARE_SIGN = re.compile(rf"(?:at|by) (?:\d{{1,2}}(?![\d:])|{_any(_UNITS)})").search
_HALF_SIGN = re.compile(r"[ap]\.?m\b").search
_PART_SIGN = re.compile(r"morning|evening|afternoon|night").search
_PARTED_SIGN = re.compile(rf"(?:{_any(_PARTS)}) (?:past|after|to|before|till) ").search
_SPOKEN_SIGN = re.compile(r"fifteen|twenty|thirty|forty|fifty|oh five").search
_HALF_TO_SIGN = re.compile("half ").search
_NAMED_SIGN = re.compile(r"noon|midday|midnight").search
_CLOCK_SIGN = re.compile(r"o ?clock").search

# In this order: what one step has written, the next leaves alone. A step is taken where its sign is found.
TIME_STEPS: tuple[Step, ...] = (
    (None, _CLOCK, _digits),
    (_RARE, _BARE, _digits),
    (_RARE, _FOUR_DIGITS, _digits),
    (_RARE, _HOURS_LONG, _digits),
    (_PARTED_SIGN, _PARTED, _parted),
    (_HALF_TO_SIGN, _HALF_TO, _half_past),
    (_SPOKEN_SIGN, _SPOKEN, _spoken),
    (_CLOCK_SIGN, _OCLOCK, _full_hour),
    (_HALF_SIGN, _FULL, _full_hour),
    (_PART_SIGN, _FULL_DAYPART, _full_hour),
    (_BARE_SIGN, _BARE_HOUR, _maybe_hour),
    (_NAMED_SIGN, _NAMED, _named),
)
