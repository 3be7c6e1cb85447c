"""Batches of like length from a stream, their results in the order of the stream, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from todsum.errors import TodsumError
from todsum.summarizing.dialogue import Dialogue

T = TypeVar("T")

LOOK_AHEAD = 4
"""Batches that are read together, to sort by length; with batches of 1 there is nothing to sort, and no waiting."""


def windows(dialogues: Iterable[Dialogue], size: int) -> Iterator[list[Dialogue]]:
    """The dialogues, so many at a time. An error of their source is raised after what was read before it."""
    held: list[Dialogue] = []
    try:
        for dialogue in dialogues:
            held.append(dialogue)
            if len(held) == size:
                yield held
                held = []
    except TodsumError:
        if held:
            yield held
        raise
    if held:
        yield held


def in_order(
    window: Sequence[Dialogue],
    size: int,
    write: Callable[[Sequence[Dialogue]], Sequence[T]],
    done: int = 0,
    by_length: bool = True,
) -> Iterator[list[T]]:
    """What is written for a window, as soon as it is next in order, in lists that are not empty.

    The batches depend on the window alone: one that was left in the middle gives the same texts when it is taken up.

    Args:
        window: the dialogues.
        size: of a batch.
        write: makes one result a dialogue.
        done: how many results at the beginning are not needed again.
        by_length: whether dialogues of like length share a batch.
    """
    order = sorted(range(len(window)), key=lambda i: _length(window[i])) if by_length else list(range(len(window)))
    made: dict[int, T] = {}
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        if max(batch) < done:
            continue
        made.update(zip(batch, write([window[i] for i in batch]), strict=True))
        ready = []
        while done in made:
            ready.append(made.pop(done))
            done += 1
        if ready:
            yield ready


def _length(dialogue: Dialogue) -> int:
    return -sum(len(turn.text) for turn in dialogue.example.turns)
