"""TextRank: PageRank against networkx, degenerate sources, and what it should find."""

from __future__ import annotations

import json
from pathlib import Path

import networkx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from todsum.data.schema import Example, Turn
from todsum.methods.lead import CountSettings
from todsum.methods.textrank import TextRank, pagerank, similarity


def summary(texts: list[str], n: int = 3) -> list[str]:
    example = Example("1", "toy", "1", (), tuple(Turn("user", text) for text in texts))
    return TextRank(CountSettings(n=n)).summarize([example])[0].splitlines()


def outside(weights: scipy.sparse.csr_array) -> np.ndarray:
    ranks = networkx.pagerank(networkx.from_scipy_sparse_array(weights), tol=1e-12, max_iter=1000)
    return np.array([ranks[node] for node in range(len(ranks))])


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 9), st.data())
def test_pagerank_is_that_of_networkx(nodes: int, data: st.DataObject) -> None:
    """Nodes without edges included."""
    size = nodes * (nodes - 1) // 2
    entries = data.draw(st.lists(st.sampled_from([0, 0, 0.01, 0.5, 1]), min_size=size, max_size=size))
    weights = np.zeros((nodes, nodes))
    weights[np.triu_indices(nodes, 1)] = entries
    graph = scipy.sparse.csr_array(weights + weights.T)
    assert pagerank(graph) == pytest.approx(outside(graph), abs=1e-8)


def test_pagerank_of_published_dialogues_is_that_of_networkx(data_dir: Path) -> None:
    records = json.loads((data_dir / "todsum" / "todsum" / "valid.json").read_text(encoding="utf-8"))[:30]
    for record in records:
        graph = similarity(record["text"])
        assert graph is not None
        assert pagerank(graph) == pytest.approx(outside(graph), abs=1e-8)


def test_the_hub_of_the_similarities_is_found() -> None:
    texts = ["red apples", "good morning", "red apples, green pears, blue plums", "green pears", "blue plums"]
    assert summary(texts, n=1) == [texts[2]]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], []),
        (["one unit only"], ["one unit only"]),
        (["?!", "a", ".", "I", "…"], ["?!", "a", "."]),
        (["same words"] * 5, ["same words"] * 3),
        (["apple", "pear", "plum", "cherry"], ["apple", "pear", "plum"]),
    ],
    ids=["no units", "one unit", "no words", "equal units", "nothing in common"],
)
def test_degenerate_sources(texts: list[str], expected: list[str]) -> None:
    assert summary(texts) == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["hotel", "train", "is", "cheap", "?", "09:15"])).map(" ".join), max_size=9))
def test_any_source_gives_n_units_in_order(texts: list[str]) -> None:
    units = [text for text in texts if text]
    lines = summary(texts)
    rest = iter(units)
    assert len(lines) == min(3, len(units))
    assert all(line in rest for line in lines)
