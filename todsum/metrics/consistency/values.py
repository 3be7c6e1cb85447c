"""What a value can mean where its words leave that open: ``half past six``, ``reasonably priced``."""

from __future__ import annotations

import re

from todsum.metrics.consistency.times import OPEN_HALF

OR = "|"
_OPEN_TIME = re.compile(rf"(\d\d):(\d\d){OPEN_HALF}+")


def meanings(value: str) -> list[str]:
    """The values that a value may stand for, the likeliest first: ``06:30~`` for 06:30 and 18:30."""
    if time := _OPEN_TIME.fullmatch(value):
        hour, minute = time.groups()
        return [f"{hour}:{minute}", f"{(int(hour) + 12) % 24:02d}:{minute}"]
    return value.split(OR)
