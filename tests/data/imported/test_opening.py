from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bench.toy import toy_data
from tests.data.hub_stub import hub, run_with
from todsum.data.builder import BuiltData, build
from todsum.data.hub.configs import hub_data
from todsum.data.hub.export import export
from todsum.data.imported.opening import Import, open_import
from todsum.data.imported.reference import check_pinned, parse_reference
from todsum.data.imported.rows import ColumnMap
from todsum.data.schema import Example, Turn, from_rows
from todsum.errors import TodsumError

ALL = ("train", "validation", "test")
MAP = ColumnMap(dialogue="dialogue", summary="summary", id="id")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


def imported(place: str | Path, splits: tuple[str, ...] = ALL, **how: Any) -> BuiltData:
    return open_import(Import(parse_reference(f"hub:{place}"), **how)).build(splits)


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def samsum(number: int = 0, **changes: Any) -> dict[str, Any]:
    dialogue = "Amanda: I baked cookies. Do you want some?\r\nJerry: Sure!\r\nat 9: 30 :-)\r\nAmanda: Here: http://x.y"
    row = {"id": f"s{number}", "dialogue": dialogue, "summary": "Amanda baked cookies. Jerry wants some."}
    return row | changes


def test_references() -> None:
    pinned = parse_reference("hub:org/na.me@" + "a" * 40)
    assert (pinned.repository, pinned.revision, pinned.pinned) == ("org/na.me", "a" * 40, True)
    assert pinned.name == "hub-org-na.me"
    assert parse_reference("hub:org/name@refs/convert/parquet").revision == "refs/convert/parquet"
    assert parse_reference("hub:file:///a%20b/c").folder == Path("/a b/c")
    assert parse_reference("hub:/a b/c").name == "hub-c"
    for wrong in ("hub:", "hub:a/b/c", "hub:org/name@", "hub:org/../x", "hub:file://host/x", "hub:https://x/y"):
        with pytest.raises(TodsumError, match="expected hub:"):
            parse_reference(wrong)
    check_pinned(parse_reference("hub:./folder"))
    for loose in ("hub:org/name", "hub:org/name@main", "hub:org/name@abcdef1"):
        with pytest.raises(TodsumError, match=r"40 hex digits.*todsum-bench data check hub:org/name"):
            check_pinned(parse_reference(loose))


def test_an_export_is_imported_as_what_was_built(data_dir: Path, tmp_path: Path) -> None:
    export(hub_data("todsum", data_dir, "low-resource"), tmp_path / "out")
    wanted = build("todsum", data_dir, "low-resource")
    found = imported(tmp_path / "out", config="low-resource")
    same = imported(f"file://{tmp_path}/out", config="low-resource")
    for split, rows in wanted.splits.items():
        assert found.splits[split].features == rows.features
        assert found.splits[split].to_list() == same.splits[split].to_list() == rows.to_list()
    assert found.fingerprint == same.fingerprint
    assert (found.name, found.protocol, found.pinned) == ("hub-out-low-resource", "imported", False)
    assert found.domains == ("attraction", "hotel", "restaurant", "taxi", "train")
    assert imported(tmp_path / "out", ("test",), config="taxi").splits["test"].num_rows == 201
    assert set(imported(tmp_path / "out").splits) == {"validation", "test"}, "all is the default"
    with pytest.raises(TodsumError, match=r"unknown config of .*did you mean taxi"):
        imported(tmp_path / "out", config="taxy")


HTTP = """
import json, sys
from pathlib import Path
from todsum.data.imported.opening import Import, open_import
from todsum.data.imported.reference import parse_reference
found = []
for place in sys.argv[1:]:
    built = open_import(Import(parse_reference(place), "taxi")).build(("train", "validation", "test"))
    rows = {split: rows.to_list() for split, rows in built.splits.items()}
    found.append([rows, built.fingerprint, built.pinned, built.facts.lock.revision])
print(json.dumps(found))
"""


