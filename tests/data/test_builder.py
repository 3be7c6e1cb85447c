from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.published import meeting, relock, todsum_record, write_qmsum, write_todsum
from todsum.data import records, sources
from todsum.data.builder import build
from todsum.data.lock import read_lock
from todsum.data.schema import Example, from_rows
from todsum.errors import TodsumError


@pytest.fixture(scope="module")
def qmsum(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Example]]:
    built = build("qmsum", data_dir, cache=tmp_path_factory.mktemp("cache"))
    return {split: from_rows(rows) for split, rows in built.splits.items()}


def test_qmsum_has_the_counts_of_its_revision(qmsum: dict[str, list[Example]]) -> None:
    details = read_lock("qmsum").details
    assert sum(map(len, qmsum.values())) == 1810
    for split, examples in qmsum.items():
        for domain, counts in details[split].items():
            mine = [example for example in examples if example.domains == (domain,)]
            kinds = [sum(f"-{kind}-" in e.id for e in mine) for kind in ("general", "specific")]
            assert [len({e.group for e in mine}), *kinds] == [int(n) for n in counts.split("/")]


def test_qmsum_spans_are_turn_indices_and_their_union(qmsum: dict[str, list[Example]], data_dir: Path) -> None:
    odd = next(e for e in qmsum["train"] if e.id == "IS1002b-specific-6")
    published = json.loads((data_dir / "qmsum/data/Product/train/IS1002b.json").read_text(encoding="utf-8"))
    spans = published["specific_query_list"][6]["relevant_text_span"]
    wanted = set().union(*(range(int(a), int(b) + 1) for a, b in spans))
    assert list(odd.evidence) == sorted(wanted)
    for example in qmsum["test"]:
        assert ("-specific-" in example.id) == bool(example.evidence)
        assert all(0 <= turn < len(example.turns) for turn in example.evidence)


def test_qmsum_keeps_empty_turns_and_markers(qmsum: dict[str, list[Example]], data_dir: Path) -> None:
    for example in qmsum["test"][:50]:
        folder = data_dir / "qmsum/data" / example.domains[0].title() / "test"
        transcript = json.loads((folder / f"{example.group}.json").read_text(encoding="utf-8"))["meeting_transcripts"]
        assert [(t.speaker, t.text) for t in example.turns] == [(t["speaker"], t["content"]) for t in transcript]


def test_todsum_keeps_every_record_and_its_order(data_dir: Path, tmp_path: Path) -> None:
    built = build("todsum", data_dir, "low-resource", cache=tmp_path)
    assert {split: len(rows) for split, rows in built.splits.items()} == {"train": 900, "validation": 99, "test": 999}
    published = json.loads((data_dir / "todsum/todsum/test.json").read_text(encoding="utf-8"))
    examples = from_rows(built.splits["test"])
    assert [e.id for e in examples] == [record["dialog_id"] for record in published]
    assert [[t.text for t in e.turns] for e in examples] == [record["text"] for record in published]
    assert [list(e.summary) for e in examples] == [record["summary"] for record in published]
    official = json.loads((data_dir / "todsum/todsum/valid.json").read_text(encoding="utf-8"))
    cut = [*built.splits["train"]["id"], *built.splits["validation"]["id"]]
    assert sorted(cut) == sorted(record["dialog_id"] for record in official)
    assert built.pinned


def test_without_a_training_split_the_protocol_is_named(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(TodsumError, match=r"train\.json.*low-resource"):
        build("todsum", data_dir, cache=tmp_path)


def test_a_zip_is_the_same_as_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relock(monkeypatch, "todsum", test=2)
    folder = write_todsum(tmp_path / "folder", test=[todsum_record("a"), todsum_record("b")])
    inside, alone = tmp_path / "zips" / "todsum.zip", tmp_path / "TODSum-main.zip"
    inside.parent.mkdir()
    for path in (inside, alone):
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(folder / "todsum/todsum/test.json", "TODSum-main/todsum/test.json")
    places = (folder, folder / "todsum", inside.parent, alone)
    tables = [build("todsum", place, splits=("test",), cache=tmp_path / "c") for place in places]
    assert len({table.fingerprint for table in tables}) == 1
    assert all(table.splits["test"].to_list() == tables[0].splits["test"].to_list() for table in tables)


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"dialog_id": None}, "no field 'dialog_id'"),
    ({"dialog_id": 7}, "dialog_id should be text, not a number"),
    ({"text": "hello"}, "text should be a list"),
    ({"text": []}, "no utterance"),
    ({"text": ["a", 3]}, r"text\[1\] should be text"),
    ({"summary": []}, "summary is empty"),
    ({"summary": ["fine.", "  "]}, "summary is empty or has an empty sentence"),
    ({"summary": None}, "no field 'summary'"),
    ({"dst": {"texi": {"book": {}, "semi": {}}}}, "unknown domain 'texi'"),
    ({"dst": []}, "dst should be an object"),
    ({"dst": {"taxi": {"semi": {}}}}, "no field 'book'"),
    ({"dst": {"taxi": {"book": {}, "semi": {"leaveAt": 5}}}}, r"leaveAt should be text"),
]


