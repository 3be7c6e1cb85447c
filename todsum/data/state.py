"""Dialogue states as text: the two notations of TODSum's authors, written and read.

Both are derived from the ordered ``state`` of an example. ``domains`` is given beside it because a domain
without any slot is written too (``hotel inform )``) and cannot be seen in the slots.

Rules, checked against every published record (REFERENCE §1):

* ``dst_str`` has, per domain, ``book ( k = v ; … )`` if the first book value is not empty, then with all book
  slots, empty ones included; ``inform ( k = v ; … )`` if there is an inform slot; nothing for other domains.
* a line of ``consistency/test.oracle`` has the same book part, and always an inform part, bare when empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from todsum.data.schema import Slot

INTENTS = ("book", "inform")

_PART = re.compile(r"(?P<domain>\S+) (?P<intent>\S+) (?:\( (?P<slots>.*?) )?\)(?= |$)")
_OPENING = re.compile(r"(?:^|(?<=\s))(?P<domain>[^\s()=;]+) (?P<intent>book|inform) \((?= |$)")
_CLOSING = re.compile(r" \)(?= |$)")


@dataclass(frozen=True, slots=True)
class ReadState:
    """A state text of unknown quality, as a model writes it, and what could be read of it.

    Attributes:
        text: the text.
        slots: of its well-formed parts, in order.
        parsed: whether the whole text is in the notation; else ``slots`` is what could be read.
    """

    text: str
    slots: tuple[Slot, ...]
    parsed: bool


def by_domain(domains: Sequence[str], state: Iterable[Slot]) -> dict[str, dict[str, list[Slot]]]:
    """The slots of a state as ``{domain: {intent: [slot, …]}}``, in order, every domain present."""
    groups: dict[str, dict[str, list[Slot]]] = {d: {i: [] for i in INTENTS} for d in domains}
    for entry in state:
        part = groups.setdefault(entry.domain, {i: [] for i in INTENTS})
        part.setdefault(entry.intent, []).append(entry)
    for part in groups.values():
        if part["book"] and not part["book"][0].value:
            part["book"] = []
    return groups


def _pairs(slots: Sequence[Slot]) -> str:
    return " ; ".join(f"{entry.slot} = {entry.value}" for entry in slots)


def dst_str(domains: Sequence[str], state: Iterable[Slot]) -> dict[str, list[str]]:
    """The authors' ``dst_str``: ``{domain: ["book ( people = 2 )", "inform ( area = north )"]}``."""
    text = {
        domain: [f"{intent} ( {_pairs(slots)} )" for intent, slots in part.items() if slots]
        for domain, part in by_domain(domains, state).items()
    }
    return {domain: parts for domain, parts in text.items() if parts}


def oracle_line(domains: Sequence[str], state: Iterable[Slot]) -> str:
    """The example's line of ``consistency/test.oracle``."""
    parts = []
    for domain, part in by_domain(domains, state).items():
        if part["book"]:
            parts.append(f"{domain} book ( {_pairs(part['book'])} )")
        inform = part["inform"]
        parts.append(f"{domain} inform ( {_pairs(inform)} )" if inform else f"{domain} inform )")
    return " ".join(parts)


def linearise(state: Iterable[Slot]) -> str:
    """A state as one line of text for a model: ``hotel book ( people = 3 ) hotel inform ( area = east )``.

    Empty values are left out. :func:`parse` reads it back.
    """
    parts = []
    for domain, part in by_domain((), state).items():
        for intent, slots in part.items():
            if filled := [entry for entry in slots if entry.value.strip()]:
                parts.append(f"{domain} {intent} ( {_pairs(filled)} )")
    return " ".join(parts)


def parse(line: str) -> tuple[tuple[str, ...], tuple[Slot, ...]]:
    """Domains and slots of a line in the notation of :func:`oracle_line` or :func:`linearise`.

    Raises:
        ValueError: the line is not in this notation; the message names the place.
    """
    domains: dict[str, None] = {}
    state: list[Slot] = []
    rest = line.strip()
    while rest:
        match = _PART.match(rest)
        if match is None or match["intent"] not in INTENTS:
            raise ValueError(f"not a state at {rest[:40]!r}: expected 'domain book|inform ( slot = value ; … )'")
        if match["slots"] and (inner := _OPENING.search(match["slots"])):
            raise ValueError(f"not a state at {rest[:40]!r}: no ')' before {inner[0]!r}")
        domains[match["domain"]] = None
        for pair in (match["slots"] or "").split(" ; ") if match["slots"] else ():
            slot, equals, value = pair.partition(" = ")
            if not equals:
                raise ValueError(f"not a state at {pair[:40]!r}: expected 'slot = value'")
            state.append(Slot(match["domain"], match["intent"], slot.strip(), value))
        rest = rest[match.end() :].strip()
    return tuple(domains), tuple(state)


def read(text: str) -> ReadState:
    """Reads any text as a state, as far as it goes: what :func:`parse` gives where it can be parsed.

    Of other texts the well-formed parts are kept: each ``slot = value`` inside ``domain book|inform ( … )``; in a part
    that is not closed (a text that was cut off, or a lost bracket) each pair that another one follows. Never raises.
    """
    try:
        return ReadState(text, parse(text)[1], True)
    except ValueError:
        return ReadState(text, tuple(_well_formed(text)), False)


def _well_formed(text: str) -> Iterator[Slot]:
    openings = list(_OPENING.finditer(text))
    for place, opening in enumerate(openings):
        body = text[opening.end() : openings[place + 1].start() if place + 1 < len(openings) else None]
        closing = _CLOSING.search(body)
        pairs = body[: closing.start()].split(" ; ") if closing else body.split(" ; ")[:-1]
        for pair in pairs:
            slot, equals, value = (part.strip() for part in pair.partition(" = "))
            if slot and equals and value and " = " not in value:
                yield Slot(opening["domain"], opening["intent"], slot, value)