def test_the_hub_gives_what_the_folder_gives(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(hub_data("todsum", toy_data(tmp_path / "data"), "full"), out)
    (out / "toy.py").write_text("raise SystemExit('a script was run')", encoding="utf-8")
    with hub() as stub:
        commit = stub.add("org/toy", out)
        (out / "toy.py").unlink()
        places = [f"hub:org/toy@{commit}", "hub:org/toy", f"hub:{out}", f"hub:file://{out}"]
        code = HTTP.replace("sys.argv[1:]", repr(places))
        done = run_with(stub, code, tmp_path)
        assert done.returncode == 0, done.stderr
        by_commit, newest, folder, url = json.loads(done.stdout)
        got = [asked for asked in stub.asked if asked.startswith("GET /datasets/")]
        stub.asked.clear()
        again = run_with(stub, code.replace("hub:org/toy'", f"hub:org/toy@{commit}'"), tmp_path, HF_HUB_OFFLINE="1")
        assert again.returncode == 0 and stub.asked == [], "what is here is not downloaded again"
        wrong = run_with(stub, HTTP.replace("sys.argv[1:]", f"['hub:org/toy@{'b' * 40}']"), tmp_path)
        assert "the hub has no such revision" in wrong.stderr or "can't be" in wrong.stderr, wrong.stderr
        offline = run_with(stub, HTTP.replace("sys.argv[1:]", "['hub:org/other']"), tmp_path, HF_HUB_OFFLINE="1")
        assert "HF_HUB_OFFLINE is set" in offline.stderr
    assert by_commit == newest and by_commit[:2] == folder[:2] == url[:2]
    assert by_commit[2:] == [True, commit] and folder[2:] == [False, ""]
    names = sorted(asked.split(f"/resolve/{commit}/")[1] for asked in got)
    files = [f"data/taxi/{split}-00000-of-00001.parquet" for split in ("test", "train", "validation")]
    assert names == ["README.md", *files], "each file of the config once, and nothing else"


def test_a_column_map_reads_samsum_and_dialogsum(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "samsum" / "test.jsonl", [samsum(0), samsum(1)])
    (example, _) = from_rows(imported(tmp_path / "samsum", ("test",), columns=MAP).splits["test"])
    assert example == Example(
        id="s0",
        dataset="hub-samsum",
        group="s0",
        domains=(),
        turns=(
            Turn("Amanda", "I baked cookies. Do you want some?"),
            Turn("Jerry", "Sure! at 9: 30 :-)"),
            Turn("Amanda", "Here: http://x.y"),
        ),
        summary=("Amanda baked cookies.", "Jerry wants some."),
    )
    folder = tmp_path / "dialogsum"
    folder.mkdir()
    with (folder / "test.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "dialogue", "summary", "topic"])
        writer.writerow(["t0", "#Person1#: Hi, Mr. Smith: sit.\n#Person2#: I'm ill.", "#Person2# is ill.", "health"])
        writer.writerow(["t1", "#Person1#: Hi! #Person2#: Hello.", "They greet.", "small talk"])
    columns = ColumnMap(dialogue="dialogue", summary="summary", domains="topic")
    built = imported(folder, ("test",), columns=columns)
    first, second = from_rows(built.splits["test"])
    assert first.turns == (Turn("Person1", "Hi, Mr. Smith: sit."), Turn("Person2", "I'm ill."))
    assert second.turns == (Turn("Person1", "Hi!"), Turn("Person2", "Hello."))
    assert (first.id, first.domains, built.domains) == ("test-1", ("health",), ("health", "small talk"))
    own = ColumnMap(dialogue="talk", summary="gist")
    write_jsonl(tmp_path / "own" / "test.jsonl", [{"talk": ["A - hello", "B - bye"], "gist": ["One.", "Two."]}])
    (third,) = from_rows(imported(tmp_path / "own", ("test",), columns=own, speakers=r"^(\w) - ").splits["test"])
    assert third.turns == (Turn("A", "hello"), Turn("B", "bye")) and third.summary == ("One.", "Two.")


WORDS = ["000", "00", "None", "NA", "null", "nan", "1e5", "true", "2024-01-02", "1.0", "0x1F", "9" * 30]


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "json"])
def test_columns_are_what_the_file_says(kind: str, tmp_path: Path) -> None:
    rows = [{"id": i, "dialogue": f"Ana: {i}", "summary": i, "query": i, "domains": i, "group": i} for i in WORDS]
    (tmp_path / "d").mkdir()
    with (tmp_path / "d" / f"test.{kind}").open("w", encoding="utf-8", newline="") as stream:
        if kind in ("csv", "tsv"):
            writer = csv.DictWriter(stream, list(rows[0]), delimiter="," if kind == "csv" else "\t")
            writer.writeheader()
            writer.writerows(rows)
        else:
            stream.write(json.dumps(rows) if kind == "json" else "".join(json.dumps(row) + "\n" for row in rows))
    columns = ColumnMap(**{name: name for name in rows[0]})
    found = [
        (e.id, e.turns[0].text, e.summary, e.query, e.domains, e.group)
        for e in from_rows(imported(tmp_path / "d", ("test",), columns=columns).splits["test"])
    ]
    assert found == [(i, i, (i,), i, (i,), i) for i in WORDS]


