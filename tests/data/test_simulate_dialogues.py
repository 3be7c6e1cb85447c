"""Simulated dialogues: their states, texts and summaries against checks written for the tests alone."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todsum.data.schema import Slot
from todsum.data.simulation import ontology
from todsum.data.simulation.dialogues import Simulated, dialogues, generate, simulated
from todsum.data.state import oracle_line, parse
from todsum.errors import TodsumError

FIVE = {
    "restaurant": ({"people", "day", "time"}, {"food", "pricerange", "name", "area"}),
    "hotel": ({"people", "day", "stay"}, {"name", "area", "parking", "pricerange", "stars", "internet", "type"}),
    "attraction": (set(), {"type", "name", "area"}),
    "train": ({"people"}, {"leaveAt", "destination", "day", "arriveBy", "departure"}),
    "taxi": (set(), {"leaveAt", "destination", "departure", "arriveBy"}),
}
NOUNS = {name: name for name in ontology.DOMAINS} | {"rentalcar": "rental car", "repair": "repair"}
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight")

SPOTS = st.tuples(st.integers(0, 10**7), st.integers(0, 10**6))


@cache
def bounded(value: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w:]){re.escape(value)}(?![\w:])", re.IGNORECASE)


def filled(record: dict) -> list[Slot]:
    """The filled slots of a record, read from ``dst`` alone."""
    return [
        Slot(domain, {"book": "book", "semi": "inform"}[part], slot, value)
        for domain, parts in record["dst"].items()
        for part, slots in parts.items()
        for slot, value in slots.items()
        if value not in ("", "not mentioned")
    ]


def check_record(record: dict) -> None:
    """The shape of a published record (REFERENCE §1), written without looking at the simulator."""
    assert list(record) == ["dialog_id", "text", "dst", "dst_str", "summary"]
    assert re.fullmatch(r"\w+\.json", record["dialog_id"])
    text, summary = record["text"], record["summary"]
    assert 4 <= len(text) <= 60
    assert len(text) % 2 == 0
    assert all(isinstance(turn, str) and turn.strip() and "\n" not in turn and "{" not in turn for turn in text)
    assert len(summary) == 2 * len(record["dst"])
    for sentence in summary:
        assert sentence == sentence.lower()
        assert sentence.endswith(".")
        assert not set("{}#\n") & set(sentence)
    assert 1 <= len(record["dst"]) <= 3
    for domain, parts in record["dst"].items():
        assert " " not in domain
        assert list(parts) == ["book", "semi"]
        book, semi = parts["book"].values(), parts["semi"].values()
        assert all(book) or not any(book)
        assert "not mentioned" not in book
        assert any(value not in ("", "not mentioned", "dont care") for value in semi)
        for value in (*book, *semi):
            assert isinstance(value, str)
            assert not re.search(r"[;()=]|\s\s|^\s|\s$", value)
            assert value == value.lower()
        if domain in FIVE:
            assert (set(parts["book"]), set(parts["semi"])) == FIVE[domain]


@given(SPOTS)
@settings(max_examples=150, deadline=None)
def test_records_are_well_formed(spot: tuple[int, int]) -> None:
    item = simulated(*spot)
    check_record(item.record)


def published_dst_str(dst: dict) -> dict[str, list[str]]:
    """The rule of REFERENCE §1 once more."""
    result = {}
    for domain, parts in dst.items():
        book, semi = parts["book"], {k: v for k, v in parts["semi"].items() if v != "not mentioned"}
        texts = []
        if book and next(iter(book.values())):
            texts.append("book ( " + " ; ".join(f"{k} = {v}" for k, v in book.items()) + " )")
        if semi:
            texts.append("inform ( " + " ; ".join(f"{k} = {v}" for k, v in semi.items()) + " )")
        if texts:
            result[domain] = texts
    return result


@given(SPOTS)
@settings(max_examples=100, deadline=None)
def test_dst_str_and_oracle_line_say_what_dst_says(spot: tuple[int, int]) -> None:
    item = simulated(*spot)
    dst = item.record["dst"]
    assert item.record["dst_str"] == published_dst_str(dst)
    assert [entry for entry in item.state if entry.value] == filled(item.record)
    if all(entry.value for entry in item.state):
        assert parse(oracle_line(tuple(dst), item.state)) == (tuple(dst), item.state)


def domain_of(pair: tuple[str, str], candidates: list[str]) -> str:
    """The domain of a sentence pair by its noun, which the first sentence of a pair always has."""
    first = pair[0].replace("would like to train at", "would like to exercise at")  # a verb, not the domain
    named = [name for name in candidates if NOUNS[name] in first]
    assert len(named) == 1, (pair, candidates)
    return named[0]


@given(SPOTS)
@settings(max_examples=300, deadline=None)
def test_summaries_state_nothing_but_the_state(spot: tuple[int, int]) -> None:
    item = simulated(*spot)
    summary = item.record["summary"]
    left = list(item.record["dst"])
    for pair in zip(summary[::2], summary[1::2], strict=True):
        domain = domain_of(pair, left)
        left.remove(domain)
        values = [entry.value for entry in filled(item.record) if entry.domain == domain]
        rest = " ".join(pair)
        for value in sorted(values, key=len, reverse=True):
            rest = bounded(value).sub("_", rest)
        listed = {value for slot in ontology.domain(domain).slots.values() for value in slot.values}
        # Words of the sentences themselves: "the hotel", "no parking".
        for value in listed - {"hotel", "yes", "no"}:
            assert not bounded(value).search(rest), (value, pair, values)
    assert not left


@given(SPOTS)
@settings(max_examples=200, deadline=None)
def test_what_is_stated_is_literally_there_and_the_rest_may_be_left_out(spot: tuple[int, int]) -> None:
    item = simulated(*spot)
    summary = item.record["summary"]
    stated = set()
    for statement in item.statements:
        assert bounded(statement.text).search(summary[statement.sentence]), statement
        slot = Slot(statement.domain, statement.intent, statement.slot, statement.value)
        assert slot in item.state
        stated.add(slot)
    for entry in set(filled(item.record)) - stated:
        assert entry.slot == "name" or entry.value == "dont care", entry


@given(SPOTS)
@settings(max_examples=200, deadline=None)
def test_directions_and_times_are_not_swapped(spot: tuple[int, int]) -> None:
    item = simulated(*spot)
    for entry in filled(item.record):
        text = " ".join(item.record["summary"])
        wrong = {
            "destination": ("from {}", "departs from {}", "departure is {}", "leaves {} at"),
            "departure": ("to {}", "destination is {}", "arrives at {}", "arrives in {}"),
            "leaveAt": ("arrives at {}", "arriving at {}", "by {}"),
            "arriveBy": ("leaves at {}", "departs at {}"),
        }.get(entry.slot, ())
        others = [e for e in filled(item.record) if e != entry and e.value == entry.value]
        if not others:
            for phrase in wrong:
                assert not bounded(phrase.format(entry.value)).search(text), (entry, text)


@given(SPOTS)
@settings(max_examples=200, deadline=None)
def test_every_value_of_the_state_is_said_in_the_dialogue(spot: tuple[int, int]) -> None:
    item = simulated(*spot)
    text = " ".join(item.record["text"])
    for entry in filled(item.record):
        forms = [entry.value]
        if entry.value.isdigit():
            forms.append(WORDS[int(entry.value)])
        if entry.value in ("yes", "no"):
            forms = [entry.slot]
        if entry.value != "dont care":
            assert any(bounded(form).search(text) for form in forms), (entry, item.record["text"])


@given(SPOTS)
@settings(max_examples=100, deadline=None)
def test_values_that_the_user_gave_up_are_not_in_the_state(spot: tuple[int, int]) -> None:
    item = simulated(*spot)
    for goal in item.goals:
        for slot, value in goal.before.items():
            assert goal.values[slot] != value
            assert Slot(goal.domain.name, goal.domain.slots[slot].intent, slot, value) not in item.state


def last_mention(record: dict, domain: str, slot: str) -> str | None:
    """The value of the slot's list that is said last in the whole dialogue."""
    text = " ".join(record["text"]).lower()
    for number, word in enumerate(WORDS):
        text = re.sub(rf"\b{word}(?= (people|person|nights?|days?|stars?)\b)", str(number), text)
    places = []
    for value in ontology.domain(domain).slots[slot].values:
        unit = {"people": " (people|person)", "stay": " night", "stars": " star", "duration": " day"}.get(slot, r"\b")
        places += [(match.start(), value) for match in re.finditer(rf"\b{re.escape(value)}{unit}", text)]
    return max(places)[1] if places else None


