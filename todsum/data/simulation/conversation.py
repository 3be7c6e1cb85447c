"""The turns of a dialogue while it is being made, and how each side talks."""

from __future__ import annotations

import re

from todsum.data.simulation.draw import Draw
from todsum.data.simulation.ontology import Choices, talk
from todsum.data.simulation.values import counted, titled

# Both patterns begin with a literal, which makes the search fast. "A university" and "a european" stay as they are.
_VOWEL = r"(?=[aeioAEIO]|[uU](?!ni|se))(?!eu|Eu|one\b|One\b)"
_ARTICLE = re.compile(" a " + _VOWEL)
_CAPITAL = re.compile("A " + _VOWEL)


def with_articles(text: str) -> str:
    """The text with ``an`` before vowels; an article in lower case that begins the text is left alone."""
    return _CAPITAL.sub("An ", _ARTICLE.sub(" an ", text))


def listed(items: list[str]) -> str:
    """``a, b and c``."""
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else items[0]


class Conversation:
    """Alternating turns, the user first; what one side says in a row is one turn."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self._turns: list[str] = []
        self._user: list[str] = []
        self._agent: list[str] = []
        self._lower = draw.chance(0.3)
        self._bare = draw.chance(0.15)
        self._proper = {"user": draw.chance(0.5), "agent": draw.chance(0.75)}
        self._acts = talk()

    @property
    def answered(self) -> bool:
        """Whether the agent has already said something in this turn."""
        return bool(self._agent)

    def user(self, text: str) -> None:
        """The user says something; where the agent spoke last, a new turn begins."""
        if self._agent:
            self._close()
        self._user.append(text[0].upper() + text[1:])

    def agent(self, text: str) -> None:
        """The agent says something."""
        if text:
            self._agent.append(text[0].upper() + text[1:])

    def say(self, speaker: str, act: str, **fields: object) -> None:
        """One of the sentences of an act of ``talk.yaml``, said by ``user`` or ``agent``."""
        text: str = self.draw.pick(self._acts[act])
        say = self.user if speaker == "user" else self.agent
        say(text.format_map(fields) if fields else text)

    def shown(self, slot: Choices, value: str, speaker: str) -> str:
        """The value as this side writes it: names capitalised or not, numbers in digits or words."""
        if slot.unit is not None:
            return counted(value, slot, words=speaker == "user" and self.draw.chance(0.15))
        if slot.kind == "flag":
            return counted(value, slot)
        return titled(value) if slot.proper and self._proper[speaker] else value

    def short(self, slot: Choices, value: str, speaker: str) -> str:
        """The value as a phrase that stands alone: ``in the north``, ``for 3 people``."""
        return slot.short.format(self.shown(slot, value, speaker))

    def post(self, slot: Choices, value: str, speaker: str) -> str:
        """The value as a modifier after a noun: ``serving thai food``."""
        return slot.post.format(self.shown(slot, value, speaker))

    def finish(self) -> list[str]:
        """Close the last turns and return all."""
        self._close()
        # The blank after the line end lets a turn begin with "a", too.
        return with_articles("\n ".join(self._turns)).split("\n ")

    def _close(self) -> None:
        user = " ".join(self._user)
        if self._lower:
            user = user.lower()
        if self._bare:
            user = user.rstrip(".")
        self._turns += (user, " ".join(self._agent))
        self._user, self._agent = [], []
