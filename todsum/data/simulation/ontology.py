"""The domains of the simulator: slots, values and wording, read from ``ontology/*.yaml`` and ``kinds.yaml``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any

from todsum.errors import unknown_name
from todsum.files.yaml_files import parse_yaml

TODSUM_DOMAINS = ("taxi", "restaurant", "hotel", "attraction", "train")
OTHER_DOMAINS = (
    "flight",
    "bus",
    "cinema",
    "hospital",
    "gym",
    "bank",
    "event",
    "rentalcar",
    "salon",
    "repair",
)
DOMAINS = TODSUM_DOMAINS + OTHER_DOMAINS

DONT_CARE = "dont care"
_FIELD = re.compile(r"\{([^}#]+)#?\}")


@dataclass(frozen=True)
class Choices:
    """A slot: its values and how people talk about them; see ``kinds.yaml`` for the meaning of the fields."""

    name: str
    intent: str
    kind: str
    label: str
    values: tuple[str, ...]
    post: str
    short: str
    ask: tuple[str, ...]
    answer: tuple[str, ...]
    says: tuple[str, ...]
    coined: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    pre: str | None = None
    unit: tuple[str, str] | None = None
    group: str | None = None
    fill: float = 0.5
    proper: bool = False
    offered: bool = False
    head: bool = False
    aside_user: tuple[str, ...] = ()
    aside_agent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Domain:
    """A domain: its slots and the wording that is its own.

    Attributes:
        name: the domain's name in states, one word.
        noun: what people call it.
        venue: whether a taxi can go there: its ``name`` is a place.
        one_of: slots of which exactly one is filled (now and then both).
        orders: the key orders of ``book``.
        requests: what the user may ask for, and the kind of fact that answers it.
    """

    name: str
    noun: str
    plural: str
    need: tuple[str, ...]
    keywords: tuple[str, ...]
    inform: dict[str, Choices]
    book: dict[str, Choices]
    orders: tuple[tuple[str, ...], ...]
    requests: dict[str, str]
    venue: bool = False
    ride: bool = False
    one_of: tuple[str, ...] = ()
    must_request: bool = False
    request_templates: tuple[str, ...] = ()
    booking: dict[str, tuple[str, ...]] = field(default_factory=dict)
    book_summaries: tuple[str, ...] = ()
    state_summaries: dict[frozenset[str], tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def slots(self) -> dict[str, Choices]:
        """All slots by name."""
        return {**self.inform, **self.book}


@cache
def load(name: str) -> Any:
    """The parsed package file ``name``."""
    return parse_yaml((resources.files(__package__) / name).read_text(encoding="utf-8"))


@cache
def talk() -> dict[str, Any]:
    """The wording that all domains share."""
    wording: dict[str, Any] = load("talk.yaml")
    return wording


@cache
def domain(name: str) -> Domain:
    """The domain of this name.

    Raises:
        TodsumError: there is no such domain; the message names near ones.
    """
    if name not in DOMAINS:
        raise unknown_name("domain", name, DOMAINS)
    raw = dict(load(f"ontology/{name}.yaml"))
    summary = raw.pop("summary")
    return Domain(
        name=name,
        noun=raw["noun"],
        plural=raw["plural"],
        need=tuple(raw.get("need", [raw["noun"]])),
        keywords=tuple(raw["keywords"]),
        inform={slot: _slot(slot, "inform", own) for slot, own in raw["inform"].items()},
        book={slot: _slot(slot, "book", own) for slot, own in raw["book"].items()},
        orders=tuple(map(tuple, raw["orders"])),
        requests=raw["requests"],
        venue=raw.get("venue", False),
        ride=raw.get("ride", False),
        one_of=tuple(raw.get("one_of", ())),
        must_request=raw.get("must_request", False),
        request_templates=tuple(raw.get("request_templates", talk()["summary"]["request"])),
        booking={act: tuple(texts) for act, texts in raw.get("booking", {}).items()},
        book_summaries=tuple(summary.get("book", ())),
        state_summaries=_by_slots(summary["state"]),
    )


def _slot(name: str, intent: str, own: dict[str, Any]) -> Choices:
    merged = {**load("kinds.yaml")[own["kind"]], **own}
    times = merged.pop("times", None)
    if times:
        first, last = times
        merged["values"] = [f"{hour:02}:{minute:02}" for hour in range(first, last + 1) for minute in (0, 15, 30, 45)]
    aside = merged.pop("aside", {})
    merged["aside_user"], merged["aside_agent"] = aside.get("user", []), aside.get("agent", [])
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in merged.items()}
    return Choices(**{"label": name, **fields, "name": name, "intent": intent})


def _by_slots(templates: list[str]) -> dict[frozenset[str], tuple[str, ...]]:
    groups: dict[frozenset[str], tuple[str, ...]] = {}
    for template in templates:
        slots = frozenset(_FIELD.findall(template))
        groups[slots] = (*groups.get(slots, ()), template)
    return groups
