"""What the method asks: chats in, answers out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from todsum.methods.llm.answer import Answer
from todsum.methods.llm.prompts import Message


@dataclass(frozen=True)
class Chat:
    """What is asked about an example.

    Attributes:
        id: of the example, with its data set, for messages.
        messages: of the system, the user and, with examples in context, the assistant.
    """

    id: str
    messages: tuple[Message, ...]

    def changed(self, change: Callable[[str], str]) -> Chat:
        """The chat with each message's content as a function makes it."""
        return replace(self, messages=tuple(m | {"content": change(m["content"])} for m in self.messages))


class Model(Protocol):
    """A language model, here or elsewhere."""

    @property
    def facts(self) -> dict[str, Any]:
        """About the model, for the result."""

    def plain(self, chat: Chat) -> Chat:
        """The chat with blanks in what would be special tokens: no dialogue ends its turn. Others stay as they are."""

    def answers(self, chats: Sequence[Chat], asks: Callable[[int], None]) -> list[Answer]:
        """One answer a chat, in their order.

        Args:
            chats: what to answer.
            asks: called with the index of a chat before the model is asked it, which it is not where an answer is
                kept; from any thread.

        Raises:
            TodsumError: there is a chat without an answer; the message names the example and the reason.
        """
