"""One good file of every kind that a command reads."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

from click.testing import CliRunner

from tests.bench.toy import toy_data, write_suite
from tests.data.published import meeting, write_qmsum
from tests.leaderboard.made import lines, meta, write_submission
from tests.report.cells import result, rouge_columns, spec, write_cell
from todsum.cli import cli

RUNS, LABELS = "runs", ("lead-3", "longest-3")

FACTS = {
    "parameters": 1000,
    "trainable_parameters": 10,
    "device": "cpu",
    "dtype": "float32",
    "steps": 5,
    "dev_loss": 0.5,
    "truncated": {"source": 1},
    "domain_words": {"taxi": ["car"]},
    "state_tracking": {"joint_goal_accuracy": 0.5, "unparsed": 1},
    "tokens": {"prompt": 3, "completion": 4},
    "cost": 0.1,
}
PROVENANCE = {
    "git": {"commit": "abc", "dirty": False},
    "packages": {"torch": "2"},
    "machine": "m",
    "device": "cpu",
    "processes": 1,
    "threads": 1,
    "batch_size": 4,
    "wall_s": 2.5,
    "device_s": 2.5,
    "peak_memory_mb": 500.0,
    "attempts": 1,
}
LEAK = {"held_out": "taxi", "train": {"candidates": 9, "refused": 2, "mentions": 7, "kept": 7}, "duplicate_ids": ["x"]}


def make(root: Path) -> dict[str, Path]:
    """Fills a folder; returns where the files lie in it, by name.

    Needs the folder to be the current one, and a cache of its own.
    """
    data = toy_data(root / "data", train=3, valid=2, test=12)
    write_suite(root / "suite.yaml", methods=list(LABELS))
    _run("run", "suite.yaml", "--data", "data", "--out", RUNS)
    manifest = {"simulator": 1, "seed": 0, "domains": ["academic"], "counts": {"test": 3}}
    write_qmsum(root / "data", {"Academic/test/M1": meeting()})
    (data / "qmsum" / "simulation.json").write_text(json.dumps(manifest), encoding="utf-8")
    cell = next((root / RUNS).rglob("lead-3/*/result.json")).parent.relative_to(root)
    write_submission(root / "board/submissions/mine", meta(), lines(data))
    _run("leaderboard", "add", RUNS, "--leaderboard", "runs-board", "--data", "data")
    _run("data", "build", "todsum", "--data", "data", "--out", "built")
    _run("leaderboard", "score", "--leaderboard", "board", "--data", "data", "--workers", "1")
    _hub(root / "hub")
    _trained(root)
    _text(root, cell)
    _rating(root)
    return {
        "tuned": Path(next((root / "tuned").rglob("result.json")).parent.name.partition("-")[2]),
        "cell": cell,
        "source": Path("data/todsum/todsum/test.json"),
        "manifest": Path("data/todsum/simulation.json"),
        "meeting": Path("data/qmsum/data/Academic/test/M1.json"),
    }


def _run(*arguments: str) -> None:
    found = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert found.exit_code == 0, found.output


def _hub(folder: Path) -> None:
    rows = [{"id": f"e{i}", "dialogue": "ana: hello\nben: bye", "summary": "they met."} for i in range(3)]
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n# Data\n", encoding="utf-8")
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "data" / "test.jsonl").write_text(text, encoding="utf-8")


def _trained(root: Path) -> None:
    """A finished cell whose model is only begun, and an exported model without weights: enough to be refused."""
    cell = spec(input={"view": "dialogue", "markers": False}, settings={}, dataset="todsum-sim")
    content = result(cell, rouge_columns([0.5, 0.25]), facts=FACTS, provenance=PROVENANCE, leak=LEAK)
    shutil.copytree(write_cell(root / "tuned", cell, content), root / "trained")
    model = root / "trained" / "model"
    model.mkdir()
    for name in ("finetune.json", "config.json"):
        (model / name).write_text(json.dumps({"backbone": "scratch"}), encoding="utf-8")
    manifest = {"todsum": 1, "spec": cell.model_dump(mode="json"), "n": 1, "scores": {}, "signatures": {}}
    manifest |= {"leak": None, "notes": [], "facts": {}, "files": {}}
    (model / "model.safetensors").write_bytes(b"")
    (root / "pushed").mkdir()
    (root / "pushed" / "todsum.json").write_text(json.dumps(manifest), encoding="utf-8")


def _text(root: Path, cell: Path) -> None:
    predictions = (root / cell / "predictions.jsonl").read_text(encoding="utf-8")
    (root / "predictions.jsonl").write_text(predictions, encoding="utf-8")
    (root / "hypotheses.txt").write_text("a taxi.\na hotel.\n", encoding="utf-8")
    (root / "references.txt").write_text("a taxi to ely.\na hotel.\n", encoding="utf-8")
    (root / "states.txt").write_text(
        "taxi inform ( destination = ely )\nhotel inform ( area = north )\n", encoding="utf-8"
    )
    turns = [{"speaker": "user", "text": "i need a taxi"}]
    slot = {"domain": "taxi", "intent": "inform", "slot": "destination", "value": "ely"}
    row = {"id": "a", "turns": turns, "query": "why ?", "domains": ["taxi"], "evidence": [0], "state": [slot]}
    (root / "dialogues.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    row |= {"dataset": "d", "group": "g", "summary": ["a taxi."]}
    (root / "own").mkdir()
    (root / "own" / "test.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    (root / "dialogues.txt").write_text("user: i need a taxi\nagent: when ?\n", encoding="utf-8")


def _rating(root: Path) -> None:
    _run("human", "export", RUNS, "--out", "rating", "--data", "data", "--raters", "2", "--examples", "2")
    for rater, value in (("ann", "4"), ("ben", "5")):
        with (root / f"rating/rater-{1 + (rater == 'ben')}/items.csv").open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = csv.reader(stream)
        with (root / f"{rater}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *([*row[:4], value, value, value, value, ""] for row in rows)])
    _run("human", "import", "ann.csv", "ben.csv", "--key", "rating/key.json", "--into", RUNS)
