"""Counts of what was cut, in results: against slow counts, over kills and when predictions are scored again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from tests.bench.toy import toy_data, write_suite
from todsum.bench.cell import Cell, plan
from todsum.bench.runner import Options, run_cell
from todsum.bench.suite import read_suite
from todsum.data.builder import build
from todsum.data.schema import Example, from_rows
from todsum.methods.cuts import cut_notes
from todsum.training.texts import dialogue_text, structure_text, target_text

SOURCE, TARGET, STATE = 40, 9, 12
SMALL: dict[str, Any] = {
    "max_steps": 3,
    "max_source_tokens": SOURCE,
    "max_target_tokens": TARGET,
    "max_state_tokens": STATE,
    "eval_batch_size": 3,
    "beams": 1,
    "backbone": "scratch",
}
METHODS = [
    {"name": "state-aware", "label": "aware", "settings": SMALL},
    {
        "name": "finetune",
        "label": "tracked",
        "settings": SMALL | {"prompt": "state", "states": "predicted", "max_source_tokens": 96},
    },
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Cell]]:
    folder = tmp_path_factory.mktemp("losses")
    data = toy_data(folder / "data")
    cells = {cell.spec.label: cell for cell in plan(read_suite(write_suite(folder / "s.yaml", methods=METHODS)), data)}
    for cell in cells.values():
        outcome = run_cell(cell, Options(folder / "runs", "cpu", scoring_workers=1))
        assert outcome.state == "finished", outcome
    return folder, cells


def place(ran: tuple[Path, dict[str, Cell]], label: str) -> Path:
    return ran[0] / "runs" / ran[1][label].spec.folder()


def result(cell: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((cell / "result.json").read_text())
    return found


def examples(folder: Path, split: str) -> list[Example]:
    return from_rows(build("todsum-sim", folder / "data", splits=(split,)).splits[split])


def longer(tokenizer: Any, texts: Sequence[str], room: int) -> int:
    """How many texts do not come out whole of so many tokens, special ones included."""
    return sum(len(tokenizer(text)["input_ids"]) > room for text in texts)


def test_cuts_are_those_that_the_tokenizer_tells(ran: tuple[Path, dict[str, Cell]]) -> None:
    cell = place(ran, "aware")
    tokenizer = AutoTokenizer.from_pretrained(cell / "model")
    found = result(cell)
    for phase, split in (("train", "train"), ("dev", "validation"), ("test", "test")):
        some = examples(ran[0], split)
        expected = {
            "examples": len(some),
            "source": longer(tokenizer, [dialogue_text(example) for example in some], SOURCE),
            "query": 0,
            "state": longer(tokenizer, [structure_text(example, "state") for example in some], STATE),
        }
        counts = dict(found["facts"]["cut"][phase])
        last = "output" if phase == "test" else "reference"
        assert {name: count for name, count in counts.items() if name != last} == expected
        if phase != "test":
            assert counts[last] == longer(tokenizer, [target_text(example) for example in some], TARGET)
    rows = [json.loads(line) for line in (cell / "predictions.jsonl").read_text().splitlines()]
    assert found["facts"]["cut"]["test"]["output"] == sum("output" in row.get("cut", []) for row in rows)
    train, test = found["facts"]["cut"]["train"], found["facts"]["cut"]["test"]
    assert train["state"] and train["reference"], "the test has something to count"
    assert any(
        note.startswith(f"states cut at max_state_tokens ({STATE}): {train['state']} of 12 in training, ")
        and note.endswith(f"{test['state']} of 22 in testing")
        for note in found["notes"]
    )
    assert any(note.startswith(f"references cut at max_target_tokens ({TARGET}): ") for note in found["notes"])


def test_texts_are_counted(ran: tuple[Path, dict[str, Cell]]) -> None:
    for label in ran[1]:
        cell = place(ran, label)
        summaries = [json.loads(line)["summary"] for line in (cell / "predictions.jsonl").read_text().splitlines()]
        found = result(cell)
        empty = sum(not summary.strip() for summary in summaries)
        assert found["facts"]["texts"]["summaries"]["empty"] == empty
        assert found["facts"]["texts"]["references"]["texts"] == 22
        assert any(note.startswith("ALL SUMMARIES ARE EMPTY") for note in found["notes"]) == (empty == 22)


def test_a_tracker_counts_apart(ran: tuple[Path, dict[str, Cell]]) -> None:
    cell = place(ran, "tracked")
    found, rows = result(cell), [json.loads(line) for line in (cell / "states.jsonl").read_text().splitlines()]
    its = found["facts"]["state_tracker"]["cut"]
    assert its["train"]["examples"] == 12
    assert its["test"]["output"] == sum("output" in row.get("cut", []) for row in rows)
    assert its["test"]["output"], "an untrained tracker goes on to the end"
    assert any(
        note.startswith(f"state tracker: states that ended only at max_state_tokens ({STATE})")
        for note in found["notes"]
    )


@pytest.mark.parametrize("label", ["aware", "tracked"])
@pytest.mark.parametrize("lines", [0, 7])
def test_a_cell_that_goes_on_counts_the_same(
    ran: tuple[Path, dict[str, Cell]], tmp_path: Path, label: str, lines: int
) -> None:
    whole, runs = place(ran, label), tmp_path / "runs"
    cell = runs / ran[1][label].spec.folder()
    shutil.copytree(whole, cell)
    (cell / "result.json").unlink()
    kept = (cell / "predictions.jsonl").read_bytes().splitlines(keepends=True)[:lines]
    (cell / "predictions.jsonl").write_bytes(b"".join(kept))
    assert run_cell(ran[1][label], Options(runs, "cpu", scoring_workers=1)).state == "finished"
    one, other = result(whole), result(cell)
    for told in (one, other):
        told.pop("provenance")
    assert one == other
    assert (cell / "predictions.jsonl").read_bytes() == (whole / "predictions.jsonl").read_bytes()


@pytest.mark.parametrize("version", ["now", "before"])
def test_predictions_that_are_scored_again(ran: tuple[Path, dict[str, Cell]], tmp_path: Path, version: str) -> None:
    """What the texts tell is counted again; what they do not tell stays, and is not made up for old results."""
    whole, runs = place(ran, "aware"), tmp_path / "runs"
    cell = runs / ran[1]["aware"].spec.folder()
    shutil.copytree(whole, cell)
    old = result(cell)
    old["signatures"]["rouge"] = "rouge|v:0"
    del old["facts"]["texts"]
    if version == "before":
        del old["facts"]["cut"]
    old["notes"] = []
    (cell / "result.json").write_text(json.dumps(old))
    assert run_cell(ran[1]["aware"], Options(runs, "cpu", scoring_workers=1)).state == "finished"
    one, other = result(whole), result(cell)
    assert other["facts"]["texts"] == one["facts"]["texts"]
    if version == "now":
        assert other == one
    else:
        assert "cut" not in other["facts"]
        assert not any(" cut at " in note for note in other["notes"])
        assert other["scores"] == one["scores"]


@pytest.mark.parametrize("counts", [None, 3, [], {"train": 1}, {"train": {"source": "x"}}, {"test": {"source": {}}}])
def test_facts_of_a_stranger(counts: object) -> None:
    assert cut_notes(counts, {"source": "sources cut"}) == []