def test_ids_may_be_whole_numbers(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum(id=7), samsum(id="007"), samsum(id=0)])
    assert imported(tmp_path / "d", ("test",), columns=MAP).splits["test"]["id"] == ["7", "007", "0"]


def test_an_empty_cell_is_none(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "test.csv").write_text("dialogue,summary,query,topic\nAna: hi,So.,,\n", encoding="utf-8")
    columns = ColumnMap(dialogue="dialogue", summary="summary", query="query", domains="topic")
    (example,) = from_rows(imported(tmp_path / "d", ("test",), columns=columns).splits["test"])
    assert (example.query, example.domains, example.id) == (None, (), "test-1")


def test_a_card_may_name_a_delimiter_and_a_field(tmp_path: Path) -> None:
    for name, body, more in (
        ("test.csv", "dialogue|summary\nAna: a, b; c|So.\n", {"sep": "|"}),
        ("test.json", '{"rows": [{"dialogue": "Ana: a, b; c", "summary": "So."}]}', {"field": "rows"}),
    ):
        folder = tmp_path / name[:-4]
        folder.mkdir()
        (folder / name).write_text(body, encoding="utf-8")
        header = {"configs": [{"config_name": "default", "data_files": [{"split": "test", "path": name}], **more}]}
        (folder / "README.md").write_text(f"---\n{yaml.safe_dump(header)}---\n", encoding="utf-8")
        columns = ColumnMap(dialogue="dialogue", summary="summary")
        (example,) = from_rows(imported(folder, ("test",), columns=columns).splits["test"])
        assert example.turns == (Turn("Ana", "a, b; c"),)


BROKEN = [
    ({"dialogue": "  "}, "dialogue: the dialogue is empty"),
    ({"dialogue": "hello there"}, "dialogue: no speaker at the beginning: 'hello there'"),
    ({"dialogue": None}, "dialogue should be text, not null"),
    ({"summary": " "}, "summary is empty"),
    ({"id": ""}, "id is empty"),
    ({"id": "s0"}, "duplicate id 's0'"),
    ({"id": None}, "id is empty"),
    ({"id": True}, "id should be text or a whole number, not a boolean"),
    ({"id": 1.5}, "id should be text or a whole number, not a decimal number"),
    ({"dialogue": [{"speaker": "a"}]}, "dialogue: turn 1: expected speaker and text"),
    ({"dialogue": 7}, "dialogue should be text, not a number"),
]


@pytest.mark.parametrize(("change", "reason"), BROKEN)
def test_a_broken_row_is_named(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "d" / "test-a.jsonl", [samsum(0), samsum(1)])
    write_jsonl(tmp_path / "d" / "test-b.jsonl", [samsum(2), samsum(3, **change), samsum(4, summary="")])
    with pytest.raises(TodsumError) as raised:
        imported(tmp_path / "d", ("test",), columns=MAP)
    assert f"test-b.jsonl: record 2: {reason}" in str(raised.value)
    assert "(and 1 more rows" in str(raised.value)


def test_broken_rows_of_our_own_schema(tmp_path: Path) -> None:
    built = build("todsum-sim", toy_data(tmp_path / "data"))
    rows = built.splits["test"].to_list()[:3]
    rows[1]["evidence"] = [4]
    write_jsonl(tmp_path / "d" / "test.jsonl", rows)
    with pytest.raises(TodsumError, match=r"test.jsonl: record 2: evidence names a turn that is not there"):
        imported(tmp_path / "d", ("test",))
    rows[1]["evidence"], rows[1]["domains"] = [], ["../x"]
    write_jsonl(tmp_path / "d" / "test.jsonl", rows)
    with pytest.raises(TodsumError, match=r"'../x' can't be the name of a domain"):
        imported(tmp_path / "d", ("test",))


