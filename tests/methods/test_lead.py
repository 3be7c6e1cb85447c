"""Lead and longest: by hand, by properties, and against the published figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from todsum.data.schema import Example, Turn
from todsum.methods.lead import CountSettings, Extractive, Lead, Longest
from todsum.methods.units import source_units
from todsum.metrics.base import Gold
from todsum.metrics.rouge import TYPES, Rouge


def example(*texts: str, summary: tuple[str, ...] = ()) -> Example:
    return Example("1", "toy", "1", (), tuple(Turn("user", text) for text in texts), summary=summary)


def only(method: Extractive, *texts: str) -> str:
    (summary,) = method.summarize([example(*texts)])
    return summary


def test_lead_takes_the_first_turns_each_on_one_line() -> None:
    assert only(Lead(CountSettings()), "a\tb \u00a0 c", "\n", "d\ne", "f", "g") == "a b c\nd e\nf"


def test_lead_of_sentences_crosses_turns() -> None:
    assert only(Lead(CountSettings(unit="sentence", n=2)), "One.", "Two. Three.") == "One.\nTwo."


def test_longest_counts_words_keeps_order_and_prefers_the_first() -> None:
    assert only(Longest(CountSettings(n=2)), "a b", "abcdefghijklmnop", "c d e", "f g") == "a b\nc d e"


@pytest.mark.parametrize("method", [Lead, Longest])
def test_short_and_empty_sources(method: type[Extractive]) -> None:
    assert only(method(CountSettings()), "a", "b") == "a\nb"
    assert only(method(CountSettings()), "", " ") == ""
    assert only(method(CountSettings())) == ""


@given(st.lists(st.text(alphabet="ab .\n\u2028", max_size=12), max_size=8), st.integers(1, 4))
def test_a_summary_is_n_units_of_the_source_in_order(texts: list[str], n: int) -> None:
    units = source_units(example(*texts), "turn")
    assert all(len(unit.splitlines()) == 1 for unit in units)
    for method in (Lead, Longest):
        lines = only(method(CountSettings(n=n)), *texts).splitlines()
        rest = iter(units)
        assert len(lines) == min(n, len(units))
        assert all(line in rest for line in lines)
    longest = only(Longest(CountSettings(n=n)), *texts).splitlines()
    lengths = sorted((len(unit.split()) for unit in units), reverse=True)
    assert sorted((len(line.split()) for line in longest), reverse=True) == lengths[:n]


def test_settings_are_checked() -> None:
    with pytest.raises(ValidationError):
        CountSettings(n=0)
    with pytest.raises(ValidationError):
        CountSettings.model_validate({"unit": "word"})


def test_published_figures_of_longest_3(data_dir: Path) -> None:
    records = json.loads((data_dir / "todsum" / "todsum" / "test.json").read_text(encoding="utf-8"))
    examples = [example(*record["text"], summary=tuple(record["summary"])) for record in records]
    rows = [
        Rouge().score(hypothesis, Gold(e.summary))
        for hypothesis, e in zip(Longest(CountSettings()).summarize(examples), examples, strict=True)
    ]
    means = [100 * sum(row[name] for row in rows) / len(rows) for name in TYPES]
    assert means == pytest.approx([30.42, 7.47, 18.14, 26.26], abs=0.05)
