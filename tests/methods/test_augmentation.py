import re

import pytest

from todsum.data.schema import Example
from todsum.data.simulation.dialogues import simulated
from todsum.methods.augmentation import Augmentation
from todsum.pretraining.corpus import as_example


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return [as_example(simulated(i, 5)) for i in range(20)]


def test_the_examples_come_first_and_as_they_are(examples: list[Example]) -> None:
    made = Augmentation(2, 0.7, 0.5)(examples, seed=1)
    assert made[:20] == examples
    assert len(made) == 60
    assert [e.id for e in made[20:40]] == [e.id for e in examples]
    assert made[20:40] != examples and made[20:40] != made[40:]


def test_no_copies_is_no_augmentation(examples: list[Example]) -> None:
    assert Augmentation(0, 1, 1)(examples, seed=1) == examples


def test_it_depends_on_its_arguments_alone(examples: list[Example]) -> None:
    augment = Augmentation(1, 0.7, 0.5)
    assert augment(examples, 3) == augment(examples, 3)
    assert augment(examples, 3) != augment(examples, 4)
    assert augment(examples[5:6], 3)[1] == augment(examples, 3)[25], "a copy depends on its own example alone"


def test_values_are_swapped_in_state_summary_and_dialogue_alike(examples: list[Example]) -> None:
    swapped = 0
    for old, new in zip(examples, Augmentation(1, 1.0, 0.0)(examples, 9)[20:], strict=True):
        assert new.domains == old.domains
        text = " ".join([*(turn.text for turn in new.turns), *new.summary]).lower()
        for before, after in zip(old.state, new.state, strict=True):
            assert (before.domain, before.intent, before.slot) == (after.domain, after.intent, after.slot)
            if before.value == after.value:
                continue
            swapped += 1
            assert not re.search(rf"(?<!\w){re.escape(before.value)}(?!\w)", text)
            stated = before.value in " ".join(old.summary)
            assert not stated or after.value in " ".join(new.summary)
            assert (":" in before.value) == (":" in after.value), "a time becomes a time"
    assert swapped > 40


def test_domain_names_are_made_up(examples: list[Example]) -> None:
    for old, new in zip(examples, Augmentation(1, 0.0, 1.0)(examples, 9)[20:], strict=True):
        assert not set(old.domains) & set(new.domains)
        assert [e.value for e in new.state if e.value.isdigit()] == [e.value for e in old.state if e.value.isdigit()]


def test_days_numbers_and_yes_stay(examples: list[Example]) -> None:
    kept = {"monday", "friday", "yes", "no", "3", "dont care"}
    for old, new in zip(examples, Augmentation(1, 1.0, 1.0)(examples, 2)[20:], strict=True):
        for before, after in zip(old.state, new.state, strict=True):
            assert before.value not in kept or after.value == before.value
