"""Where the dialogue states come from that a method reads: given with the dialogue, predicted, or left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from todsum.data.schema import Example
from todsum.data.state import ReadState, linearise
from todsum.errors import TodsumError, unknown_name
from todsum.methods.base import Method

StateMode = Literal["given", "predicted", "none"]
MODES: tuple[StateMode, ...] = ("given", "predicted", "none")


def modes(method: Method[Any]) -> tuple[StateMode, ...]:
    """What a method can do, first of all what it was tested with.

    Without a state can do what reads none, and what says so of itself.
    """
    without: tuple[StateMode, ...] = ("none",) if method.works_without_state else ()
    if method.predicts_states:
        return ("predicted", "given", *without)
    return ("given", *without) if method.reads_state else ("none",)


def choose(method: Method[Any], name: str, wanted: str | None) -> StateMode:
    """The mode that is asked for, or what the method was tested with.

    Raises:
        TodsumError: there is no such mode, or the method can't do it.
    """
    possible = modes(method)
    if wanted is None:
        return possible[0]
    if wanted not in MODES:
        raise unknown_name("state", wanted, MODES)
    for mode in possible:
        if mode == wanted:
            return mode
    able = f"use state {' or '.join(possible)}"
    if wanted == "none":
        raise TodsumError(f"{name}: can't do without a dialogue state: {able}")
    if possible == ("none",):
        raise TodsumError(f"{name}: reads no dialogue state: {able}")
    raise TodsumError(f"{name}: predicts no states (it was not trained with 'states: predicted'): {able}")


def summarize(method: Method[Any], mode: StateMode, examples: Sequence[Example]) -> tuple[list[str], list[str] | None]:
    """The summaries, and the predicted states where they are predicted. A state that a model has no room for is cut."""
    states = None
    if mode == "predicted":
        predicted = method.predict_states(examples)
        summaries, states = method.summarize_with(examples, predicted), [state.text for state in predicted]
    else:
        given = [ReadState(linearise(example.state), example.state, True) for example in examples]
        summaries = method.summarize_with(examples, given)
    if len(summaries) != len(examples):
        raise TodsumError(f"{len(summaries)} summaries came back for {len(examples)} dialogues")
    return summaries, states
