"""Examples as text: the source, the discrete prompt in front of it, and the target."""

from __future__ import annotations

from typing import Literal

from todsum.data.schema import Example
from todsum.data.state import linearise
from todsum.errors import TodsumError

Prompt = Literal["none", "state", "query"]
STATE_QUERY = "what is the state?"
"""The query that a tracker's backbone answers, in pretraining as in fine-tuning."""


def squeeze(text: str) -> str:
    """Text with every run of white space as one blank."""
    return " ".join(text.split())


def dialogue_text(example: Example) -> str:
    """The turns as ``user: … agent: …``; turns without words are left out."""
    turns = ((turn.speaker, squeeze(turn.text)) for turn in example.turns)
    return " ".join(f"{squeeze(speaker)}: {text}" for speaker, text in turns if text)


def prompt_text(example: Example, prompt: Prompt) -> str:
    """What stands in front of the dialogue, its separator included; empty for ``none``.

    Raises:
        TodsumError: the prompt is the query and the example has none.
    """
    return "" if prompt == "none" else squeeze(f"{prompt}: {structure_text(example, prompt)} dialogue:")


def structure_text(example: Example, structure: Prompt) -> str:
    """The linearised state or the query alone; empty for ``none``.

    Raises:
        TodsumError: the query is asked for and the example has none.
    """
    if structure == "none":
        return ""
    if structure == "state":
        return squeeze(linearise(example.state))
    if example.query is None:
        raise TodsumError(f"{example.dataset} {example.id}: has no query; set prompt or structure to state")
    return squeeze(example.query)


def target_text(example: Example) -> str:
    """The reference summary, its sentences joined by blanks."""
    return squeeze(" ".join(example.summary))
