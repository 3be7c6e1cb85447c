"""Claims against the gold state: each claim and each slot is used at most once."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from todsum.data.schema import Slot
from todsum.metrics.consistency.claims import Claim
from todsum.metrics.consistency.lexicon import place_homes
from todsum.metrics.consistency.slots import FLAG, OPEN, PLACES, SCHEMA, GoldSlot
from todsum.metrics.consistency.vocabulary import vocabulary

_ALIKE = 0.8  # similarity from which an unknown spelling is read as the gold name
_BOOKED = frozenset({"people", "stay", "time"})


@dataclass(frozen=True, slots=True)
class SlotError:
    """One disagreement of a text with the gold state.

    Attributes:
        kind: ``wrong`` (the slot is filled with another value), ``missing`` (it is not stated), ``invented`` (the
            text states what the state does not have).
        gold: the state's value, None where invented; found: the text's value, None where missing.
    """

    kind: Literal["wrong", "missing", "invented"]
    domain: str
    intent: str
    slot: str
    gold: str | None
    found: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What agrees, what is stated in excess, and what is missing."""

    agreed: tuple[tuple[Claim, GoldSlot], ...]
    excess: tuple[Claim, ...]
    missing: tuple[GoldSlot, ...]


def _same_place(found: str, gold: str) -> bool:
    """Equal names; a name that is none of the data's own may be a misspelt, a stuttered or a cut one."""
    if found == gold:
        return True
    if found in place_homes() or not found:
        return False
    short, long = [word for word, _ in itertools.groupby(found.split())], gold.split()
    if len(short) == 1 < len(long):
        return short[0] == long[0] and _starts_only(short[0], gold)
    if 1 < len(short) <= len(long) and (long[: len(short)] == short or _is_part(frozenset(short), gold)):
        return True
    cut = " ".join(long[: len(short)]) if len(short) > 1 else gold
    return any(_is_alike(" ".join(short), name) for name in (gold, cut))


def _is_alike(found: str, gold: str) -> bool:
    if 2 * min(len(found), len(gold)) < _ALIKE * (len(found) + len(gold)):
        return False  # lengths too different for any such similarity
    return difflib.SequenceMatcher(None, found, gold, autojunk=False).ratio() >= _ALIKE


def _starts_only(word: str, gold: str) -> bool:
    """Whether a word starts a name and no other known one: ``(is called) the copper`` for copper kettle."""
    return len(word) > 3 and not any(name.split()[0] == word for name in place_homes() if name != gold)


def _is_part(words: frozenset[str], gold: str) -> bool:
    """Whether words, in any order, are of a name and of no other known one: ``holiday inn express``."""
    whole = frozenset(gold.split())
    if vocabulary().plain_words.issuperset(words) or not words <= whole:
        return False
    others = (frozenset(name.split()) for name in place_homes())
    return not any(words <= other for other in others if not (whole <= other or other <= whole))


def _agrees(claim: Claim, item: GoldSlot) -> bool:
    if item.slot.domain not in claim.domains:
        return False
    if item.family.startswith(OPEN):
        return claim.value == item.value and (item.family in claim.families or not claim.value.isdigit())
    if item.family not in claim.families:
        return False
    return _same_place(claim.value, item.value) if item.family in PLACES else claim.value == item.value


def compare(claims: Iterable[Claim], gold: Sequence[GoldSlot]) -> Comparison:
    """Pairs claims with gold slots, those that fit fewest slots first. A claim that only repeats another is none."""
    left = list(gold)
    agreed: list[tuple[Claim, GoldSlot]] = []
    excess: list[Claim] = []
    for claim in sorted(claims, key=lambda c: (len(c.domains) * len(c.families), c.soft)):
        item = next((item for item in left if _agrees(claim, item)), None)
        if item:
            left.remove(item)
            agreed.append((claim, item))
        elif not claim.soft and not any(_agrees(claim, other) for _, other in agreed):
            excess.append(claim)
    return Comparison(tuple(agreed), tuple(excess), tuple(left))


def judge(comparison: Comparison) -> tuple[list[tuple[Claim, SlotError]], list[GoldSlot]]:
    """The claims in excess, each with its error (``wrong`` or ``invented``), and the slots that no claim is about.

    What is in excess and what is missing of the same slot is one wrong value.
    """
    errors: list[tuple[Claim, SlotError]] = []
    missing = list(comparison.missing)
    for claim in comparison.excess:
        item = next((i for i in missing if i.slot.domain in claim.domains and i.family in claim.families), None)
        if item:
            missing.remove(item)
            slot = item.slot
            error = SlotError("wrong", slot.domain, slot.intent, slot.slot, slot.value, claim.value)
        else:
            error = _invented(claim)
        errors.append((claim, error))
    return errors, missing


def slot_errors(comparison: Comparison) -> list[SlotError]:
    """The disagreements slot by slot."""
    errors, missing = judge(comparison)
    return [*(error for _, error in errors), *(_missing(item.slot) for item in missing)]


def _missing(slot: Slot) -> SlotError:
    return SlotError("missing", slot.domain, slot.intent, slot.slot, slot.value, None)


def _invented(claim: Claim) -> SlotError:
    domain = next((d for d in claim.domains if set(claim.families) & set(SCHEMA.get(d, ()))), "")
    domain = domain or next(iter(claim.domains), "")
    known = SCHEMA.get(domain, {})
    family = next((f for f in claim.families if f in known), claim.families[0])
    booked = family in _BOOKED or (family == "day" and domain in ("hotel", "restaurant"))
    name = known.get(family, family.removeprefix(FLAG).removeprefix(OPEN))
    return SlotError("invented", domain, "book" if booked else "inform", name, None, claim.value)
