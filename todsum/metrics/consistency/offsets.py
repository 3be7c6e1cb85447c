"""From the plain text, which the metric reads, back to the characters of the text as it was written."""

from __future__ import annotations

import re

from todsum.metrics.consistency.text import STEPS, Span, fold

_FULL_STOP = re.compile(r"(?<=[ap]m)\.\Z", re.IGNORECASE)  # of the sentence, not of ``a.m.``


class Offsets:
    """Where the characters of a text's :func:`~todsum.metrics.consistency.text.plain` form come from.

    The same steps are taken as there, with a span of the text for every character.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._origins = _folded(text)
        plain = fold(text)
        for sign, pattern, replacement in STEPS:
            if sign is not None and not sign(plain):
                continue
            origins: list[Span] = []
            done = 0
            for match in pattern.finditer(plain):
                new = replacement(match) if callable(replacement) else match.expand(replacement)
                origins += self._origins[done : match.start()]
                origins += self._replaced(match, new)
                done = match.end()
            self._origins = origins + self._origins[done:]
            plain = pattern.sub(replacement, plain)

    def _replaced(self, match: re.Match[str], new: str) -> list[Span]:
        """Each character of a replacement comes from all that it replaces."""
        start, end = match.span()
        if new == match[0]:
            return self._origins[start:end]
        return [(self._origins[start][0], self._origins[end - 1][1])] * len(new)

    def written(self, span: Span) -> Span:
        """The characters of the text that a stretch of the plain text was made of, without space around them."""
        start, end = self._origins[span[0]][0], self._origins[span[1] - 1][1]
        found = _FULL_STOP.sub("", self._text[start:end].rstrip())
        return start + len(found) - len(found.lstrip()), start + len(found)


def _folded(text: str) -> list[Span]:
    """For each character of the folded text, where it comes from; accents that are dropped belong to their letter."""
    origins: list[Span] = []
    for place, character in enumerate(text):
        made = len(fold(character))
        if not made and origins:
            origins[-1] = origins[-1][0], place + 1
        origins += [(place, place + 1)] * made
    return origins