def test_what_is_no_data_set_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(TodsumError, match="no such folder"):
        imported(tmp_path / "none")
    (tmp_path / "d").mkdir()
    with pytest.raises(TodsumError, match=r"no Parquet, JSON or CSV files \(scripts are never run\)"):
        imported(tmp_path / "d")
    write_jsonl(tmp_path / "d" / "train.jsonl", [samsum()])
    with pytest.raises(TodsumError, match="no test split, which is what cells are tested on: it has train"):
        imported(tmp_path / "d", columns=MAP)
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum()])
    with pytest.raises(TodsumError, match="test: the id 's0' is in another split"):
        imported(tmp_path / "d", columns=MAP)
    with pytest.raises(TodsumError, match=r"no column 'dataset': it has id, dialogue, summary; map them"):
        imported(tmp_path / "d", ("test",))
    (tmp_path / "d" / "train.jsonl").unlink()
    topics = [samsum(n, topic=f"topic {n}") for n in range(101)]
    write_jsonl(tmp_path / "d" / "test.jsonl", topics)
    with pytest.raises(TodsumError, match="101 domains are too many"):
        imported(tmp_path / "d", ("test",), columns=MAP.model_copy(update={"domains": "topic"}))
    (tmp_path / "d" / "d.py").write_text("raise SystemExit('a script was run')", encoding="utf-8")
    with pytest.raises(TodsumError, match=r"d\.py is a loading script: never run"):
        imported(tmp_path / "d", columns=MAP)


@pytest.mark.parametrize("pattern", ["https://example.org/x.jsonl", "/etc/*.json", "../x/*.json", "zip://a::b.zip"])
def test_a_card_can_not_name_files_outside(pattern: str, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum()])
    header = {"configs": [{"config_name": "default", "data_files": [{"split": "test", "path": pattern}]}]}
    (tmp_path / "d" / "README.md").write_text(f"---\n{yaml.safe_dump(header)}---\n", encoding="utf-8")
    with pytest.raises(TodsumError, match="names files outside of it"):
        imported(tmp_path / "d", columns=MAP)


@pytest.mark.parametrize("name", ["test.txt", "test.arrow", "test.pkl", "test.zip"])
def test_other_kinds_of_files_are_not_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / name).write_bytes(b"x")
    (tmp_path / "d" / "notes.json").write_text("{}", encoding="utf-8")
    header = {"configs": [{"config_name": "default", "data_files": [{"split": "test", "path": name}]}]}
    (tmp_path / "d" / "README.md").write_text(f"---\n{yaml.safe_dump(header)}---\n", encoding="utf-8")
    with pytest.raises(TodsumError, match=r"hub:.*/d: "):
        imported(tmp_path / "d", columns=MAP)


def test_the_fingerprint_is_of_files_and_reading(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum(0, topic="a")])
    first = imported(tmp_path / "d", ("test",), columns=MAP).fingerprint
    assert imported(tmp_path / "d", ("test",), columns=MAP).fingerprint == first
    (tmp_path / "d").rename(tmp_path / "e")
    assert imported(tmp_path / "e", ("test",), columns=MAP).fingerprint == first, "where it lies does not matter"
    other = MAP.model_copy(update={"domains": "topic"})
    assert imported(tmp_path / "e", ("test",), columns=other).fingerprint != first
    write_jsonl(tmp_path / "e" / "test.jsonl", [samsum(1, topic="a")])
    assert imported(tmp_path / "e", ("test",), columns=MAP).fingerprint != first


def test_rows_that_are_left_out(tmp_path: Path) -> None:
    rows = [samsum(1), samsum(2, dialogue=""), samsum(3, dialogue="Ana:: hi\nBob: yo")]
    write_jsonl(tmp_path / "train.jsonl", rows)
    write_jsonl(tmp_path / "test.jsonl", [samsum(4)])
    with pytest.raises(TodsumError, match=r"record 2: dialogue: the dialogue is empty"):
        imported(tmp_path, ("train", "test"), columns=MAP)
    built = imported(tmp_path, ("train", "test"), columns=MAP, without=("s2",))
    assert list(built.splits["train"]["id"]) == ["s1", "s3"]
    assert built.splits["train"][1]["turns"][0] == {"speaker": "Ana", "text": "hi"}
    assert imported(tmp_path, ("test",), columns=MAP, without=("s2",)).splits["test"].num_rows == 1
    with pytest.raises(TodsumError, match="without names the id 's9', which no row has"):
        imported(tmp_path, ("train", "test"), columns=MAP, without=("s2", "s9"))
    by_row = ColumnMap(dialogue="dialogue", summary="summary")
    assert imported(tmp_path, ("train", "test"), columns=by_row, without=("train-2",)).splits["train"].num_rows == 2
