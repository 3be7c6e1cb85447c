"""Loops and odd texts, against slow and plain counts."""

from __future__ import annotations

import random
import time

import pytest

from todsum.metrics.base import Gold
from todsum.metrics.loops import AT_END, AT_END_LENGTH, INSIDE, INSIDE_LENGTH, LONGEST, loops
from todsum.metrics.odd_texts import OddTexts, ScoredTexts
from todsum.metrics.rouge import tokens


def slow_loops(text: str) -> bool:
    """By the definition, letter by letter."""
    plain = " ".join(text.lower().split())
    end = plain.rstrip(" .,;:!?'\")")
    for period in range(1, len(end) // 2 + 1):
        run = period
        while run < len(end) and end[-1 - run] == end[-1 - run + period]:
            run += 1
        gap = 0  # what stands between two repetitions
        while gap < min(4, period) and end[len(end) - period + gap] in " .,;:!?'\")":
            gap += 1
        if run >= 2 * period and run + gap >= max(AT_END_LENGTH, AT_END * period):
            return True
    for start in range(len(plain)):
        for period in range(1, min(LONGEST, (len(plain) - start) // INSIDE) + 1):
            run = period
            while start + run < len(plain) and plain[start + run] == plain[start + run - period]:
                run += 1
            if run >= max(INSIDE_LENGTH, INSIDE * period):
                return True
    return False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("the user wants a taxi to the station at 17:15. the taxi is a red tesla.", False),
        ("the hotel is cheap. it 's, it 's, it 's in the north.", False),
        ("the phone number is 01223 333333 and the price is 5000000 pounds.", False),
        ("the train leaves. the train leaves. the train leaves.", True),
        ("The taxi\nThe taxi\nthe taxi the ta", True),
        ("it offers food food food food food food. the user asks for a taxi.", True),
        ("the guest houseateateateateateateateate is in the north.", True),
        ("he wants . . . . . . . . . . . . . . . . .", True),
        ("用户想要酒店" * 4, True),
        ("👍" * 30, True),
        ("\ud800" * 30, True),
        ("Ā\x01\x00" * 3 + "a", False),
    ],
)
def test_loops(text: str, expected: bool) -> None:
    assert loops(text) is expected
    assert slow_loops(text) is expected


def test_loops_of_random_texts_as_by_the_definition() -> None:
    random.seed(5)
    seen = set()
    for _ in range(400):
        letters = random.choice(["ab", "ab ", "aĀ", "a\x01Ā", "abc .😀"])
        piece = "".join(random.choices(letters, k=random.randint(1, 9)))
        other = "".join(random.choices(letters + "xyz", k=random.randint(0, 30)))
        text = other + piece * random.randint(1, 7) + other[: random.randint(0, 3)]
        assert loops(text) is slow_loops(text), repr(text)
        seen.add(loops(text))
    assert seen == {True, False}


def test_a_long_text_takes_no_longer_than_its_length() -> None:
    began = time.process_time()
    assert not loops("".join(map(str, range(60_000))))
    assert time.process_time() - began < 5


TEXTS = [
    "",
    " \n",
    "你好",
    "...",
    "😀",
    "İ",
    "酒店 3",
    "Он хочет отель на 3 ночи",
    "a <q> b",
    "a [SEP] b <Q> c",
    "plain words",
]


def test_kinds_against_rouge_itself() -> None:
    odd = OddTexts.among(TEXTS)
    none = [i for i, text in enumerate(TEXTS) if not tokens(text)]
    assert sorted((*odd.places["empty"], *odd.places["no_token"])) == none
    assert odd.places["empty"] == (0, 1)
    assert odd.places["few_tokens"] == (6, 7)
    assert odd.places["sentence_marks"] == (8, 9)
    assert odd.counts() == {
        "texts": len(TEXTS),
        "empty": 2,
        "no_token": len(none) - 2,
        "few_tokens": 2,
        "sentence_marks": 2,
        "special_tokens": 0,
        "loops": 0,
    }
    lines = list(odd.lines("summary", "summaries", [f"line {i}" for i in range(len(TEXTS))]))
    assert lines[0] == f"2 of {len(TEXTS)} summaries are empty (line 0, line 1)"
    assert "(<Q> in 1, <q> in 1, [SEP] in 1)" in lines[3]
    assert "line break" in lines[3]


@pytest.mark.parametrize(
    "mark", ["<q>", "<n>", "< q >", "[SEP]", "[X_SEP]", "<S_SEP>", "</t>", "<sep>", "\\n", "##SENT##", "|||||", "<br/>"]
)
def test_sentence_marks(mark: str) -> None:
    assert OddTexts.among([f"one . {mark} two ."]).places["sentence_marks"] == (0,)


@pytest.mark.parametrize(
    "mark",
    ["</s>", "<s>", "<pad>", "<unk>", "[CLS]", "<|im_end|>", "<extra_id_0>", "Ġtaxi", "▁taxi", "ta@@ xi", "-LRB-"],
)
def test_special_tokens(mark: str) -> None:
    assert OddTexts.among([f"one {mark} two"]).places["special_tokens"] == (0,)


@pytest.mark.parametrize("text", ["a < b and c > d", "2nd question? q: why", "see [1]", "a|b", "<name> calls", "s/he"])
def test_what_is_no_mark(text: str) -> None:
    odd = OddTexts.among([text])
    assert not odd.places["sentence_marks"]
    assert not odd.places["special_tokens"]


def test_summaries_and_references_apart() -> None:
    golds = [Gold(summary=("你好",)), Gold(summary=()), Gold(summary=("the same words here. " * 4,))]
    texts = ScoredTexts.of(["fine", "ok", "go"], golds)
    assert not any(count for kind, count in texts.counts()["summaries"].items() if kind != "texts")
    lines = texts.lines(["a", "b\x1b[31m", "c"])
    assert lines[0] == "1 of 3 references is empty (b [31m)"
    assert lines[1].startswith("1 of 3 references has no ROUGE token")
    assert len(lines) == 2, "references may loop"
    assert texts.references.n == 3
    assert ScoredTexts.of(["fine"], [Gold()]).references.n == 0


def test_nothing_but_empty_summaries_stands_out() -> None:
    assert ScoredTexts.of(["", " "], [Gold(), Gold()]).lines()[0].startswith("ALL SUMMARIES ARE EMPTY (2 of 2)")
    assert ScoredTexts.of(["", "a"], [Gold(), Gold()]).lines() == ["1 of 2 summaries is empty"]
