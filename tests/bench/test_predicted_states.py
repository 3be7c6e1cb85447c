"""Cells whose states are predicted: what they leave, that it can be recomputed, and that a kill leaves no trace."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bench.test_kill import kill, start
from tests.bench.toy import toy_data, write_suite
from tests.cli.test_main import run_main
from todsum.data.builder import build
from todsum.data.schema import from_rows
from todsum.data.state import read

SMALL = {
    "max_steps": 30,
    "max_source_tokens": 64,
    "max_target_tokens": 24,
    "max_state_tokens": 40,
    "eval_batch_size": 3,
    "states": "predicted",
}
METHODS = [
    {"name": "finetune", "label": "finetune + predicted", "settings": {"prompt": "state", **SMALL}},
    {"name": "state-aware", "label": "state-aware, predicted", "settings": SMALL},
]


def outcomes(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("result.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        files = [(path.parent / name).read_bytes() for name in ("predictions.jsonl", "states.jsonl")]
        kept = ("key", "ids", "columns", "scores", "signatures", "notes", "reads", "facts")
        found[result["spec"]["method"]] = (*files, {name: result[name] for name in kept})
    return found


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


class Said:
    """What the command line answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        code = run_main(self.monkeypatch, *map(str, arguments))
        return (code, *self.capsys.readouterr())


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(monkeypatch, capsys)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("predicted")
    toy_data(folder / "data")
    write_suite(folder / "suite.yaml", methods=METHODS)
    (folder / "suite.yaml").write_text((folder / "suite.yaml").read_text() + "backbone: scratch\n")
    code, _, stderr = start(folder, "runs").end(300)
    assert code == 0, stderr
    return folder, outcomes(folder / "runs")


def cells(folder: Path) -> Iterator[Path]:
    return (path.parent for path in (folder / "runs").rglob("result.json"))


def test_states_and_their_scores_are_kept(run: tuple[Path, dict[str, Any]]) -> None:
    folder, found = run
    assert set(found) == {"finetune", "state-aware"}
    gold = {e.id: e for e in from_rows(build("todsum-sim", folder / "data", splits=("test",)).splits["test"])}
    for _, states, result in found.values():
        rows = [json.loads(line) for line in states.splitlines()]
        assert [row["id"] for row in rows] == result["ids"]
        assert [row["parsed"] for row in rows] == [read(row["state"]).parsed for row in rows]
        right = [
            {(s.domain, s.intent, s.slot, s.value) for s in read(row["state"]).slots}
            == {(s.domain, s.intent, s.slot.lower(), s.value.lower()) for s in gold[row["id"]].state if s.value}
            for row in rows
        ]
        assert result["columns"]["state_joint_accuracy"] == right
        assert result["scores"]["state_joint_accuracy"] == pytest.approx(sum(right) / len(right))
        unparsed = sum(not row["parsed"] for row in rows)
        assert result["scores"]["state_unparsed"] == pytest.approx(unparsed / len(rows))
        told = f"{unparsed} of {len(rows)} predicted states could not be parsed; what could be read was used"
        assert (told in result["notes"]) == (unparsed > 0)
        assert result["reads"]["state"] is False
        assert "trained on 12 examples: too few to compare with other cells" in result["notes"]
    assert found["finetune"][1] == found["state-aware"][1], "both are served by one tracker"
    assert len(list((folder / "runs" / "parts").iterdir())) == 3


def test_all_is_recomputed_from_the_files(run: tuple[Path, dict[str, Any]], say: Said) -> None:
    folder, _ = run
    for cell in cells(folder):
        recorded = json.loads((cell / "result.json").read_text())["scores"]
        code, out, _ = say("score", "--cell", cell, "--data", folder / "data", "--json")
        assert code == 0
        scores = json.loads(out)["scores"]
        assert {name: None if value is None else value / 100 for name, value in scores.items()} == pytest.approx(
            recorded
        )


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "No such file"), ("", "no prediction for 22 examples"), ('{"id": "test0"}\n', "no field 'state'")],
)
def test_a_cell_without_its_states_is_not_scored(
    run: tuple[Path, dict[str, Any]], say: Said, content: str | None, reason: str
) -> None:
    folder, _ = run
    file = next(cells(folder)) / "states.jsonl"
    kept = file.read_bytes()
    file.unlink() if content is None else file.write_text(content)
    code, _, err = say("score", "--cell", file.parent, "--data", folder / "data")
    file.write_bytes(kept)
    assert code == 2 and reason in err


def test_an_edited_state_is_noticed(run: tuple[Path, dict[str, Any]], say: Said) -> None:
    folder, _ = run
    file = next(cells(folder)) / "states.jsonl"
    kept = file.read_bytes()
    rows = [json.loads(line) | {"state": "spa inform ( pool = yes )"} for line in kept.splitlines()]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, _, err = say("score", "--cell", file.parent, "--data", folder / "data")
    file.write_bytes(kept)
    assert code == 2 and "state_" in err and "edited" in err


def test_the_table_has_the_state_tracking(run: tuple[Path, dict[str, Any]], say: Said) -> None:
    folder, found = run
    _, text, _ = say("table", folder / "runs")
    block = text.split("**State tracking**")[1].split("\n\n")[1]
    assert "finetune + predicted" in block and "state-aware, predicted" in block
    assert "§" not in text
    for entry in json.loads(say("table", folder / "runs", "--format", "json")[1]):
        if entry["target"] == "all":
            score = found[entry["method"]][2]["scores"]["state_slot_f1"]
            assert entry["scores"]["state_slot_f1"]["mean"] == pytest.approx(100 * score)
            assert f"{100 * score:.2f}" in block


@pytest.mark.parametrize("moment", ["parts/*/final", "*/*/*/*/*/states.jsonl"])
def test_killed_at_this_moment(run: tuple[Path, dict[str, Any]], moment: str) -> None:
    folder, expected = run
    out = f"killed-{moment.replace('/', '-').replace('*', '')}"
    command = start(folder, out)
    while command.process.is_alive() and not list((folder / out).glob(moment)):
        time.sleep(0.002)
    kill(command)
    code, _, stderr = start(folder, out).end(300)
    assert code == 0, stderr
    assert outcomes(folder / out) == expected


def test_two_processes_train_each_part_once(run: tuple[Path, dict[str, Any]]) -> None:
    """Both need the tracker at about the same time: one trains it, the other waits."""
    folder, expected = run
    commands = [start(folder, "both", "--only", f"method={glob}") for glob in ("finetune*", "state-aware*")]
    for command in commands:
        code, _, stderr = command.end(300)
        assert code == 0, stderr
    assert outcomes(folder / "both") == expected
    assert len(list((folder / "both" / "parts").iterdir())) == 3
