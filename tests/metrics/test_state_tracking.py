from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.data.schema import Slot
from todsum.data.state import linearise
from todsum.metrics.base import Gold
from todsum.metrics.scoring import score_examples
from todsum.metrics.state_tracking import StateTracking

VALUE = st.sampled_from(["2", "North", " north ", "not mentioned", "", "the  mill"])
SLOT = st.builds(
    Slot, st.sampled_from(["hotel", "Taxi"]), st.just("inform"), st.sampled_from(["area", "leaveAt"]), VALUE
)
STATES = st.lists(st.tuples(st.lists(SLOT, max_size=5), st.lists(SLOT, max_size=5)), min_size=1, max_size=6)


def slowly(state: list[Slot]) -> list[tuple[str, ...]]:
    """Normalised entries, each once, by loops alone."""
    kept: list[tuple[str, ...]] = []
    for slot in state:
        value = " ".join(slot.value.lower().split())
        entry = (slot.domain.lower(), slot.intent, slot.slot.lower(), value)
        if value and value != "not mentioned" and entry not in kept:
            kept.append(entry)
    return kept


@given(STATES)
def test_figures_are_those_of_counting_by_hand(pairs: list[tuple[list[Slot], list[Slot]]]) -> None:
    texts = [linearise(predicted) for predicted, _ in pairs]
    golds = [Gold(state=tuple(gold)) for _, gold in pairs]
    found = score_examples(texts, golds, [StateTracking()], workers=1)
    right = made = there = joint = 0
    for place, (predicted, gold) in enumerate(pairs):
        mine, theirs = slowly(predicted), slowly(gold)
        hits = sum(entry in theirs for entry in mine)
        same = hits == len(mine) == len(theirs)
        assert found.columns["state_joint_accuracy"][place] == same
        assert (found.columns["state_slot_f1"][place] == 1) == same
        right, made, there, joint = right + hits, made + len(mine), there + len(theirs), joint + same
    scores = found.scores()
    assert scores["state_joint_accuracy"] == pytest.approx(joint / len(pairs))
    for name, over in (("precision", made), ("recall", there)):
        assert scores[f"state_slot_{name}"] == pytest.approx(float(Fraction(right, over)) if over else 0)
    assert scores["state_slot_f1"] == pytest.approx(float(Fraction(2 * right, made + there)) if made + there else 0)


def test_a_text_that_cannot_be_parsed_counts_by_what_can_be_read() -> None:
    gold = Gold(state=(Slot("hotel", "inform", "area", "north"), Slot("hotel", "inform", "stars", "4")))
    row = StateTracking().score("hotel inform ( area = north ; stars = ", gold)
    assert (row["state_unparsed"], row["state_slot_precision"], row["state_slot_recall"]) == (1, 1, 0.5)
    assert StateTracking().score("", Gold(state=()))["state_slot_f1"] == 1
    assert StateTracking().score("", gold)["state_slot_f1"] == 0


def test_what_has_no_gold_state_is_left_out() -> None:
    golds = [Gold(), Gold(state=(Slot("taxi", "inform", "day", "Monday"),))]
    found = score_examples(["", "taxi inform ( day = monday )"], golds, [StateTracking()])
    assert math.isnan(found.columns["state_joint_accuracy"][0])
    assert found.scores() == {
        "state_joint_accuracy": 1,
        "state_slot_precision": 1,
        "state_slot_recall": 1,
        "state_slot_f1": 1,
        "state_unparsed": 0,
    }
    assert score_examples([""], [Gold()], [StateTracking()]).metrics == ()
