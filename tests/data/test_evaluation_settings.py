from __future__ import annotations

from pathlib import Path

import datasets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todsum.data.builder import BuiltData, build
from todsum.data.evaluation_settings import (
    check_target,
    domains_of,
    few_shot,
    in_domain,
    leak_check,
    transfer,
    zero_shot,
)
from todsum.data.schema import Example, Slot, Turn, features
from todsum.errors import TodsumError

DOMAINS = ("restaurant", "hotel", "attraction", "train", "taxi")


def example(number: int, domains: tuple[str, ...], text: str | None = None, state: tuple[Slot, ...] = ()) -> Example:
    said = text if text is not None else f"text {number}"
    return Example(f"e{number}", "toy", f"e{number}", domains, (Turn("user", said),), state=state, summary=("s.",))


def table(examples: list[Example]) -> datasets.Dataset:
    rows = [e.to_row() for e in examples]
    return datasets.Dataset.from_dict({name: [row[name] for row in rows] for name in features()}, features=features())


def toy(train: list[Example], test: list[Example], dev: list[Example] | None = None) -> datasets.DatasetDict:
    return datasets.DatasetDict(train=table(train), validation=table(dev or []), test=table(test))


@pytest.fixture(scope="module")
def low_resource(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> BuiltData:
    return build("todsum", data_dir, "low-resource", cache=tmp_path_factory.mktemp("cache"))


def test_single_domain_counts_are_the_known_ones(low_resource: BuiltData) -> None:
    known = {"taxi": 51, "restaurant": 64, "hotel": 72, "train": 31, "attraction": 11}
    found = {domain: len(zero_shot(low_resource.splits, domain, single_domain=True).test) for domain in known}
    assert found == known


@pytest.mark.parametrize("target", DOMAINS)
@pytest.mark.parametrize("single_domain", [False, True])
def test_zero_shot_never_trains_on_the_target(low_resource: BuiltData, target: str, single_domain: bool) -> None:
    task = zero_shot(low_resource.splits, target, single_domain)
    for row in [*task.train, *task.dev]:
        assert target not in row["domains"]
        assert all(entry["domain"] != target for entry in row["state"])
        assert not single_domain or len(row["domains"]) == 1
    assert all(target in row["domains"] for row in task.test)
    assert task.leak.train.candidates == 900
    assert all(row["state"] == [] and row["summary"] == [] for row in task.unlabelled)
    assert {row["id"] for row in task.unlabelled} <= set(low_resource.splits["train"]["id"])


def test_the_known_duplicates_are_dropped(low_resource: BuiltData) -> None:
    task = in_domain(low_resource.splits)
    assert sorted(task.leak.duplicate_ids) == ["PMUL1831.json", "PMUL4686.json"]
    assert task.leak.train.duplicates + task.leak.dev.duplicates == 2
    assert len(task.train) + len(task.dev) == 997
    assert len(task.test) == 999


def test_a_state_that_names_the_held_out_domain_is_refused() -> None:
    sly = example(1, ("hotel",), state=(Slot("taxi", "inform", "leaveAt", "17:15"),))
    said = example(2, ("hotel",), "a taxi to the hotel")
    kept, counts, duplicates = leak_check(table([sly, said, example(3, ("taxi",))]), table([]), "taxi")
    assert kept["id"][:] == ["e2"]
    assert (counts.refused, counts.duplicates, counts.kept, counts.mentions) == (2, 0, 1, 1)
    assert duplicates == ()


def test_a_word_that_contains_the_domain_is_no_mention() -> None:
    examples = [example(1, ("hotel",), "personal training"), example(2, ("hotel",), "two Trains leave")]
    _, counts, _ = leak_check(table(examples), table([]), "train")
    assert counts.mentions == 1


def test_duplicates_are_of_the_whole_test_split() -> None:
    splits = toy([example(1, ("hotel",), "same"), example(2, ("hotel",))], [example(3, ("hotel",), "same")])
    assert in_domain(splits).leak.duplicate_ids == ("e1",)
    assert zero_shot(splits, "taxi").leak.duplicate_ids == ("e1",)


def test_transfer_trains_on_the_source_alone() -> None:
    train = [
        example(1, ("hotel",)),
        example(2, ("hotel", "taxi")),
        example(3, ("train",)),
        example(4, ("hotel", "train")),
    ]
    splits = toy(train, [example(5, ("taxi",)), example(6, ("taxi", "hotel"))])
    task = transfer(splits, "hotel", "taxi")
    assert task.train["id"][:] == ["e1", "e4"]
    assert (task.leak.train.outside, task.leak.train.refused) == (1, 1)
    assert task.test["id"][:] == ["e5", "e6"]
    assert transfer(splits, "hotel", "taxi", single_domain=True).train["id"][:] == ["e1"]
    assert transfer(splits, "hotel", "hotel").leak.held_out is None


def test_few_shot_adds_k_examples_of_the_target() -> None:
    train = [example(i, ("taxi",) if i % 2 else ("hotel",)) for i in range(20)]
    splits = toy(train, [example(30, ("taxi",)), example(31, ("taxi",), "text 1")])
    task = few_shot(splits, "taxi", k=3, seed=1)
    zero = zero_shot(splits, "taxi")
    assert len(task.train) == len(zero.train) + 3
    assert set(task.leak.shots) == set(task.train["id"]) - set(zero.train["id"])
    assert "e1" not in few_shot(splits, "taxi", k=9, seed=2).leak.shots, "a duplicate of a test example"
    assert few_shot(splits, "taxi", k=3, seed=1).leak.shots == task.leak.shots
    assert len({few_shot(splits, "taxi", k=3, seed=seed).leak.shots for seed in range(6)}) > 1
    with pytest.raises(TodsumError, match="9 training examples of taxi are there, 10 were asked for"):
        few_shot(splits, "taxi", k=10)


def test_without_a_training_split_only_the_test_is_there() -> None:
    splits = datasets.DatasetDict(test=table([example(1, ("taxi",))]))
    for task in (in_domain(splits), zero_shot(splits, "taxi"), few_shot(splits, "taxi", 2)):
        assert (len(task.train), len(task.dev), len(task.test)) == (0, 0, 1)


def test_unknown_domains_get_a_hint() -> None:
    with pytest.raises(TodsumError, match="did you mean hotel"):
        check_target("hotle", DOMAINS)
    assert domains_of(toy([], [example(1, ("taxi", "hotel"))]), DOMAINS) == ["hotel", "taxi"]


EXAMPLES = st.lists(
    st.tuples(
        st.lists(st.sampled_from(DOMAINS), min_size=1, max_size=3, unique=True),
        st.sampled_from(["a", "b", "c", "d"]),
        st.lists(st.sampled_from(DOMAINS), max_size=2),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(EXAMPLES, EXAMPLES, st.sampled_from(DOMAINS))
def test_nothing_leaks_and_everything_is_counted(
    train: list[tuple[list[str], str, list[str]]], test: list[tuple[list[str], str, list[str]]], target: str
) -> None:
    def made(rows: list[tuple[list[str], str, list[str]]], base: int) -> list[Example]:
        return [
            example(base + i, tuple(domains), text, tuple(Slot(d, "inform", "x", "y") for d in stated))
            for i, (domains, text, stated) in enumerate(rows)
        ]

    kept, counts, duplicates = leak_check(table(made(train, 0)), table(made(test, 100)), target)
    tested = {text for _, text, _ in test}
    wanted = [
        i for i, (domains, text, stated) in enumerate(train) if target not in {*domains, *stated} and text not in tested
    ]
    assert list(kept["id"]) == [f"e{i}" for i in wanted]
    assert counts.outside + counts.refused + counts.duplicates + counts.kept == counts.candidates == len(train)
    assert len(duplicates) == counts.duplicates
