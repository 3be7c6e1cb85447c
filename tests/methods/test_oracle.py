"""The oracle against a slow one that scores every candidate summary with plain rouge-score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from todsum.data.schema import Example, Turn
from todsum.methods.oracle import Oracle, OracleSettings
from todsum.metrics import rouge
from todsum.metrics.base import Gold
from todsum.metrics.rouge import TYPES, Rouge

Objective = Literal["r1+r2", "rl"]
OBJECTIVES: list[Objective] = ["r1+r2", "rl"]
TYPES_OF: dict[Objective, list[str]] = {"r1+r2": ["rouge1", "rouge2"], "rl": ["rougeL"]}
SCORERS = {objective: RougeScorer(types, use_stemmer=True) for objective, types in TYPES_OF.items()}


def slow_choice(units: list[str], reference: str, objective: Objective, at_most: int) -> list[int]:
    """Greedy search as one would write it down: no bounds, no counts kept, first of the best wins."""
    chosen: list[int] = []
    score = 0.0
    while len(chosen) < at_most:
        values = {}
        for unit in range(len(units)):
            if unit not in chosen:
                candidate = "\n".join(units[index] for index in sorted([*chosen, unit]))
                found = SCORERS[objective].score(reference, candidate)
                values[unit] = sum(found[name].fmeasure for name in TYPES_OF[objective])
        pick = max(values, key=lambda unit: values[unit], default=None)
        if pick is None or values[pick] <= score:
            break
        chosen.append(pick)
        score = values[pick]
    return chosen


def choice(units: list[str], reference: str, objective: Objective, at_most: int) -> list[int]:
    return Oracle(OracleSettings(objective=objective, max_units=at_most)).choose(units, reference)


# Few words, so that equal units, equal scores and empty units are common.
UNITS = st.lists(st.lists(st.sampled_from("abcd"), max_size=5).map(" ".join), max_size=8)
REFERENCE = st.lists(st.sampled_from("abce"), max_size=8).map(" ".join)


@settings(max_examples=400, deadline=None)
@given(UNITS, REFERENCE, st.sampled_from(OBJECTIVES), st.integers(1, 6))
def test_picks_what_the_slow_oracle_picks(units: list[str], reference: str, objective: Objective, at_most: int) -> None:
    assert choice(units, reference, objective, at_most) == slow_choice(units, reference, objective, at_most)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(OBJECTIVES))
def test_picks_the_same_on_long_references(data: st.DataObject, objective: Objective) -> None:
    """References of more than 64 tokens, so that the rows of bits cross a machine word."""
    word = st.sampled_from("abcdefgh")
    units = data.draw(st.lists(st.lists(word, max_size=30).map(" ".join), min_size=2, max_size=6))
    reference = " ".join(data.draw(st.lists(word, min_size=60, max_size=140)))
    assert choice(units, reference, objective, 4) == slow_choice(units, reference, objective, 4)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_picks_the_same_on_published_dialogues(data_dir: Path, objective: Objective) -> None:
    records = json.loads((data_dir / "todsum" / "todsum" / "valid.json").read_text(encoding="utf-8"))[:40]
    for record in records:
        units, reference = [" ".join(text.split()) for text in record["text"]], "\n".join(record["summary"])
        assert choice(units, reference, objective, 5) == slow_choice(units, reference, objective, 5)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_picks_the_same_in_a_meeting(data_dir: Path, objective: Objective) -> None:
    path = min((data_dir / "qmsum" / "data" / "Product" / "val").glob("*.json"))
    meeting = json.loads(path.read_text(encoding="utf-8"))
    units = [turn["content"] for turn in meeting["meeting_transcripts"]][:120]
    reference = meeting["general_query_list"][0]["answer"]
    assert choice(units, reference, objective, 2) == slow_choice(units, reference, objective, 2)


def test_equal_units_the_first_wins() -> None:
    assert choice(["x", "a b", "a b", "b a"], "a b", "rl", 3) == [1]
    assert (
        choice(["x", "a", "a", "b"], "b a", "r1+r2", 3)
        == [1, 3]
        == slow_choice(["x", "a", "a", "b"], "b a", "r1+r2", 3)
    )


def test_output_is_in_the_order_of_the_source() -> None:
    turns = tuple(Turn("user", text) for text in ("the  hotel is cheap", "?!", "a train to ely please , soon"))
    example = Example("1", "toy", "1", (), turns, summary=("a train to ely please.", "the hotel is cheap."))
    assert choice([turn.text for turn in turns], "\n".join(example.summary), "r1+r2", 5) == [2, 0]
    assert Oracle(OracleSettings()).summarize([example]) == ["the hotel is cheap\na train to ely please , soon"]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_nothing_to_choose(objective: Objective) -> None:
    for units, reference in ([], "a"), (["", "?"], "a"), (["a"], ""), (["a"], "b"):
        assert choice(units, reference, objective, 3) == []


def test_says_that_it_reads_the_reference() -> None:
    assert Oracle.reads_reference


def test_published_figures(data_dir: Path) -> None:
    records = json.loads((data_dir / "todsum" / "todsum" / "test.json").read_text(encoding="utf-8"))
    examples = [
        Example(str(i), "todsum", str(i), (), tuple(Turn("user", t) for t in r["text"]), summary=tuple(r["summary"]))
        for i, r in enumerate(records)
    ]
    summaries = Oracle(OracleSettings()).summarize(examples)
    rows = [Rouge().score(text, Gold(e.summary)) for text, e in zip(summaries, examples, strict=True)]
    means = [100 * sum(row[name] for row in rows) / len(rows) for name in TYPES]
    assert means == pytest.approx([44.71, 17.05, 25.61, 39.27], abs=0.3)


def test_a_meetings_turns_are_stemmed_once_for_all_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = rouge.tokens
    monkeypatch.setattr(rouge, "tokens", lambda text: seen.append(text) or real(text))
    rouge.line_tokens.cache_clear()
    units = ["a user asks", "a train leaves"]
    for reference in ("the user", "the train"):
        assert choice(units, reference, "rl", 1)
    assert sorted(seen) == sorted([*units, "the user", "the train"])
