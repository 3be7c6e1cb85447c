from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from todsum.methods.llm.request import Request, canonical

SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6)


def shuffled(value: Any, seed: int) -> Any:
    """The same value, dictionaries in another order."""
    if isinstance(value, dict):
        items = [(name, shuffled(inner, seed)) for name, inner in value.items()]
        random.Random(seed).shuffle(items)
        return dict(items)
    return [shuffled(inner, seed) for inner in value] if isinstance(value, list) else value


@settings(max_examples=50)
@given(st.dictionaries(st.text(), JSON), st.integers())
def test_equal_bodies_have_equal_checksums(body: dict[str, Any], seed: int) -> None:
    one, other = Request("a", "u", body), Request("b", "u", shuffled(body, seed))
    assert one.sha256 == other.sha256 and one.content == other.content
    assert json.loads(one.content) == body
    assert Request("a", "v", body).sha256 != one.sha256


@settings(max_examples=50)
@given(JSON, JSON)
def test_different_values_have_different_forms(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (canonical(one) == canonical(other)) is same


def test_the_form() -> None:
    assert canonical({"b": "ü\ud800", "a": [1, 0.5, None]}) == b'{"a":[1,0.5,null],"b":"\\u00fc\\ud800"}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})