def test_the_last_mention_is_often_not_the_truth() -> None:
    single = wrong = 0
    for item in dialogues(11, 0, 2500):
        if len(item.record["dst"]) == 1:
            single += 1
            pairs = [(last_mention(item.record, e.domain, e.slot), e.value) for e in filled(item.record)]
            wrong += any(last not in (None, value) for last, value in pairs if value not in ("yes", "no", "dont care"))
    assert single > 500
    assert wrong / single >= 0.2, wrong / single


def test_a_few_thousand_dialogues_have_what_was_promised() -> None:
    items = list(dialogues(5, 0, 3000))
    sizes = Counter(len(item.goals) for item in items)
    assert set(sizes) == {1, 2, 3}
    assert {domain for item in items for domain in item.record["dst"]} == set(ontology.DOMAINS)
    assert len(ontology.OTHER_DOMAINS) >= 8
    assert {how for item in items for goal in item.goals for how in goal.how.values()} == {
        "later", "misheard", "rethought", "unavailable"
    }  # fmt: skip
    assert any(goal.ride for item in items for goal in item.goals)
    assert any(goal.like for item in items for goal in item.goals)
    values = [entry.value for item in items for entry in filled(item.record)]
    assert "dont care" in values
    orders = {tuple(item.record["dst"]["hotel"]["book"]) for item in items if "hotel" in item.record["dst"]}
    assert len(orders) == 2
    lengths = [len(item.record["text"]) for item in items]
    assert sum(length <= 36 for length in lengths) / len(lengths) > 0.98
    assert len({tuple(item.record["text"]) for item in items}) == len(items)
    assert len({sentence for item in items for sentence in item.record["summary"]}) > 3000


