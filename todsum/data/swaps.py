"""Replaces words throughout an example: in the turns, in the state and in the summary alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from string import capwords

from todsum.data.schema import Example, Slot, Turn


def swapped(example: Example, mapping: Mapping[str, str]) -> Example:
    """The example with each key of ``mapping`` replaced by its value, wherever it stands as whole words.

    Upper and lower case of the keys make no difference; where the text capitalises a key, it capitalises what comes
    in its place. Longer keys win over those that they contain. Domains, slots and values of the state are replaced
    where they consist of whole words of the mapping, too; ``id``, ``group`` and ``evidence`` stay.

    Args:
        example: any example.
        mapping: in lower case. Its values are never replaced again.
    """
    if not mapping:
        return example
    keys = sorted(mapping, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, keys))})(?!\w)", re.IGNORECASE)

    def put(match: re.Match[str]) -> str:
        found = match[0]
        new = mapping[found.lower()]
        return capwords(new) if found != found.lower() else new

    def text(old: str) -> str:
        return pattern.sub(put, old)

    return replace(
        example,
        domains=tuple(map(text, example.domains)),
        turns=tuple(Turn(turn.speaker, text(turn.text)) for turn in example.turns),
        query=None if example.query is None else text(example.query),
        state=tuple(Slot(text(e.domain), e.intent, text(e.slot), text(e.value)) for e in example.state),
        summary=tuple(map(text, example.summary)),
    )
