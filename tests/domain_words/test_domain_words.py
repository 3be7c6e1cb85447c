"""Domains' words: planted ones are found, only turns are read, and nothing depends on the order."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from todsum.data.builder import build
from todsum.data.schema import Example, Slot, Turn, from_rows
from todsum.data.simulate import simulate
from todsum.data.simulation import ontology
from todsum.domain_words import MIN_DIALOGUES, by_domain, domain_words, interleave, run_words
from todsum.errors import TodsumError

#: Words that only the dialogues of a domain say, and words that all say.
PLANTED = {
    "bakery": ["bread", "flour", "oven", "dough", "cake"],
    "garage": ["engine", "brake", "wheel", "tyre", "clutch"],
    "library": ["novel", "shelf", "author", "poem", "chapter"],
}
COMMON = ["address", "phone", "booking", "reference", "price"]
N = 5


def dialogue(number: int, *domains: str) -> Example:
    """A part on each domain, one after the other, each with words of all and a value."""
    draw = random.Random(f"{number}{domains}")
    turns = []
    for domain in domains:
        for _ in range(8):
            words = [
                *draw.sample(PLANTED[domain], 3),
                *draw.sample(COMMON, 3),
                "please",
                f"at {draw.randint(10, 23)}:15",
            ]
            turns.append(Turn("user", " ".join(draw.sample(words, len(words))) + f" in Town{number}, Acorn."))
    state = tuple(Slot(domain, "inform", "name", f"value {number}") for domain in domains)
    return Example(f"d{number}", "toy", f"d{number}", domains, tuple(turns), state=state, summary=("a summary.",))


SINGLE = [dialogue(i, domain) for i, domain in enumerate([*PLANTED] * 8)]
PAIRS = [("bakery", "garage"), ("garage", "library"), ("bakery", "library")]
MIXED = [dialogue(100 + i, *pair) for i, pair in enumerate(PAIRS * 10)]


@pytest.mark.parametrize("examples", [SINGLE, MIXED, SINGLE + MIXED], ids=["one domain", "two domains", "both"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_words_are_found(examples: list[Example], seed: int) -> None:
    """Also where every dialogue is about two domains."""
    found = domain_words(by_domain(examples), N, seed)
    assert {domain: set(words) for domain, words in found.items()} == {d: set(w) for d, w in PLANTED.items()}


@pytest.mark.parametrize("target", PLANTED)
def test_a_target_is_told_from_the_sources(target: str) -> None:
    """Where the target's dialogues are about source domains too, and no training dialogue is about the target."""
    examples = SINGLE + MIXED
    train = [example for example in examples if target not in example.domains]
    unlabelled = [example for example in examples if target in example.domains]
    found = run_words(train, N, target=target, unlabelled=unlabelled)
    assert set(found.target[target]) == set(PLANTED[target])
    assert {domain: set(words) for domain, words in found.source.items()} == {
        domain: set(words) for domain, words in PLANTED.items() if domain != target
    }
    assert run_words(train, N).source == found.source, "the target's dialogues change no source words"
    assert run_words(train, N).target == {}
    assert found.union[:3] == tuple(words[0] for words in (*found.target.values(), *found.source.values()))
    assert set(found.union) == {word for words in PLANTED.values() for word in words}
    told = found.to_json()
    assert told["target"] == {target: list(found.target[target])}
    assert (told["n"], told["seed"], told["left_out"]) == (N, 0, {})


def test_one_domain_alone_has_its_commonest_words() -> None:
    found = domain_words({"bakery": [e for e in SINGLE if e.domains == ("bakery",)]}, 10)["bakery"]
    assert set(found) == {*PLANTED["bakery"], *COMMON}


def test_only_turns_are_read() -> None:
    def told(example: Example) -> Example:
        state = (Slot("garage", "inform", "name", "secret"),) * 9
        return replace(
            example,
            state=state,
            summary=("secret " * 50,),
            query="secret " * 50,
            evidence=(0, 1),
            id=f"secret{example.id}",
        )

    examples = SINGLE + MIXED
    secret = [told(example) for example in examples]
    assert domain_words(by_domain(secret), 10) == domain_words(by_domain(examples), 10)
    train, target = by_domain(examples), by_domain(secret)["bakery"]
    train.pop("bakery")
    assert domain_words(train | {"bakery": target}, N) == domain_words(
        train | {"bakery": by_domain(examples)["bakery"]}, N
    )