def test_pairs_of_sentences_follow_the_first_mention() -> None:
    for item in dialogues(2, 0, 300):
        text = " ".join(item.record["text"]).lower()
        order = [goal.domain for goal in item.goals]
        pairs = list(pairwise(item.record["summary"]))[::2]
        firsts = [domain_of(pair, [domain.name for domain in order]) for pair in pairs]
        assert firsts == [domain.name for domain in order]
        if {"taxi", "train"}.isdisjoint(firsts):
            places = [
                min(text.find(word) for word in (*d.need, d.noun, *_heads(item, d.name)) if word in text) for d in order
            ]
            assert places == sorted(places), (firsts, item.record["text"])


def _heads(item: Simulated, domain: str) -> list[str]:
    """Values that may stand for the noun: a museum, a guesthouse."""
    return [
        value
        for goal in item.goals
        if goal.domain.name == domain
        for slot, value in (*goal.values.items(), *goal.before.items())
        if goal.domain.slots[slot].head
    ]


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_a_dialogue_depends_on_seed_and_index_alone(index: int, seed: int) -> None:
    first = generate(index, seed)
    next(dialogues(seed + 1, index + 1, index + 2))
    assert next(dialogues(seed, index, index + 1)).record == first
    assert generate(index + 1, seed)["text"] != first["text"]


@given(st.lists(st.sampled_from(ontology.DOMAINS), min_size=1, max_size=4, unique=True), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_only_the_chosen_domains_occur(names: list[str], index: int) -> None:
    item = simulated(index, 3, domains=names)
    assert set(item.record["dst"]) <= set(names)
    check_record(item.record)


def test_made_up_values_are_in_no_list() -> None:
    listed = {v for n in ontology.DOMAINS for s in ontology.domain(n).slots.values() for v in s.values}
    open_slots = {(n, s.name) for n in ontology.DOMAINS for s in ontology.domain(n).slots.values() if s.coined}
    for share, expected in ((0.0, 0.0), (1.0, 1.0)):
        found = [
            e.value not in listed
            for item in dialogues(4, 0, 300, made_up=share)
            for e in filled(item.record)
            if (e.domain, e.slot) in open_slots
        ]
        assert len(found) > 300
        assert sum(found) / len(found) == expected


def test_a_domain_may_be_named_twice_but_one_there_must_be() -> None:
    assert {len(simulated(index, 0, ["taxi", "taxi"]).goals) for index in range(20)} == {1}
    with pytest.raises(TodsumError, match="at least one"):
        generate(0, 0, domains=[])


def test_an_unknown_domain_is_refused_with_a_hint() -> None:
    with pytest.raises(TodsumError, match="did you mean restaurant"):
        generate(0, 0, domains=["restaurnt"])


def test_the_ontology_files_are_sound() -> None:
    for name in ontology.DOMAINS:
        domain = ontology.domain(name)
        assert re.fullmatch(r"\w+", name)
        assert len(domain.keywords) >= 6
        assert set(domain.one_of) <= set(domain.inform)
        assert not set(domain.inform) & set(domain.book)
        for slot in domain.slots.values():
            assert all(isinstance(value, str) and value == value.lower() for value in slot.values)
            assert len(set(slot.values)) == len(slot.values)
            assert len(slot.values) > 1
        for slots in domain.state_summaries:
            assert slots <= set(domain.inform), (name, slots)
        for order in domain.orders:
            assert set(order) == set(domain.book)
