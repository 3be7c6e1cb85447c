"""The pretraining corpus: simulated dialogues of other domains than TODSum's five, each a function of seed and index.

What teaches copying rather than knowing: names, times and most other open values are swapped for made-up ones, in the
dialogue, the state and the summary alike; half of the domains get a made-up noun. What is said in TODSum's domains,
their states and their summaries are never in it, so that zero-shot stays zero-shot.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from todsum.data import made_up
from todsum.data.schema import Example, Turn
from todsum.data.simulation.dialogues import Simulated, simulated
from todsum.data.simulation.draw import Draw
from todsum.data.simulation.ontology import DONT_CARE, OTHER_DOMAINS, Choices
from todsum.data.state import linearise
from todsum.data.swaps import swapped
from todsum.data.todsum import SPEAKERS
from todsum.pretraining import schema
from todsum.training.texts import STATE_QUERY, dialogue_text, prompt_text, target_text

HELD_OUT = ("salon", "repair")
"""Simulated domains that are kept for the test of copying."""
LEFT_OUT = ("cinema",)
"""TODSum has cinemas among its attractions: what is said of them is the same."""
DOMAINS = tuple(name for name in OTHER_DOMAINS if name not in (*HELD_OUT, *LEFT_OUT))
"""The domains of the corpus."""

SWAP_OPEN, SWAP_CLOSED, SWAP_TIMES, RENAME, RENAME_SLOT = 0.8, 0.15, 0.6, 0.6, 0.3
"""Shares of dialogues in which a slot's values, the times of day, a domain's noun, a slot's name are made up."""
SINGLE = 0.3
"""Share of dialogues that are made to be of one domain; of the others some are, too."""
ATTEMPTS = 8
"""So many dialogues of an index are tried, until one has a summary that leaves nothing out."""

TaskName = Literal["copy", "schema", "state", "both", "dialogue", "track"]
SUMMARY_TASKS: tuple[TaskName, ...] = ("state", "both", "dialogue")
"""The tasks whose target is a summary."""
Shares = dict[TaskName, float]
CURRICULUM: tuple[tuple[int, Shares], ...] = (
    (600, {"copy": 1.0}),
    (1600, {"copy": 0.15, "schema": 0.55, "state": 0.3}),
    (sys.maxsize, {"copy": 0.03, "schema": 0.45, "state": 0.11, "both": 0.21, "dialogue": 0.1, "track": 0.1}),
)
"""How often each task occurs, up to which training step: copying first, since without it nothing else is learnt."""
SCHEMA_TASKS: tuple[TaskName, ...] = ("state", "state", "both", "both", "dialogue", "track")
"""What is made of an example whose whole schema is made up."""

_TIME = re.compile(r"\b\d\d:\d\d\b")


@dataclass(frozen=True, slots=True)
class Pair:
    """One source and its target, as text."""

    task: TaskName
    source: str
    target: str


def pair(index: int, seed: int, shares: Shares = CURRICULUM[-1][1]) -> Pair:
    """The pair of this index: the same, whatever was drawn before.

    Args:
        index: which pair.
        seed: of the corpus.
        shares: how often each task occurs.
    """
    draw = Draw("pretraining", seed, index)
    task = _task(draw, shares)
    if task == "copy":
        return copy_pair(draw)
    if task == "schema":
        return as_pair(schema.example(draw), draw.pick(SCHEMA_TASKS))
    domains = (draw.pick(DOMAINS),) if draw.chance(SINGLE) else DOMAINS
    return as_pair(vary(complete(index, seed, domains), draw), task)


def complete(index: int, seed: int, domains: Sequence[str]) -> Simulated:
    """The first of this index's dialogues whose summary states its whole state, or else the last one tried.

    The simulator's summaries leave out some names, as published ones do; that is for fine-tuning to learn.
    """
    for attempt in range(ATTEMPTS):
        dialogue = simulated(index * ATTEMPTS + attempt, seed, domains, made_up=0.0)
        stated = {(slot.domain, slot.intent, slot.slot) for slot in dialogue.statements}
        if all((s.domain, s.intent, s.slot) in stated for s in dialogue.state if s.value != DONT_CARE):
            break
    return dialogue


def copy_pair(draw: Draw) -> Pair:
    """Made-up names to copy: some of a list, in any order, or of a list of ``word = name`` the one that is asked for.

    In any order, since a list that is copied in its own can be learnt by counting positions.
    """
    names = [made_up.name(draw) for _ in range(2 + draw.below(5))]
    if draw.chance(0.7):
        return Pair("copy", " ; ".join(names), " ; ".join(draw.some(names, 1 + draw.below(len(names)))))
    words = [made_up.word(draw) for _ in names]
    asked = draw.below(len(names))
    listed = " ; ".join(f"{word} = {name}" for word, name in zip(words, names, strict=True))
    return Pair("copy", f"{listed} ; {words[asked]} ?", names[asked])


def as_pair(example: Example, task: TaskName) -> Pair:
    """An example as source and target of a task.

    ``state``: the linearised state → summary. ``both``: state and dialogue → summary. ``dialogue``: dialogue →
    summary. ``track``: :data:`~todsum.training.texts.STATE_QUERY` and dialogue → linearised state.

    Raises:
        ValueError: the task has no example: its pairs are made otherwise.
    """
    if task in ("copy", "schema"):
        raise ValueError(f"{task} pairs are not made of an example")
    if task == "track":
        asked = replace(example, query=STATE_QUERY)
        return Pair(task, f"{prompt_text(asked, 'query')} {dialogue_text(asked)}", linearise(example.state))
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


def _task(draw: Draw, shares: Shares) -> TaskName:
    left = draw.random()
    for task, share in shares.items():
        left -= share
        if left < 0:
            return task
    return next(iter(shares))


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
            if not for_test and draw.chance(RENAME_SLOT):
                yield slot.name.lower(), made_up.distinct(lambda: made_up.word(draw), taken)
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
