from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.training.collator import IGNORED, Collator, epoch_batches, sorted_batches, token_batches
from todsum.training.encoding import Encoded

LENGTHS = st.lists(st.integers(1, 2000), min_size=1, max_size=300)


@given(lengths=LENGTHS, size=st.integers(1, 9), seed=st.integers(0, 99), epoch=st.integers(0, 9))
def test_an_epoch_has_every_example_once_and_full_batches(lengths: list[int], size: int, seed: int, epoch: int) -> None:
    batches = epoch_batches(lengths, size, seed, epoch)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert len(batches) == -(-len(lengths) // size)
    assert max(len(batch) for batch in batches) <= size
    assert batches == epoch_batches(lengths, size, seed, epoch)


@given(lengths=LENGTHS, size=st.integers(1, 9))
def test_evaluation_has_every_example_once(lengths: list[int], size: int) -> None:
    assert sorted(i for batch in sorted_batches(lengths, size) for i in batch) == list(range(len(lengths)))


@given(lengths=LENGTHS, most=st.integers(1, 9000))
def test_token_batches_are_as_few_as_their_budget_allows(lengths: list[int], most: int) -> None:
    batches = token_batches(lengths, most)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    falling = [lengths[i] for batch in batches for i in batch]
    assert falling == sorted(lengths, reverse=True)
    for batch, following in zip(batches, [*batches[1:], None], strict=True):
        longest = lengths[batch[0]]
        assert len(batch) == 1 or len(batch) * longest <= most
        assert following is None or (len(batch) + 1) * longest > most, "there was room for another"


def test_order_changes_with_seed_and_epoch_and_batches_are_of_like_length() -> None:
    lengths = [(i * 37) % 400 + 1 for i in range(400)]
    orders = [epoch_batches(lengths, 8, seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    assert len({str(order) for order in orders}) == 4
    padded = sum(max(lengths[i] for i in batch) * len(batch) for batch in orders[0])
    assert padded < 1.1 * sum(lengths)


def test_padding_is_known_by_length_not_by_id() -> None:
    """A source may hold the id of the padding token (a causal tokenizer pads with its end of sequence)."""
    batch = [Encoded((7, 0, 8), (9, 0)), Encoded((5,), (6,))]
    right = Collator(0, causal=False).training(batch)
    assert right["input_ids"].tolist() == [[7, 0, 8], [5, 0, 0]]
    assert right["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert right["labels"].tolist() == [[9, 0], [6, IGNORED]]
    left = Collator(0, causal=True).training(batch)
    assert left["input_ids"].tolist() == [[7, 0, 8, 9, 0], [0, 0, 0, 5, 6]]
    assert left["attention_mask"].tolist() == [[1, 1, 1, 1, 1], [0, 0, 0, 1, 1]]
    assert left["labels"].tolist() == [[IGNORED] * 3 + [9, 0], [IGNORED] * 4 + [6]]
    assert left["position_ids"].tolist() == [[0, 1, 2, 3, 4], [0, 0, 0, 0, 1]]


def test_states_are_batched_beside_the_sources() -> None:
    batch = [Encoded((7,), (9,), (3, 0, 4)), Encoded((5, 6), (6,), ())]
    made = Collator(0, causal=False).training(batch)
    assert made["state_input_ids"].tolist() == [[3, 0, 4], [0, 0, 0]]
    assert made["state_attention_mask"].tolist() == [[1, 1, 1], [0, 0, 0]]
    assert made["input_ids"].tolist() == [[7, 0], [5, 6]]
    without = Collator(0, causal=False).training([Encoded((7,), (9,)), Encoded((5, 6), (6,))])
    assert sorted(without) == ["attention_mask", "input_ids", "labels"]


def test_what_examples_carry_becomes_tensors() -> None:
    batch = [Encoded((7,), (9,), extra={"number": n, "row": [n, 0.5]}) for n in (3, 1)]
    made = Collator(0, causal=True).training(batch)
    assert made["number"].tolist() == [3, 1] and made["row"].tolist() == [[3, 0.5], [1, 0.5]]
    assert batch[0] != batch[1] and batch[0].learnt() != batch[1].learnt() and len({*batch}) == 2


@pytest.mark.parametrize(
    ("extras", "match"),
    [([{"number": 1}, {}], "carry the same"), ([{}, {"number": 1}], "carry the same"), ([{"labels": 1}] * 2, "labels")],
)
def test_what_examples_can_not_carry(extras: list[dict[str, int]], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Collator(0, causal=False).training([Encoded((7,), (9,), extra=extra) for extra in extras])


def test_fingerprints_are_those_of_older_versions() -> None:
    """Trainings that were begun by them go on, and shared parts that they trained are found."""
    texts = {"source": (7,), "target": (9,), "state": (3, 4)}
    assert Encoded(**texts).learnt() == texts | {"word_set": None}
    assert Encoded(**texts, extra={"word_set_ids": 2}).learnt() == texts | {"word_set": 2}
    assert Encoded(**texts, extra={"other": 2}).learnt() == texts | {"word_set": None, "other": 2}
