"""ROUGE against plain rouge-score, on published text and on made-up text."""

from __future__ import annotations

import json
import pickle
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import DefaultTokenizer

from todsum.metrics.base import Gold
from todsum.metrics.rouge import TYPES, Rouge, tokens
from todsum.metrics.rouge_lcs import Hypothesis

PLAIN = RougeScorer(list(TYPES), use_stemmer=True)
WORDS = st.sampled_from(
    ["the", "user", "users", "asks", "asking", "train", "trains'", "09:15", "3.5", "¿Qué?", "İstanbul"]
)
SENTENCE = st.lists(WORDS, min_size=0, max_size=8).map(" ".join)


def plain(reference: list[str], hypothesis: list[str]) -> dict[str, float]:
    found = PLAIN.score("\n".join(reference), "\n".join(hypothesis))
    return {name: found[name].fmeasure for name in TYPES}


@settings(max_examples=200, deadline=None)
@given(st.lists(SENTENCE, min_size=1, max_size=4), st.lists(SENTENCE, min_size=2, max_size=4))
def test_is_what_rouge_score_says(reference: list[str], hypothesis: list[str]) -> None:
    hypothesis = [*hypothesis, "last line", "and another"]
    assert Rouge().score("\n".join(hypothesis), Gold(tuple(reference))) == plain(reference, hypothesis)


TOKENS = st.lists(st.sampled_from("abcd"), max_size=14)


@settings(max_examples=500, deadline=None)
@given(TOKENS, TOKENS)
def test_the_subsequence_is_the_one_that_rouge_score_takes(reference: list[str], hypothesis: list[str]) -> None:
    """Of several of the same length it has to be the same: R-Lsum unites them."""
    found = Hypothesis(hypothesis)
    assert sorted(found.taken(reference)) == rouge_scorer.lcs_ind(reference, hypothesis)
    assert found.lcs(reference) == rouge_scorer._lcs_table(reference, hypothesis)[-1][-1]


def test_a_subsequence_longer_than_a_machine_word() -> None:
    words = random.Random(0).choices("abcdefgh", k=500)
    reference, hypothesis = words[:300], words[150:]
    assert sorted(Hypothesis(hypothesis).taken(reference)) == rouge_scorer.lcs_ind(reference, hypothesis)


def test_is_what_rouge_score_says_on_published_text(data_dir: Path) -> None:
    records = json.loads((data_dir / "todsum" / "todsum" / "valid.json").read_text(encoding="utf-8"))[:100]
    for record in records:
        units = [" ".join(text.split()) for text in record["text"][:3]]
        assert Rouge().score("\n".join(units), Gold(tuple(record["summary"]))) == plain(record["summary"], units)


@given(st.text())
def test_tokens_are_those_of_rouge_score(text: str) -> None:
    assert tokens(text) == DefaultTokenizer(use_stemmer=True).tokenize(text)


def test_published_figures_of_lead_3(data_dir: Path) -> None:
    records = json.loads((data_dir / "todsum" / "todsum" / "test.json").read_text(encoding="utf-8"))
    rows = [
        Rouge().score("\n".join(" ".join(t.split()) for t in r["text"][:3]), Gold(tuple(r["summary"]))) for r in records
    ]
    means = [100 * sum(row[name] for row in rows) / len(rows) for name in TYPES]
    assert means == pytest.approx([27.00, 7.68, 16.97, 23.81], abs=0.05)


def test_a_hypothesis_of_one_line_is_split_for_lsum() -> None:
    reference = ("the user wants a train.", "the train leaves at 09:15.")
    one_line = "the train leaves at 09:15. the user wants a train."
    assert Rouge().score(one_line, Gold(reference))["rougeLsum"] == 1.0
    assert Rouge().score(one_line, Gold(reference))["rougeL"] < 1.0


@pytest.mark.parametrize("hypothesis", ["", " \n", "?!", "…"])
def test_a_hypothesis_without_words_scores_nothing(hypothesis: str) -> None:
    assert Rouge().score(hypothesis, Gold(("the user wants a train.",))) == dict.fromkeys(TYPES, 0.0)


def test_applies_where_there_is_a_reference() -> None:
    assert Rouge().applies(Gold(("a",)))
    assert not Rouge().applies(Gold(None))
    with pytest.raises(ValueError, match="reference"):
        Rouge().score("a", Gold(None))


def test_signature_names_the_choices_and_survives_a_process_border() -> None:
    signature = Rouge().signature()
    assert signature.startswith("rouge|v:0.1.2|stem:yes|lsum:newline|")
    assert pickle.loads(pickle.dumps(Rouge())).signature() == signature  # noqa: S301
