from __future__ import annotations

import time
import tracemalloc

import pytest
import yaml

from todsum.data.lock import benchmarks_folder
from todsum.files.yaml_files import parse_yaml


def test_the_suites_are_read_as_yaml_has_them() -> None:
    for path in benchmarks_folder().glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert parse_yaml(text) == yaml.safe_load(text)


def test_merges_and_aliases_are_followed() -> None:
    text = "a: &a {x: 1, y: [1, 2]}\nb: &b {<<: *a, x: 2}\nc: {<<: *b, z: 3}\nd: {<<: [*a, *b]}\ne: *a\n"
    assert parse_yaml(text) == yaml.safe_load(text)
    assert parse_yaml("") is None
    assert parse_yaml("a: null\nb: 1:30\nc: 0x10\nd: .5\ne: yes\nf: ~") == {
        "a": None,
        "b": 90,
        "c": 16,
        "d": 0.5,
        "e": True,
        "f": None,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: !!bool maybe", "line 1: 'maybe' is no bool"),
        ("a:\n- !!timestamp foo", "line 2: 'foo' is no timestamp"),
        ("a: 2001-99-99", "is no timestamp"),
        ("a: !!int ''", "is no int"),
        ("a: !!int 1_x", "is no int"),
        ("a: !!float x", "is no float"),
        ("a: !!map x", "expected a mapping"),
        ("a: !!str [1]", "expected a scalar"),
        ("a: !!null [1]", "expected a scalar"),
        ("? [a, b]\n: 1", "line 1: a list or a mapping can't be a key"),
        ("{[a]: 1}", "can't be a key"),
        ("? {a: b}\n: 1", "can't be a key"),
        ("a: !!python/object/apply:os.system [ls]", "!!python/object/apply:os.system: only plain values"),
        ("a: !!python/name:os.system", "only plain values"),
        ("a: !!set {b, c}", "!!set: only plain values"),
        ("a: !!omap [b: 1]", "!!omap: only plain values"),
        ("a: !!binary aGk=", "!!binary: only plain values"),
        ("a: !own x", "!own: only plain values"),
        ("a: =", "only plain values"),
        ("a: 1\nb: 2\na: 3", "line 3: 'a' is there twice"),
        ("a: {b: 1, b: 1}", "'b' is there twice"),
        ("\ta: 1", "line 1: found character that cannot start any token"),
        ("a: 1\x00", r"line 1: the character \\u0000 is not allowed"),
        ("ä: 1\nb: \x1b[0m", r"line 2: the character \\u001b is not allowed"),
        ("a: [1", "line"),
        ("a: 'b", "line"),
        ("a: 1\n---\nb: 2", "line 2: but found another document"),
        ("a: *b", "line 1: the alias \\*b stands for itself or for nothing"),
        ("&a [*a]", "line 1: the alias \\*a stands for itself"),
        ("a: &a {b: *a}", "stands for itself"),
        ("a: {<<: 3}", "expected a mapping"),
        ("a: .inf", "'.inf' is no finite number"),
        ("a: .nan", "no finite number"),
        ("a: 1.0e+999", "no finite number"),
        (f"a: {'9' * 5000}", "is no int"),
        ("a: 0x" + "f" * 300, "too large a number"),
        ("a: " + "9" * 400, "too large a number"),
        ("[" * 100_000, "line 1: nested deeper than 40 levels"),
        ("{a: " * 41, "nested deeper"),
        ("- " * 41 + "a", "nested deeper"),
        ("[" + "a," * 200_000 + "]", "more than 100000 values"),
        ("%YAML 9.9\n---\na: 1", "line"),
        ("a: @b", "line 1"),
    ],
)
def test_other_documents_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_yaml(text)
    assert "\n" not in str(caught.value)


def _levels(line: str, count: int = 30) -> str:
    return "a0: &a0 {x: 1, y: 2}\n" + "".join(line.format(new=i, old=i - 1) for i in range(1, count))


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)),
        _levels("a{new}: &a{new} {{x: *a{old}, y: *a{old}}}\n"),
        _levels("a{new}: &a{new} {{<<: [*a{old}, *a{old}, *a{old}]}}\n"),
        _levels("a{new}: &a{new}\n  <<: *a{old}\n  z: [*a{old}, *a{old}]\n"),
        "a: &a [" + "x," * 20_000 + "]\n" + "".join(f"b{i}: *a\n" for i in range(10_000)),
        "a: &a {"
        + ",".join(f"k{i}: 1" for i in range(20_000))
        + "}\n"
        + "".join(f"b{i}: {{<<: *a}}\n" for i in range(9999)),
    ],
    ids=["laughs", "doubles", "merges", "mixed", "wide", "wide-merges"],
)
def test_bombs_are_refused_in_little_time_and_memory(text: str) -> None:
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(ValueError, match="more than 100000 values"):
        parse_yaml(text)
    assert time.process_time() - began < 5
    assert tracemalloc.get_traced_memory()[1] < 50 << 20
    tracemalloc.stop()
