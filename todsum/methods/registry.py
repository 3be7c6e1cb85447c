"""Methods by name, imported only when one is asked for."""

from __future__ import annotations

import importlib
import inspect
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Any

from todsum.errors import TodsumError, unknown_name
from todsum.methods.base import Method

ENTRY_POINTS = "todsum.methods"
#: What is asked of a class, so that a property won't do.
_FLAGS = (
    "needs_training_split",
    "has_seeds",
    "uses_device",
    "trains_together",
    "sorts_by_length",
    "written_from_references",
    "reads_reference",
)
_HELP = "see docs/add-a-method.md"


@dataclass(frozen=True)
class Entry:
    """Where a method lives (``module:Class``) and what it is, in one line."""

    target: str
    summary: str


BUILT_IN = {
    "lead-3": Entry("todsum.methods.lead:Lead", "the first three units of the source"),
    "longest-3": Entry("todsum.methods.lead:Longest", "the three longest units of the source, in its order"),
    "textrank": Entry("todsum.methods.textrank:TextRank", "TF-IDF similarity graph, PageRank, best units in order"),
    "oracle": Entry("todsum.methods.oracle:Oracle", "upper bound: units chosen greedily against the reference"),
    "state-template": Entry(
        "todsum.methods.state_template:StateTemplate", "the gold state as sentences, worded from TODSum's references"
    ),
    "state-plain": Entry("todsum.methods.state_plain:StatePlain", "the gold state as plain sentences, one a slot"),
    "finetune": Entry("todsum.methods.finetune:Finetune", "a Hugging Face checkpoint, fine-tuned in full"),
    "state-aware": Entry("todsum.methods.state_aware:StateAware", "a second encoder for the state, fine-tuned in full"),
    "dop": Entry("todsum.methods.dop:Dop", "a frozen checkpoint, prefixes made of domain words trained"),
    "peft-lora": Entry("todsum.methods.peft_lora:Lora", "a frozen checkpoint, low-rank updates trained (peft)"),
    "peft-prefix": Entry(
        "todsum.methods.peft_prefix:PeftPrefix", "a frozen checkpoint, a decoder prefix trained (peft)"
    ),
    "llm": Entry(
        "todsum.methods.llm.method:Llm", "a language model asked in words: a local checkpoint, or an endpoint"
    ),
}


def entries() -> dict[str, Entry]:
    """Every method: built in, and from installed packages' entry points of the group ``todsum.methods``."""
    others = installed(tuple(sys.path))
    return BUILT_IN | {name: entry for name, entry in others.items() if name not in BUILT_IN}


@lru_cache(maxsize=8)
def installed(path: tuple[str, ...]) -> dict[str, Entry]:
    """The methods of packages found on ``path``, which is :data:`sys.path`; packages are looked through once."""
    found: dict[str, Entry] = {}
    for point in entry_points(group=ENTRY_POINTS):
        origin = point.dist.name if point.dist else "?"
        found.setdefault(point.name, Entry(point.value, f"from the package {origin}"))
    return found


def method_class(name: str) -> type[Method[Any]]:
    """Returns the class of a method.

    Raises:
        TodsumError: no method has this name, its module can't be imported, or its class does not keep the contract.
    """
    entry = BUILT_IN.get(name) or entries().get(name)
    if entry is None:
        raise unknown_name("method", name, entries())
    module, _, attribute = entry.target.partition(":")
    try:
        found: object = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise TodsumError(f"method {name!r} can't be imported from {entry.target}: {error}") from error
    try:
        return _checked(found)
    except ValueError as error:
        raise TodsumError(f"method {name!r} ({entry.target}): {error}; {_HELP}") from error


def _checked(found: object) -> type[Method[Any]]:
    """Returns a class that keeps the contract.

    Raises:
        ValueError: it does not; the message says what to change.
    """
    if hasattr(found, "trains"):
        raise ValueError(
            "trains is no longer read: derive from todsum.methods.base.Method and, in place of trains = True, set "
            "needs_training_split, has_seeds and, for what computes on a GPU, uses_device"
        )
    if not (isinstance(found, type) and issubclass(found, Method)):
        raise ValueError("is no class that derives from todsum.methods.base.Method")
    if missing := sorted(found.__abstractmethods__):
        raise ValueError(f"lacks {' and '.join(missing)}")
    for flag in _FLAGS:
        if not isinstance(inspect.getattr_static(found, flag), bool):
            raise ValueError(f"{flag} is asked of the class: set it to True or False")
    return found
