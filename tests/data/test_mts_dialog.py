from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from datasets import load_dataset

from tests.bench.toy import write_suite
from tests.data.published import relock, write_mts
from todsum.bench.cell import plan
from todsum.bench.suite import read_suite
from todsum.data.builder import BuiltData, build
from todsum.data.evaluation_settings import few_shot, transfer, zero_shot
from todsum.data.hub.configs import hub_data
from todsum.data.hub.export import export
from todsum.data.lock import read_lock
from todsum.data.mts_dialog import FILES, SECTIONS
from todsum.data.schema import Example, from_rows
from todsum.errors import TodsumError

#: Names and training counts of the sections with at least 40 training pairs, by the authors' files.
LARGE = {
    "fam-sochx": 351,
    "genhx": 282,
    "pastmedicalhx": 118,
    "cc": 77,
    "pastsurgical": 63,
    "allergy": 60,
    "ros": 60,
    "medications": 54,
}
ROW = {
    "ID": "0",
    "section_header": "CC",
    "section_text": "Cough.",
    "dialogue": "Doctor: What is it?\r\nPatient: A cough.",
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TODSUM_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def mts(data_dir: Path, cache: None) -> BuiltData:
    if not (data_dir / "mts-dialog").is_dir():
        pytest.skip("no mts-dialog/ in the data folder")
    return build("mts-dialog", data_dir)


@pytest.fixture(scope="module")
def examples(mts: BuiltData) -> dict[str, Example]:
    return {example.id: example for rows in mts.splits.values() for example in from_rows(rows)}


@pytest.fixture(scope="module")
def published(data_dir: Path) -> dict[str, dict[str, str]]:
    """The rows of all four files by id, as the standard library reads them."""
    found = {}
    for begin, name in [pair for names in FILES.values() for pair in names.items()]:
        with (data_dir / "mts-dialog" / name).open(encoding="utf-8", newline="") as file:
            found |= {f"{begin}-{row['ID']}": row for row in csv.DictReader(file)}
    return found


def letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_counts_are_those_of_the_files_and_of_the_lock(mts: BuiltData, published: dict[str, dict[str, str]]) -> None:
    assert {split: len(rows) for split, rows in mts.splits.items()} == {"train": 1201, "validation": 100, "test": 400}
    assert mts.pinned
    names = [id for rows in mts.splits.values() for id in rows["id"]]
    assert names == list(published), "all rows, in the order of the files"
    assert Counter(name.rsplit("-", 1)[0] for name in names) == {
        "train": 1201,
        "validation": 100,
        "test-1": 200,
        "test-2": 200,
    }
    lock = read_lock("mts-dialog")
    for begin, details in lock.details.items():
        headers = Counter(row["section_header"] for id, row in published.items() if id.rsplit("-", 1)[0] == begin)
        domains = {domain: headers[header] for domain, header in zip(lock.domains, SECTIONS, strict=True)}
        assert details == {domain: str(count) for domain, count in domains.items()}
    trained = [int(lock.details["train"][domain]) for domain in lock.domains]
    assert trained == sorted(trained, reverse=True), "domains by their training frequency"
    assert lock.targets == tuple(LARGE) == tuple(d for d in lock.domains if int(lock.details["train"][d]) >= 40)


def test_every_word_is_kept(examples: dict[str, Example], published: dict[str, dict[str, str]]) -> None:
    for id, row in published.items():
        example = examples[id]
        assert letters("".join(f"{turn.speaker}:{turn.text}" for turn in example.turns)) == letters(row["dialogue"])
        assert " ".join(example.summary).split() == row["section_text"].split()
        assert (
            example.group == id and example.dataset == "mts-dialog" and example.query == SECTIONS[row["section_header"]]
        )
        assert example.domains == (row["section_header"].lower().replace("/", "-").replace("_", "-"),)
        assert re.fullmatch(r"[a-z][a-z-]*", example.domains[0]), "fit for folders and pages"
        assert not example.state and not example.evidence


def test_the_oddities_of_the_published_files(
    examples: dict[str, Example], published: dict[str, dict[str, str]]
) -> None:
    speakers = Counter(turn.speaker for example in examples.values() for turn in example.turns)
    usual = {
        "Doctor",
        "Patient",
        "Doctor_2",
        *(f"Guest_{who}" for who in ("family", "family_1", "family_2", "clinician")),
    }
    odd = {"Guest_clinican": 2, "Guest_family2": 2, "Gest_family": 1, "Docotr_2": 1, '"Doctor': 1}
    assert {name: count for name, count in speakers.items() if name not in usual} == odd
    assert speakers["Doctor"] == 8100 and speakers["Patient"] == 6796
    begins = re.compile(r"\s*\"?\w+:")
    lines = {id: [line for line in row["dialogue"].splitlines() if line.strip()] for id, row in published.items()}
    spoken = {id: sum(bool(begins.match(line)) for line in found) for id, found in lines.items()}
    assert {id for id, found in lines.items() if len(found) != spoken[id]} == {"train-307", "train-1156", "test-1-102"}
    assert {id: len(example.turns) for id, example in examples.items()} == spoken
    inside = re.compile(r"\b(?:Doctor|Patient):")
    within = {e.id for e in examples.values() if any(inside.search(turn.text) for turn in e.turns)}
    assert within == {"train-295", "train-469", "train-505", "validation-4"}
    assert {id for id, count in spoken.items() if count == 1} == {"train-700", "train-1013", "test-2-20"}
    same: dict[str, list[str]] = {}
    for example in examples.values():
        same.setdefault(letters(published[example.id]["dialogue"]), []).append(example.id)
    assert [ids for ids in same.values() if len(ids) > 1] == [
        ["train-56", "validation-58"],
        ["train-256", "train-1109"],
        ["train-284", "validation-4"],
        ["train-901", "train-989", "test-2-59", "test-2-153"],
        ["train-926", "test-1-106"],
    ]
    assert not any(not turn.text for example in examples.values() for turn in example.turns)
    files: dict[str, set[str]] = {}
    for id, row in published.items():
        files.setdefault(row["section_text"].strip().lower(), set()).add(id.rsplit("-", 1)[0])
    assert sum(len(found) > 1 for found in files.values()) == 37


def test_a_left_out_section_is_not_trained_on(mts: BuiltData) -> None:
    task = zero_shot(mts.splits, "fam-sochx")
    assert all(domains != ["fam-sochx"] for rows in (task.train, task.dev) for domains in rows["domains"])
    assert {domain for domains in task.test["domains"] for domain in domains} == {"fam-sochx"}
    assert task.leak.train.refused == 351 == len(task.unlabelled) and task.leak.dev.refused == 22
    assert task.leak.duplicate_ids == ("train-901", "train-926", "train-989")
    assert len(few_shot(mts.splits, "fam-sochx", 10).train) == len(task.train) + 10
    assert {domain for domains in transfer(mts.splits, "ros", "cc").train["domains"] for domain in domains} == {"ros"}


def test_settings_test_the_large_sections_where_a_suite_names_none(
    data_dir: Path, tmp_path: Path, mts: BuiltData
) -> None:
    settings = ["in-domain", "zero-shot", {"name": "zero-shot", "targets": ["labs"]}, "transfer"]
    path = write_suite(tmp_path / "s.yaml", dataset="mts-dialog", settings=settings, methods=["lead-3", "state-plain"])
    cells = plan(read_suite(path), data_dir)
    made = [cell.spec for cell in cells if cell.spec.method == "lead-3"]
    assert [s.target for s in made if s.setting == "zero-shot"] == [*LARGE, "labs"]
    assert [s.target for s in made if s.setting == "in-domain"] == ["all"]
    pairs = [(s.source, s.target) for s in made if s.setting == "transfer"]
    assert pairs == [(source, target) for source in LARGE for target in LARGE]
    assert all(s.input == {"view": "dialogue", "markers": False} for s in made)
    problems = {cell.problem for cell in cells if cell.spec.method == "state-plain"}
    assert problems == {"state-plain reads dialogue states, and https://github.com/abachaa/MTS-Dialog has none"}


def test_it_reloads_from_its_export(data_dir: Path, mts: BuiltData, tmp_path: Path) -> None:
    export(hub_data("mts-dialog", data_dir, "full"), tmp_path / "out")
    for config in ("all", "other-history"):
        found = load_dataset(str(tmp_path / "out"), config, cache_dir=str(tmp_path / "hf"))
        for split, rows in mts.splits.items():
            assert found[split].to_list() == [r for r in rows.to_list() if config in ("all", *r["domains"])]
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "license: cc-by-4.0" in card and "CC BY 4.0, as its authors state." in card and "EACL 2023" in card


BROKEN: list[tuple[dict[str, str], str]] = [
    ({"ID": "x"}, "record 2: ID 'x' is not a number"),
    ({"ID": "0"}, "record test-1-0: duplicate id"),
    ({"section_header": "CCC"}, r"record 2 \(test-1-1\): unknown section_header 'CCC': did you mean CC"),
    ({"section_text": " \n"}, "section_text is empty"),
    ({"dialogue": ""}, "the dialogue is empty"),
    ({"dialogue": "hello there"}, "no speaker at the beginning"),
]


@pytest.mark.parametrize(("changes", "reason"), BROKEN)
def test_a_broken_row_is_named(
    changes: dict[str, str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    relock(monkeypatch, "mts-dialog", test=2)
    write_mts(tmp_path, test_1=[ROW, ROW | {"ID": "1"} | changes])
    with pytest.raises(TodsumError, match=reason) as raised:
        build("mts-dialog", tmp_path, splits=("test",), cache=tmp_path / "c")
    assert "mts-dialog" in str(raised.value) and "\n" not in str(raised.value)


RAW = [
    (b"", "no lines in it"),
    (b"ID,section_header,dialogue\n", "no column 'section_text'"),
    (b"\xff\xfeI", "not UTF-8 at byte 0"),
    (b'ID,section_header,section_text,dialogue\n0,CC,"Cou', "broken CSV"),
    (b"ID,section_header,section_text,dialogue\n0,CC\n", "2 cells, and the header has 4"),
]


@pytest.mark.parametrize(("raw", "reason"), RAW)
def test_a_broken_file_is_named(raw: bytes, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relock(monkeypatch, "mts-dialog", test=2)
    write_mts(tmp_path)
    file = "Main-Dataset/MTS-Dialog-TestSet-2-MEDIQA-Sum-2023.csv"
    (tmp_path / "mts-dialog" / file).write_bytes(raw)
    with pytest.raises(TodsumError, match=reason) as raised:
        build("mts-dialog", tmp_path, splits=("test",), cache=tmp_path / "c")
    assert file in str(raised.value)


def test_what_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relock(monkeypatch, "mts-dialog", test=2)
    write_mts(tmp_path, test_1=[ROW], test_2=[ROW])
    built = build("mts-dialog", tmp_path, splits=("test",), cache=tmp_path / "c")
    assert built.splits["test"]["id"][:] == ["test-1-0", "test-2-0"]
    with pytest.raises(TodsumError, match="no low-resource protocol"):
        build("mts-dialog", tmp_path, "low-resource")
    with pytest.raises(TodsumError, match="unknown data set 'mts-dialog-sim': did you mean mts-dialog"):
        build("mts-dialog-sim", tmp_path)
    (tmp_path / "mts-dialog" / FILES["train"]["train"]).unlink()
    with pytest.raises(
        TodsumError, match=r"no Main-Dataset/MTS-Dialog-TrainingSet\.csv, which makes train: pass a full"
    ):
        build("mts-dialog", tmp_path, cache=tmp_path / "c")