@settings(max_examples=3, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_examples_and_domains_does_not_matter(draw: random.Random) -> None:
    expected = domain_words(by_domain(MIXED), 10, seed=3)
    domains = by_domain(draw.sample(MIXED, len(MIXED)))
    names = draw.sample(list(domains), len(domains))
    found = domain_words({name: domains[name] for name in names}, 10, seed=3)
    assert list(found) == names
    assert found == expected


def test_a_meeting_counts_once_however_many_queries_it_has() -> None:
    """The example that shows most of it is read; one that shows evidence alone changes nothing."""
    some = [replace(e, id=f"{e.id}-{i}", turns=e.turns[: i + 1]) for e in SINGLE[:6] for i in range(3)]
    assert domain_words(by_domain(SINGLE + some), 10) == domain_words(by_domain(SINGLE), 10)
    few = [replace(e, id=f"{e.id}-{i}") for e in SINGLE[:1] for i in range(9)]
    with pytest.raises(TodsumError, match="bakery has 1 dialogue, at least 5 are needed"):
        domain_words({"bakery": few}, 3)


@pytest.mark.parametrize(
    ("given", "n", "reason"),
    [
        ({}, 5, "no domain was given"),
        (by_domain(SINGLE), 0, "ask for at least 1"),
        (by_domain(SINGLE), 11, "bakery has 8 dialogues with 10 words between them, 11 were asked for: ask for fewer"),
        (by_domain(SINGLE) | {"hotel": []}, 5, "hotel has 0 dialogues, at least 5 are needed"),
        (
            {"hotel": [Example(str(i), "toy", str(i), ("hotel",), (Turn("a", "?"),)) for i in range(9)]},
            1,
            "with 0 words",
        ),
    ],
    ids=["no domain", "no words", "too many words", "too few dialogues", "dialogues without words"],
)
def test_refusals(given: dict[str, list[Example]], n: int, reason: str) -> None:
    with pytest.raises(TodsumError, match=reason):
        domain_words(given, n)


def test_training_domains_with_too_few_dialogues_are_named() -> None:
    few = [example for example in SINGLE if example.domains == ("library",)][: MIN_DIALOGUES - 1]
    rest = [example for example in SINGLE if example.domains != ("library",)]
    found = run_words(rest + few, N)
    assert list(found.source) == ["bakery", "garage"]
    assert found.left_out == {"library": MIN_DIALOGUES - 1}
    with pytest.raises(TodsumError, match=r"no domain has 5 training dialogues \(there are: library 4\)"):
        run_words(few, N)
    with pytest.raises(TodsumError, match="hotel has 0 dialogues"):
        run_words(rest, N, target="hotel")


def test_training_domains_with_too_few_words_are_named() -> None:
    """As a domain that a handful of another's dialogues name in passing."""
    silent = [Example(f"q{i}", "toy", f"q{i}", ("quiet",), (Turn("a", "hello ?"),)) for i in range(6)]
    found = run_words(SINGLE + silent, N)
    assert found.left_out == {"quiet": 6}
    assert found.source == run_words(SINGLE, N).source
    with pytest.raises(TodsumError, match="quiet has 6 dialogues with 0 words between them, 5 were asked for"):
        run_words(silent, N)


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True)))
def test_interleaved_lists_keep_their_order(lists: list[list[str]]) -> None:
    found = interleave(*lists)
    assert set(found) == {word for words in lists for word in words} and len(set(found)) == len(found)
    for rank in range(max(map(len, lists), default=0)):
        beginnings = {word for words in lists for word in words[: rank + 1]}
        assert set(found[: len(beginnings)]) == beginnings, "every beginning has its part of each list"


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("simulated")
    simulate(out, 300, 5, 45)
    return out


def train_split(name: str, data: Path, tmp_path: Path, protocol: str = "full") -> list[Example]:
    return from_rows(build(name, data, protocol, ("train",), cache=tmp_path).splits["train"])


def check_words(found: dict[str, tuple[str, ...]], n: int) -> None:
    for words in found.values():
        assert len(set(words)) == n
        assert all(word.isalpha() and word == word.lower() for word in words)
        assert not set(words) & (ENGLISH_STOP_WORDS - {"bill", "fire", "mill", "system"})
        assert not set(words) & {"please", "thanks", "okay", "yes", "monday", "north", "two", "cambridge", "london"}
    first = Counter(word for words in found.values() for word in words[:4])
    assert max(first.values()) == 1, "no two domains have the same first words"


def test_simulated_dialogues_have_the_words_of_their_domains(simulated: Path, tmp_path: Path) -> None:
    """The simulator's own noun for a domain is among them."""
    found = domain_words(by_domain(train_split("todsum-sim", simulated, tmp_path)), 8)
    check_words(found, 8)
    assert len(found) == 15
    for name, words in found.items():
        assert set(ontology.domain(name).noun.split()) & set(words), (name, words)


def test_simulated_meetings_have_words_of_their_domains(simulated: Path, tmp_path: Path) -> None:
    found = domain_words(by_domain(train_split("qmsum-sim", simulated, tmp_path)), 8)
    assert set(found) == {"academic", "committee", "product"}
    check_words(found, 8)


def test_published_dialogues_have_the_words_of_their_domains(data_dir: Path, tmp_path: Path) -> None:
    """What a reader would call them."""
    examples = random.Random(0).sample(train_split("todsum", data_dir, tmp_path, "low-resource"), 400)
    found = domain_words(by_domain(examples), 10)
    check_words(found, 10)
    wanted = {
        "hotel": {"hotel", "guesthouse", "stay", "parking", "wifi"},
        "restaurant": {"restaurant", "food", "table"},
        "attraction": {"attraction", "museum", "entrance"},
        "train": {"train", "arrive", "leave"},
        "taxi": {"taxi", "car", "contact"},
    }
    for domain, words in wanted.items():
        assert words <= set(found[domain]), (domain, found[domain])
