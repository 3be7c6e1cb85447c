"""Examples in context: drawn from the training examples of a cell, kept in its model folder, cut to a budget."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from todsum.data.schema import Example, Turn
from todsum.errors import TodsumError
from todsum.files.plain import read_plain
from todsum.training.texts import squeeze

FILE = "examples.json"
MAX_BYTES = 1 << 28


@dataclass(frozen=True)
class Fitted:
    """What a cell's prompts are made of, beside the example.

    Attributes:
        dataset: whose prompt is taken.
        seed: of the cell.
        examples: in context.
        cut: how many of them were cut to size.
    """

    dataset: str
    seed: int
    examples: tuple[Example, ...]
    cut: int = 0


_FITTED = TypeAdapter(Fitted)


def draw(train: Sequence[Example], k: int, target: str | None, seed: int) -> list[Example]:
    """``k`` examples with a summary, of different groups, none of which names the target in its domains or state.

    Settings leave out the target's examples already; those of few-shot are left out here.

    Raises:
        TodsumError: there are not enough.
    """
    order = [example for example in train if example.summary and not _names(example, target)]
    random.Random(seed).shuffle(order)
    by_group: dict[str, Example] = {}
    for example in order:
        by_group.setdefault(example.group, example)
    if len(by_group) < k:
        raise TodsumError(
            f"k is {k}, but the training examples that do not name {target} have {len(by_group)} groups to draw from"
        )
    return list(by_group.values())[:k]


def _names(example: Example, domain: str | None) -> bool:
    return domain in {*example.domains, *(slot.domain for slot in example.state)}


def save(fitted: Fitted, folder: Path) -> None:
    """Writes what was drawn, so that a cell that goes on has the same prompts."""
    text = json.dumps(asdict(fitted), indent=1, ensure_ascii=True)
    (folder / FILE).write_text(text + "\n", encoding="ascii")


def load(folder: Path) -> Fitted:
    """Reads what :func:`save` wrote.

    Raises:
        TodsumError: the folder has no such file, or it holds something else.
    """
    file = folder / FILE
    try:
        return _FITTED.validate_json(read_plain(file, MAX_BYTES))
    except (TodsumError, ValidationError) as error:
        raise TodsumError(f"{file}: not the examples of an llm method ({str(error).splitlines()[0]})") from error


def cut(example: Example, budget: int) -> Example:
    """The example with at most so many characters of dialogue, speakers included; it is cut at its end."""
    turns = tuple(_within(example.turns, budget))
    return example if turns == example.turns else replace(example, turns=turns)


def _within(turns: Sequence[Turn], budget: int) -> Iterator[Turn]:
    for turn in turns:
        size = len(squeeze(f"{turn.speaker} {turn.text}"))
        if size > budget:
            text = squeeze(turn.text)[: max(0, budget - len(squeeze(turn.speaker)) - 1)]
            if text:
                yield Turn(turn.speaker, text)
            return
        budget -= size
        yield turn