@pytest.mark.parametrize(("changes", "reason"), BROKEN)
def test_a_broken_todsum_record_is_named(
    changes: dict[str, Any], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relock(monkeypatch, "todsum", test=2)
    write_todsum(tmp_path, test=[todsum_record("a"), todsum_record("b", **changes)])
    with pytest.raises(TodsumError, match=reason) as raised:
        build("todsum", tmp_path, splits=("test",), cache=tmp_path / "c")
    assert "test.json: record 2" in str(raised.value)
    assert "\n" not in str(raised.value)


RAW = [
    (b'[{"dialog_id": "a"', "broken JSON"),
    (b'{"dialog_id": "a"}', "expected a JSON list"),
    (b'["\xff\xfe"]', "not UTF-8"),
    (b"", "the file is empty"),
    (b"[1]", "the record should be an object"),
    (b"[] []", "more text after the list"),
    (b"[,]", "broken JSON"),
    (b"[1 2]", "the record should be an object"),
    (b"\xef\xbb\xbf[]", "byte order mark"),
    (b'[{"a": ' + b"[" * 200_000, "nested too deeply"),
    (b'[{"a": ' + b"1" * 6_000 + b"}]", "broken JSON"),
]


@pytest.mark.parametrize(("raw", "reason"), RAW)
def test_a_broken_file_is_named(raw: bytes, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relock(monkeypatch, "todsum", test=0)
    write_todsum(tmp_path)
    (tmp_path / "todsum/todsum/test.json").write_bytes(raw)
    with pytest.raises(TodsumError, match=reason) as raised:
        build("todsum", tmp_path, splits=("test",), cache=tmp_path / "c")
    assert "test.json" in str(raised.value)


@given(
    items=st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=30), max_size=4), max_size=6),
    chunk=st.integers(1, 20),
    indent=st.sampled_from([None, 1]),
    cut=st.integers(0, 200),
)
def test_a_list_is_read_item_by_item_as_json_reads_it(
    tmp_path_factory: pytest.TempPathFactory, items: list[Any], chunk: int, indent: int | None, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("list")
    text = json.dumps(items, indent=indent, ensure_ascii=False)
    (folder / "whole.json").write_text(text, encoding="utf-8")
    (folder / "cut.json").write_text(text[:cut], encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "CHUNK", chunk)
        source = sources.FolderSource(folder)
        assert list(records.stream_list(source, "whole.json")) == items
        if cut < len(text):
            with pytest.raises(TodsumError):
                list(records.stream_list(source, "cut.json"))


@pytest.mark.parametrize("damage", ["empty", "cut", "gone", "info"])
def test_a_damaged_cache_is_made_again(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relock(monkeypatch, "todsum", test=2)
    write_todsum(tmp_path, test=[todsum_record("a"), todsum_record("b")])
    first = build("todsum", tmp_path, splits=("test",), cache=tmp_path / "c").splits["test"].to_list()
    (table,) = (tmp_path / "c").rglob("*-test.arrow")
    (info,) = (tmp_path / "c").rglob("dataset_info.json")
    if damage == "gone":
        table.unlink()
    elif damage == "info":
        info.write_text("{", encoding="utf-8")
    else:
        table.write_bytes(b"" if damage == "empty" else table.read_bytes()[:100])
    assert build("todsum", tmp_path, splits=("test",), cache=tmp_path / "c").splits["test"].to_list() == first


def test_wrong_counts_and_repeated_ids_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relock(monkeypatch, "todsum", test=3)
    write_todsum(tmp_path, test=[todsum_record("a"), todsum_record("b")])
    with pytest.raises(TodsumError, match="test has 2 examples, the lock file says 3"):
        build("todsum", tmp_path, splits=("test",), cache=tmp_path / "c")
    write_todsum(tmp_path, test=[todsum_record("a"), todsum_record("b"), todsum_record("a")])
    with pytest.raises(TodsumError, match="record a: duplicate id"):
        build("todsum", tmp_path, splits=("test",), cache=tmp_path / "c")


def test_oddities_survive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relock(monkeypatch, "todsum", test=1)
    dst = {
        "train": {"book": {"ticket": "", "people": "4"}, "semi": {"day": "", "leaveAt": "09;45", "name": "Finches "}}
    }
    odd = todsum_record("a", dst=dst, text=["a\nb\tc  d", "\u00a0ok", "last"])
    write_todsum(tmp_path, test=[odd])
    example = from_rows(build("todsum", tmp_path, splits=("test",), cache=tmp_path / "c").splits["test"])[0]
    assert [turn.text for turn in example.turns] == odd["text"]
    assert [(s.intent, s.slot, s.value) for s in example.state] == [
        ("book", "ticket", ""),
        ("book", "people", "4"),
        ("inform", "day", ""),
        ("inform", "leaveAt", "09;45"),
        ("inform", "name", "Finches "),
    ]


BROKEN_MEETINGS: list[tuple[dict[str, Any], str]] = [
    ({"meeting_transcripts": None}, "no field 'meeting_transcripts'"),
    ({"meeting_transcripts": []}, "meeting_transcripts is empty"),
    ({"meeting_transcripts": [{"speaker": "A"}]}, "turn 0: no field 'content'"),
    ({"general_query_list": [{"query": "Q", "answer": " "}]}, "general query 0: answer is empty"),
    ({"specific_query_list": [{"query": "Q", "answer": "A"}]}, "no field 'relevant_text_span'"),
    (
        {"specific_query_list": [{"query": "Q", "answer": "A", "relevant_text_span": [["0", "4"]]}]},
        "0–4 is out of range",
    ),
    (
        {"specific_query_list": [{"query": "Q", "answer": "A", "relevant_text_span": [["2", "1"]]}]},
        "2–1 is out of range",
    ),
    ({"specific_query_list": [{"query": "Q", "answer": "A", "relevant_text_span": [["x", "1"]]}]}, "not a pair"),
    ({"specific_query_list": [{"query": "Q", "answer": "A", "relevant_text_span": [["1"]]}]}, "not a pair"),
    ({"specific_query_list": [{"query": "Q", "answer": "A", "relevant_text_span": [["１", "1_0"]]}]}, "not a pair"),
    ({"specific_query_list": [{"query": "Q", "answer": "A", "relevant_text_span": []}]}, "relevant_text_span is empty"),
]


@pytest.mark.parametrize(("changes", "reason"), BROKEN_MEETINGS)
def test_a_broken_meeting_is_named(
    changes: dict[str, Any], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relock(monkeypatch, "qmsum", test=3)
    write_qmsum(tmp_path, {"Academic/test/M1": meeting(**changes)})
    with pytest.raises(TodsumError, match=reason) as raised:
        build("qmsum", tmp_path, splits=("test",), cache=tmp_path / "c")
    assert "M1.json" in str(raised.value)


def test_queries_that_repeat_are_examples_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relock(monkeypatch, "qmsum", test=3)
    write_qmsum(tmp_path, {"Academic/test/M1": meeting(), "ALL/test/M1": meeting()})
    examples = from_rows(build("qmsum", tmp_path, splits=("test",), cache=tmp_path / "c").splits["test"])
    assert [e.id for e in examples] == ["M1-general-0", "M1-specific-0", "M1-specific-1"]
    assert [e.summary for e in examples] == [("They met.", "They left."), ("It was fine.",), ("It was late.",)]
    assert [e.evidence for e in examples] == [(), (1, 2), (2, 3)]


def test_an_unknown_folder_and_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relock(monkeypatch, "qmsum", test=3)
    write_qmsum(tmp_path, {"Academic/test/M1": meeting(), "Acedemic/test/M2": meeting()})
    with pytest.raises(TodsumError, match="unknown domain 'Acedemic'"):
        build("qmsum", tmp_path, splits=("test",), cache=tmp_path / "c")
    with pytest.raises(TodsumError, match="unknown data set 'qmsun': did you mean"):
        build("qmsun", tmp_path)
    with pytest.raises(TodsumError, match="no todsum in it"):
        build("todsum", tmp_path)
    with pytest.raises(TodsumError, match="no such folder"):
        build("todsum", tmp_path / "nowhere")


def test_without_network_the_error_says_what_to_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path))
    closed = read_lock("qmsum").model_copy(update={"archive": "http://127.0.0.1:9/qmsum.zip"})
    monkeypatch.setattr(sources, "read_lock", lambda name: closed)
    with pytest.raises(TodsumError, match=r"can't download .* pass --data DIR"):
        build("qmsum", None)
    assert not list(tmp_path.rglob("*.part"))
