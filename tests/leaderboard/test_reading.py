from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from todsum.errors import TodsumError
from todsum.leaderboard import reading
from todsum.leaderboard.reading import read_json_lines, read_yaml


def pack(content: bytes) -> bytes:
    """Without the time, so that the cases have the same names in every process."""
    return gzip.compress(content, mtime=0)


BOMB = "\n".join(
    ["a: &a [x, x]", *(f"{b}: &{b} [*{a}, *{a}, *{a}]" for a, b in zip("abcdefghijkl", "bcdefghijklm", strict=True))]
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b\n", "expected a mapping"),
        ("a: 1\na: 2\n", "'a' is there twice"),
        (BOMB, "more than 100000 values"),
        ("a: " + "[" * 50 + "]" * 50, "nested deeper than 40 levels"),
        ("a: " + "[" * 50_000, "nested deeper than 40 levels"),
        ("a: !!python/object/apply:os.system [echo]\n", "only plain values are read"),
        ("a: [", "broken YAML"),
        ("a: '" + "x" * reading.MAX_META + "'", "bytes are more than"),
    ],
)
def test_yaml_of_strangers_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "meta.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TodsumError) as error:
        read_yaml(path)
    assert said in str(error.value)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


@given(
    st.dictionaries(
        st.text(st.characters(codec="ascii", categories=["L"]), min_size=1),
        st.one_of(st.integers(), st.booleans(), st.none(), st.lists(st.integers(), max_size=3)),
        min_size=1,
    )
)
def test_plain_yaml_is_read_as_yaml_reads_it(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("yaml") / "meta.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert read_yaml(path) == yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["meta.yaml", "predictions.jsonl.gz"])
def test_links_and_folders_are_not_read(tmp_path: Path, name: str) -> None:
    secret, path = tmp_path / "secret", tmp_path / name
    secret.write_text("a: 1\n", encoding="utf-8")
    path.symlink_to(secret)
    read = read_yaml if name == "meta.yaml" else lambda p: list(read_json_lines(p))
    with pytest.raises(TodsumError, match="is a link"):
        read(path)
    path.unlink()
    with pytest.raises(TodsumError, match="missing"):
        read(path)
    path.mkdir()
    with pytest.raises(TodsumError, match="is a folder, not a file"):
        read(path)


@pytest.mark.parametrize(
    ("packed", "said"),
    [
        (b"no gzip", "not a gzip file"),
        (b"", "cut short or empty"),
        (pack(b'{"id": 1}\n' * 100)[:-4], "cut short or empty"),
        (pack(b"{}") + b"more", "more follows the end"),
        (pack(b'{}\n{"a": }\n'), "line 2: broken JSON"),
        (pack(b"\xff\n"), "line 1: not UTF-8"),
        (pack(b"[" * 100_000), "line 1: broken JSON: nested too deeply"),
        (pack(b'{"a": NaN}'), "NaN is no JSON"),
        (pack(b"0" * (reading.MAX_LINE + 1)), "a line is longer"),
    ],
)
def test_broken_packed_lines_are_refused_in_one_line(tmp_path: Path, packed: bytes, said: str) -> None:
    path = tmp_path / "predictions.jsonl.gz"
    path.write_bytes(packed)
    with pytest.raises(TodsumError) as error:
        list(read_json_lines(path))
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl.gz"
    path.write_bytes(pack(b'\xef\xbb\xbf{"id": 1}\n'))
    assert list(read_json_lines(path)) == [(1, {"id": 1})]


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "predictions.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 3_000_000))
    monkeypatch.setattr(reading, "MAX_UNPACKED", 1 << 20)
    seen = 0
    with pytest.raises(TodsumError, match="unpacks to more"):
        for _ in read_json_lines(path):
            seen += 1
    assert 3 * seen <= 1 << 20


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=50), max_size=3), max_size=50))
def test_lines_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "predictions.jsonl.gz"
    path.write_bytes(
        gzip.compress("\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode(errors="replace"))
    )
    expected = [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().split("\n") if line.strip()]
    assert [row for _, row in read_json_lines(path)] == expected
