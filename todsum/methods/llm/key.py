"""The key of an endpoint: read from the environment, sent, and kept out of all texts."""

from __future__ import annotations

import os
import re

from todsum.errors import TodsumError

#: The only variable whose value is ever sent.
KEY_VARIABLE = "OPENAI_API_KEY"
#: A value with fewer characters is no secret, but what servers without keys ask for, such as EMPTY or ollama.
SHORTEST_SECRET = 8
#: A message has part of a key where it has this many characters of it in a row; an answer, where it has more: all
#: keys of a provider begin alike.
PIECE, LONG_PIECE = 8, 16
MASK = "[key]"


class Key:
    """A key, or none. Its ``repr`` tells the variable alone.

    Attributes:
        name: the environment variable, or None where no key is sent.
    """

    __slots__ = ("_value", "name")

    def __init__(self, name: str | None, value: str = "") -> None:
        self.name = name
        self._value = value

    @classmethod
    def from_environment(cls, name: str | None) -> Key:
        """The value of a variable, outer blanks removed; no key where it is not set."""
        return cls(name, os.environ.get(name, "").strip() if name else "")

    def __repr__(self) -> str:
        return f"Key({self.name})"

    def __bool__(self) -> bool:
        return bool(self._value)

    def headers(self) -> dict[str, str]:
        """The header that carries it, if there is one.

        Raises:
            TodsumError: the value can't stand in a header.
        """
        if not self._value:
            return {}
        if not (self._value.isascii() and self._value.isprintable()):
            raise TodsumError(f"the value of {self.name} has characters that no key has: line breaks, or beyond ASCII")
        return {"Authorization": f"Bearer {self._value}"}

    def is_in(self, text: str) -> bool:
        """Whether a text has the key; what is too short to be a secret does not count."""
        return len(self._value) >= SHORTEST_SECRET and self._value in text

    def out_of_answer(self, text: str) -> str:
        """What a model wrote, without the key or a long piece of it, should it repeat it; otherwise as it is."""
        text = text.replace(self._value, MASK) if self.is_in(text) else text
        return self._without_pieces(text, LONG_PIECE)

    def out_of_error(self, text: str) -> str:
        """A text from elsewhere without the key or any longer piece of it: servers repeat what they were sent."""
        if not self._value:
            return text
        return self._without_pieces(text.replace(self._value, MASK), PIECE)

    def _without_pieces(self, text: str, size: int) -> str:
        pieces = {self._value[i : i + size] for i in range(len(self._value) - size + 1)}
        if not any(piece in text for piece in pieces):
            return text
        hidden = {at + i for at in range(len(text)) if text[at : at + size] in pieces for i in range(size)}
        return re.sub("\0+", MASK, "".join("\0" if at in hidden else letter for at, letter in enumerate(text)))
