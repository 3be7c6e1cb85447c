"""Made-up words, names and times: values that a model can only get right by copying them."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from todsum.data.simulation.draw import Draw

_ONSETS, _VOWELS, _ENDS, _RUDE = (
    tuple(line.split())
    for line in (
        "b bl br c ch cl d dr f fl fr g gl gr h j k kl l m n p ph pl pr qu r s sc sh sl sm sn sp st t th tr v w y z",
        "a a a e e e i i o o u ai ay ea ee ie oa oo ou",
        "b ck d f g k l ld ll m mp n nd ng nk nt p r rd rk rn rs s sh sk ss st t th x y",
        "fuck dick cock suck prick cunt shit tit rape nig fag slut whor piss",
    )
)
_CODAS = ("", "", "", *_ENDS)
NOUNS = tuple(
    word
    for line in (
        "house lodge place corner garden court mill bridge street road lane square hall centre club bar room kitchen",
        "shop market park point gate tower gallery museum church college school theatre pool lounge palace tavern",
        "arms station airport north south east west and sons service company group works studio one two",
    )
    for word in line.split()
)
"""Ordinary words that stand in made-up names."""

_PATTERNS = (
    "{w}",
    "{w}",
    "{w}",
    "{w} {w}",
    "{w} {n}",
    "{w} {n}",
    "{w} {n}",
    "{n} {n}",
    "the {w}",
    "the {w} {n}",
    "the {n} of {w}",
    "{w} {w} {n}",
    "{w} and {w} {n}",
    "{w}'s {n}",
)

_TEST_PATTERNS = tuple(pattern for pattern in _PATTERNS if "{w}" in pattern)

RESERVED_SHARE = 16
"""One word in so many is reserved: it is never made up for training, so that copying can be tested on it."""


def reserved(word: str) -> bool:
    """Whether a made-up word is kept for tests of copying."""
    return zlib.crc32(word.encode()) % RESERVED_SHARE == 0


def word(draw: Draw, for_test: bool = False) -> str:
    """A made-up word of one or two syllables, in lower case; a reserved one ``for_test``, else one that is not."""
    while True:
        syllables = (
            draw.pick(_ONSETS) + draw.pick(_VOWELS) + draw.pick(_CODAS) for _ in range(draw.pick((1, 1, 1, 2, 2)))
        )
        made = "".join(syllables)
        if len(made) >= 4 and reserved(made) == for_test and not any(rude in made for rude in _RUDE):
            return made


def name(draw: Draw, for_test: bool = False) -> str:
    """A made-up name of one to four words, such as ``the plorsk mill``."""
    text: str = draw.pick(_TEST_PATTERNS if for_test else _PATTERNS)
    while "{w}" in text:
        text = text.replace("{w}", word(draw, for_test), 1)
    while "{n}" in text:
        text = text.replace("{n}", draw.pick(NOUNS), 1)
    return text


def clock(draw: Draw) -> str:
    """A time of day to the minute, ``07:52``."""
    return f"{draw.below(24):02}:{draw.below(60):02}"


def distinct(make: Callable[[], str], taken: set[str]) -> str:
    """What ``make`` makes, again until it is none of ``taken`` and no part of one; it is added to them."""
    made = make()
    while any(made in old or old in made for old in taken):
        made = make()
    taken.add(made)
    return made
