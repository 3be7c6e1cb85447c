"""The pretraining corpus: simulated dialogues of other domains than TODSum's five, each a function of seed and index.

What teaches copying rather than knowing: names, times and most other open values are swapped for made-up ones, in the
dialogue, the state and the summary alike; half of the domains get a made-up noun. What is said in TODSum's domains,
their states and their summaries are never in it, so that zero-shot stays zero-shot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from todsum.data import made_up
from todsum.data.schema import Example, Turn
from todsum.data.simulation.dialogues import Simulated, simulated
from todsum.data.simulation.draw import Draw
from todsum.data.simulation.ontology import OTHER_DOMAINS, Choices
from todsum.data.state import linearise
from todsum.data.swaps import swapped
from todsum.data.todsum import SPEAKERS
from todsum.training.inputs import dialogue_text, prompt_text, target_text

HELD_OUT = ("salon", "repair")
"""Simulated domains that are kept for the test of copying."""
DOMAINS = tuple(name for name in OTHER_DOMAINS if name not in HELD_OUT)
"""The domains of the corpus."""

SWAP_OPEN, SWAP_CLOSED, SWAP_TIMES, RENAME = 0.8, 0.15, 0.6, 0.5
"""Shares of dialogues in which a slot's values, the times of day, a domain's noun are made up."""
SINGLE = 0.3
"""Share of dialogues that are made to be of one domain; of the others some are, too."""
TRACK_MARK = "state of the dialogue:"
"""Stands in front of a dialogue whose state is asked for."""

TaskName = Literal["state", "both", "dialogue", "track"]
SUMMARY_TASKS: tuple[TaskName, ...] = ("state", "both", "dialogue")
"""The tasks whose target is a summary."""
SHARES: dict[TaskName, float] = {"state": 0.3, "both": 0.35, "dialogue": 0.2, "track": 0.15}
"""How often each task occurs once the warm-up is over. In the warm-up state → summary alone, which is learnt first."""

_TIME = re.compile(r"\b\d\d:\d\d\b")


@dataclass(frozen=True, slots=True)
class Pair:
    """One source and its target, as text."""

    task: TaskName
    source: str
    target: str


def pair(index: int, seed: int, warm_up: bool = False) -> Pair:
    """The pair of this index: the same, whatever was drawn before.

    Args:
        index: which pair.
        seed: of the corpus.
        warm_up: give the task ``state`` only.
    """
    draw = Draw("pretraining", seed, index)
    domains = (draw.pick(DOMAINS),) if draw.chance(SINGLE) else DOMAINS
    example = vary(simulated(index, seed, domains, made_up=0.0), draw)
    return as_pair(example, "state" if warm_up else _task(draw))


def as_pair(example: Example, task: TaskName) -> Pair:
    """An example as source and target of a task.

    ``state``: the linearised state → summary. ``both``: state and dialogue → summary. ``dialogue``: dialogue →
    summary. ``track``: dialogue → linearised state.
    """
    if task == "track":
        return Pair(task, f"{TRACK_MARK} {dialogue_text(example)}", linearise(example.state))
    sources: dict[TaskName, Callable[[], str]] = {
        "state": lambda: linearise(example.state),
        "both": lambda: f"{prompt_text(example, 'state')} {dialogue_text(example)}",
        "dialogue": lambda: dialogue_text(example),
    }
    return Pair(task, sources[task](), target_text(example))


def vary(dialogue: Simulated, draw: Draw, for_test: bool = False) -> Example:
    """A simulated dialogue with made-up values.

    Args:
        dialogue: simulated without made-up values.
        draw: decides.
        for_test: swap all open values for reserved words (:func:`todsum.data.made_up.reserved`), and nothing else.
    """
    example = as_example(dialogue)
    return swapped(example, dict(_swaps(dialogue, example, draw, for_test)))


def as_example(dialogue: Simulated) -> Example:
    """A simulated dialogue in the suite's schema."""
    record = dialogue.record
    return Example(
        id=record["dialog_id"],
        dataset="simulated",
        group=record["dialog_id"],
        domains=tuple(record["dst"]),
        turns=tuple(Turn(SPEAKERS[i % 2], text) for i, text in enumerate(record["text"])),
        state=dialogue.state,
        summary=tuple(record["summary"]),
    )


def _task(draw: Draw) -> TaskName:
    left = draw.random()
    for task, share in SHARES.items():
        left -= share
        if left < 0:
            return task
    return "both"


def _swaps(dialogue: Simulated, example: Example, draw: Draw, for_test: bool) -> Iterator[tuple[str, str]]:
    text = " ".join(
        [*(turn.text for turn in example.turns), *example.summary, *(e.value for e in example.state)]
    ).lower()
    taken: set[str] = set()
    for goal in dialogue.goals:
        for slot in goal.domain.slots.values():
            if draw.chance(_share(slot, for_test)):
                for value in slot.values:
                    if value in text:
                        yield value, made_up.distinct(lambda: made_up.name(draw, for_test), taken)
            elif slot.kind == "flag" and not for_test and draw.chance(RENAME):
                yield slot.label, made_up.distinct(lambda: made_up.word(draw), taken)
        if not for_test and draw.chance(RENAME):
            noun = made_up.distinct(lambda: made_up.word(draw), taken)
            yield goal.domain.plural, f"{noun}s"
            yield goal.domain.noun, noun
            yield goal.domain.name, noun
    if not for_test and draw.chance(SWAP_TIMES):
        for time in dict.fromkeys(_TIME.findall(text)):
            yield time, made_up.distinct(lambda: made_up.clock(draw), taken)


def _is_open(slot: Choices) -> bool:
    return bool(slot.coined) or slot.kind == "name"


def _share(slot: Choices, for_test: bool) -> float:
    if _is_open(slot):
        return 1.0 if for_test else SWAP_OPEN
    closed = slot.kind in ("area", "price", "day", "choice")
    return SWAP_CLOSED if closed and not for_test else 0.0
