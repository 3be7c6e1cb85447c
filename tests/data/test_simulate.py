"""Writing a simulation: the files, the refusals, and that the builders read it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.test_simulate_dialogues import check_record
from todsum.data.builder import build
from todsum.data.simulate import simulate
from todsum.data.state import oracle_line
from todsum.errors import TodsumError

DIALOGUES, MEETINGS = 120, 30
SPLITS = {"train": "train", "validation": "valid", "test": "test"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("simulated") / "new" / "source"
    simulate(out, DIALOGUES, 7, MEETINGS)
    return out


def checksums(root: Path) -> dict[str, str]:
    files = [path for path in root.rglob("*") if path.is_file()]
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def read(source: Path, split: str) -> list[dict]:
    return json.loads((source / "todsum" / "todsum" / f"{SPLITS[split]}.json").read_text(encoding="utf-8"))


def test_the_files_are_those_of_the_authors(source: Path, data_dir: Path) -> None:
    published = {path.relative_to(data_dir).as_posix() for path in data_dir.rglob("*") if path.is_file()}
    for name in checksums(source):
        folder = name.rpartition("/")[0]
        known = name in published or any(file.startswith(f"{folder}/") for file in published if "qmsum/data" in folder)
        assert known or name.endswith(("simulation.json", ".simulation", "todsum/train.json")), name


def test_records_and_counts(source: Path) -> None:
    manifest = json.loads((source / "todsum" / "simulation.json").read_text())
    records = {split: read(source, split) for split in SPLITS}
    assert manifest["counts"] == {split: len(found) for split, found in records.items()}
    assert manifest["counts"] == {"train": 96, "validation": 12, "test": 12}
    everything = [record for found in records.values() for record in found]
    for record in everything:
        check_record(record)
    assert len({record["dialog_id"] for record in everything}) == DIALOGUES
    assert {domain for record in everything for domain in record["dst"]} == set(manifest["domains"])


def test_the_ontology_has_every_value_of_the_test_split(source: Path, data_dir: Path) -> None:
    ontology = json.loads((source / "todsum" / "consistency" / "ontology.json").read_text())
    published = json.loads((data_dir / "todsum" / "consistency" / "ontology.json").read_text())
    five = ("restaurant", "hotel", "attraction", "train", "taxi")
    assert {key for key in ontology if key.startswith(five)} == {key for key in published if key.startswith(five)}
    for record in read(source, "test"):
        for domain, parts in record["dst"].items():
            values = {value for slots in parts.values() for value in slots.values()} - {"", "not mentioned"}
            known = {value for key, found in ontology.items() if key.startswith(f"{domain}-") for value in found}
            assert values <= known


def test_the_builder_reads_the_dialogues(source: Path, tmp_path: Path) -> None:
    built = build("todsum-sim", source, cache=tmp_path)
    oracle = (source / "todsum" / "consistency" / "test.oracle").read_text(encoding="utf-8").splitlines()
    from todsum.data.schema import from_rows

    assert built.name == "todsum-sim"
    for split in SPLITS:
        examples = from_rows(built.splits[split])
        records = read(source, split)
        assert [example.id for example in examples] == [record["dialog_id"] for record in records]
        for example, record in zip(examples, records, strict=True):
            assert [turn.text for turn in example.turns] == record["text"]
            assert example.summary == tuple(record["summary"])
            assert example.domains == tuple(record["dst"])
        if split == "test":
            assert [oracle_line(example.domains, example.state) for example in examples] == oracle


def test_the_builder_reads_the_meetings(source: Path, tmp_path: Path) -> None:
    built = build("qmsum-sim", source, cache=tmp_path)
    manifest = json.loads((source / "qmsum" / "simulation.json").read_text())
    assert manifest["meetings"] == {"train": 24, "validation": 3, "test": 3}
    for split, folder in {"train": "train", "validation": "val", "test": "test"}.items():
        rows = built.splits[split]
        assert len(rows) == manifest["counts"][split]
        assert len(set(rows["group"])) == manifest["meetings"][split]
        assert {domain for domains in rows["domains"] for domain in domains} == {"academic", "committee", "product"}
        located = source / "qmsum" / "extracted_span" / f"{folder}.txt"
        if split != "train":
            assert len(located.read_text(encoding="utf-8").splitlines()) == len(rows)


def test_same_seed_same_bytes(source: Path, tmp_path: Path) -> None:
    simulate(tmp_path / "again", DIALOGUES, 7, MEETINGS)
    assert checksums(tmp_path / "again") == checksums(source)
    simulate(tmp_path / "other", DIALOGUES, 8, MEETINGS)
    assert checksums(tmp_path / "other")["todsum/todsum/test.json"] != checksums(source)["todsum/todsum/test.json"]


def test_another_process_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    code = f"from pathlib import Path; from todsum.data.simulate import simulate; simulate(Path(r'{tmp_path / 'out'}')"
    code += f", {DIALOGUES}, 7, {MEETINGS})"
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "LC_ALL": "C", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert checksums(tmp_path / "out") == checksums(source)


@given(st.integers(3, 40), st.integers(1, 40), st.integers(0, 10**9))
@settings(max_examples=10, deadline=None)
def test_a_larger_simulation_contains_the_smaller(
    tmp_path_factory: pytest.TempPathFactory, small: int, more: int, seed: int
) -> None:
    root = tmp_path_factory.mktemp("sizes")
    simulate(root / "small", small, seed, 0)
    simulate(root / "large", small + more, seed, 0)
    for split in SPLITS:
        few = read(root / "small", split)
        assert read(root / "large", split)[: len(few)] == few
        assert few
    assert not (root / "small" / "qmsum").exists()


def test_an_earlier_simulation_is_replaced(tmp_path: Path) -> None:
    simulate(tmp_path, 60, 1, 30)
    simulate(tmp_path, 30, 2, 9)
    simulate(tmp_path.parent / f"{tmp_path.name}-fresh", 30, 2, 9)
    assert checksums(tmp_path) == checksums(tmp_path.parent / f"{tmp_path.name}-fresh")


@pytest.mark.parametrize("name", ["notes.txt", "todsum/todsum/valid.json", "todsum/simulation.json"])
def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("precious")
    with pytest.raises(TodsumError, match="not empty"):
        simulate(tmp_path, 10, 0)
    assert checksums(tmp_path) == {name: hashlib.sha256(b"precious").hexdigest()}


def test_foreign_files_in_an_earlier_simulation_are_left_alone(tmp_path: Path) -> None:
    simulate(tmp_path, 10, 0, 9)
    (tmp_path / "qmsum" / "data" / "Product" / "test" / "ES2004a.json").write_text("precious")
    before = checksums(tmp_path)
    with pytest.raises(TodsumError, match="ES2004a"):
        simulate(tmp_path, 10, 1, 9)
    assert checksums(tmp_path) == before


def test_links_are_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "train.json").write_text("precious")
    simulate(tmp_path / "out", 10, 0, 0)
    (tmp_path / "out" / "todsum" / "extra").symlink_to(elsewhere)
    with pytest.raises(TodsumError, match="extra"):
        simulate(tmp_path / "out", 10, 1, 0)
    assert (elsewhere / "train.json").read_text() == "precious"


@pytest.mark.parametrize(
    ("dialogues", "seed", "meetings"), [(0, 0, 60), (-5, 0, 60), (2, 0, 60), (10, 0, 8), (10, 0, -1), (10, -1, 60)]
)
def test_sizes_that_fill_no_split_are_refused(tmp_path: Path, dialogues: int, seed: int, meetings: int) -> None:
    with pytest.raises(TodsumError, match=r"at least|negative"):
        simulate(tmp_path / "out", dialogues, seed, meetings)
    assert not (tmp_path / "out").exists()


def test_a_file_in_the_way_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(TodsumError) as error:
            simulate(out, 10, 0)
        assert "\n" not in str(error.value)


def test_what_is_cut_short_leaves_the_earlier_simulation_and_can_be_redone(tmp_path: Path, source: Path) -> None:
    class Stop(Exception):
        pass

    def stop_at(limit: int):  # type: ignore[no-untyped-def]
        def progress(done: int) -> None:
            if done >= limit:
                raise Stop

        return progress

    simulate(tmp_path, 10, 0, 9)
    before = checksums(tmp_path)
    for limit in (0, DIALOGUES + 3):
        with pytest.raises(Stop):
            simulate(tmp_path, DIALOGUES, 7, MEETINGS, stop_at(limit))
        assert checksums(tmp_path) == before
    simulate(tmp_path, DIALOGUES, 7, MEETINGS)
    assert checksums(tmp_path) == checksums(source)


def test_the_verb_keeps_stdout_clean(tmp_path: Path) -> None:
    from todsum.cli.simulate import simulate as verb

    out = tmp_path / "out"
    result = CliRunner().invoke(verb, ["--dialogues", "12", "--meetings", "9", "--seed", "3", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "12 dialogues and 9 meetings" in result.stderr
    assert f"todsum-bench data build todsum --data {out}" in result.stderr
    assert json.loads((out / "todsum" / "simulation.json").read_text())["seed"] == 3
