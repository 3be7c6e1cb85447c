"""Batches from a stream: the order, the bounds, and what is made anew after a kill."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from todsum.data.schema import Example, Turn
from todsum.errors import TodsumError
from todsum.summarizing.dialogue import Dialogue
from todsum.summarizing.windows import in_order, windows


def dialogues(n: int, seed: int = 0) -> list[Dialogue]:
    draw = random.Random(seed)
    texts = ["x" * draw.randrange(40) for _ in range(n)]
    return [Dialogue(str(i), Example(str(i), "d", "g", (), (Turn("a", text),))) for i, text in enumerate(texts)]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("by_length", [True, False])
def test_after_any_kill_the_same_batches_give_the_rest(seed: int, by_length: bool) -> None:
    """What is written depends here on the whole batch, as a model's last digits may."""
    window, size = dialogues(23, seed), 1 + seed

    def write(batch: Sequence[Dialogue]) -> list[str]:
        together = " ".join(dialogue.where for dialogue in batch)
        return [f"{dialogue.where} of {together}" for dialogue in batch]

    whole = [text for texts in in_order(window, size, write, 0, by_length) for text in texts]
    assert [text.split()[0] for text in whole] == [str(i) for i in range(23)]
    for done in range(24):
        parts = list(in_order(window, size, write, done, by_length))
        assert [text for texts in parts for text in texts] == whole[done:] and all(parts)


def test_batches_are_of_like_length() -> None:
    seen: list[list[int]] = []

    def write(batch: Sequence[Dialogue]) -> list[str]:
        seen.append([len(dialogue.example.turns[0].text) for dialogue in batch])
        return [""] * len(batch)

    list(in_order(dialogues(20), 5, write))
    lengths = [length for batch in seen for length in batch]
    assert lengths == sorted(lengths, reverse=True) and [len(batch) for batch in seen] == [5] * 4


def test_an_error_comes_after_what_was_read_before_it() -> None:
    def broken() -> object:
        yield from dialogues(5)
        raise TodsumError("wrong")

    found: list[int] = []
    with pytest.raises(TodsumError, match="wrong"):
        for window in windows(broken(), 3):  # type: ignore[arg-type]
            found.append(len(window))
    assert found == [3, 2]
    assert [len(window) for window in windows(dialogues(7), 3)] == [3, 3, 1]
