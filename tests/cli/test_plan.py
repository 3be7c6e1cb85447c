from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.costly import PIECES, cell, finished, new_provenance, old_provenance
from tests.report.cells import write_cell
from todsum.bench.cell import Cell
from todsum.cli.plan import duration, print_plan, size
from todsum.errors import TodsumError
from todsum.metrics.scoring import all_metrics


def now() -> dict[str, str]:
    """ROUGE's signature of today."""
    return {metric.name: metric.signature() for metric in all_metrics() if metric.name == "rouge"}


def done(runs: Path, of: Cell, provenance: dict[str, Any] | None = None, **changes: Any) -> Path:
    """Writes a finished cell."""
    told = new_provenance() if provenance is None else provenance
    return write_cell(runs, of.spec, finished(of.spec, told) | {"signatures": now()} | changes)


@pytest.fixture
def states(tmp_path: Path) -> tuple[Path, list[Cell]]:
    """A run directory with a cell in every state, and the cells."""
    out = tmp_path / "runs"
    cells = [cell(seed=seed, label="a label") for seed in range(8)]
    done(out, cells[0])
    done(out, cells[1], signatures={"rouge": "rouge|v:0"})
    write_cell(out, cells[2].spec, None, {"state": "failed", "reason": "out of \u001b[31mmemory"})
    write_cell(out, cells[3].spec, None, {"state": "dropped", "reason": "no examples"})
    folder = write_cell(out, cells[4].spec, None, {"state": "running"})
    (folder / "predictions.jsonl").write_text("{}\n", encoding="utf-8")
    cells[5] = cell(seed=5, label="a label", problem="no such backbone")
    broken = done(out, cells[6])
    (broken / "result.json").write_text("{}", encoding="utf-8")
    return out, cells


def printed(capsys: pytest.CaptureFixture[str], *arguments: Any, **options: Any) -> list[str]:
    print_plan(*arguments, **options)
    return capsys.readouterr().out.splitlines()


def test_every_state_is_told(states: tuple[Path, list[Cell]], capsys: pytest.CaptureFixture[str]) -> None:
    out, cells = states
    lines = printed(capsys, cells, out)
    for line, one in zip(lines, cells, strict=False):
        assert line.startswith(f"{one.spec.folder()}  a label  ")
    ends = [
        "cached",
        "to score again",
        "failed before: out of [31mmemory",
        "dropped before: no examples",
    ]
    ends += ["goes on", "  ! no such backbone", "to run the cell again", "to run"]
    for line, end in zip(lines, ends, strict=False):
        assert line.endswith(end), line
    assert "  ! " in lines[6]
    assert "≤ 30 s" in lines[4] and "2 seeds of it" in lines[4]
    assert lines[3].split("  a label  ")[1].split()[:3] == ["–", "–", "–"], "it takes no time to be dropped again"
    assert "  3 s  " in lines[1], "prepare and score"
    summary = "\n".join(lines[8:])
    assert (
        "8 cells: 1 cached, 1 to score again, 1 to run, 1 goes on, 1 failed before, 1 dropped before, 2 with a problem"
        in summary
    )
    # Scoring again takes 3 s, three cells 29.5 s each.
    assert "about 92 s with 1 worker; the largest cell needs up to 500 MB" in summary
    assert "without an estimate" not in summary


def test_json_has_the_same(states: tuple[Path, list[Cell]], capsys: pytest.CaptureFixture[str]) -> None:
    out, cells = states
    found = json.loads("\n".join(printed(capsys, cells, out, workers=2, as_json=True)))
    assert [one["state"] for one in found["cells"]] == [
        "cached", "to score again", "failed before", "dropped before", "goes on", "problem", "problem", "to run",
    ]  # fmt: skip
    assert [one["folder"] for one in found["cells"]] == [str(one.spec.folder()) for one in cells]
    assert found["totals"] == {
        "cells": 8,
        "states": {
            "cached": 1, "to score again": 1, "to run": 1, "goes on": 1,
            "failed before": 1, "dropped before": 1, "problem": 2,
        },
        "workers": 2,
        "seconds": 29.5 + 29.5,
        "memory_mb": 500.0,
        "without_estimate": 0,
    }  # fmt: skip
    assert found["cells"][7]["by"] == {"cells": 2, "likeness": "seed", "device": "cpu", "threads": 1}
    again = json.loads("\n".join(printed(capsys, cells, out, workers=2, as_json=True)))
    assert again == found


def test_workers_are_counted_for_what_is_left(
    states: tuple[Path, list[Cell]], capsys: pytest.CaptureFixture[str]
) -> None:
    out, cells = states
    asked: list[list[Cell]] = []
    found = json.loads(
        "\n".join(printed(capsys, cells, out, workers=lambda left, _: asked.append(left) or 3, as_json=True))
    )
    assert found["totals"]["workers"] == 3
    assert asked == [[cells[1], cells[2], cells[4], cells[7]]]
    assert "with 1 worker" not in "".join(printed(capsys, cells[:1], out, workers=lambda left, _: 1 / 0))


def test_columns_are_aligned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [cell(), cell(label="a much longer label", target="restaurant"), cell(target="hotel", method="dop")]
    *lines, _, _, _, _ = printed(capsys, cells, tmp_path / "runs", [_past(tmp_path)])
    assert len(lines) == 3
    assert len({line.index("to run") for line in lines}) == 1


def _past(tmp_path: Path) -> Path:
    past = tmp_path / "past"
    done(past, cell(seed=8), old_provenance(wall_seconds=7200.0, peak_memory_mb=4940.0))
    return past


def test_a_new_run_directory_is_estimated_by_others_and_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, past = tmp_path / "runs", _past(tmp_path)
    before = sorted(path for path in tmp_path.rglob("*"))
    lines = printed(capsys, [cell()], out, [past])
    assert lines[0].split("  ")[2:] == ["2.0 h", "≤ 4.9 GB", "1 seed of it", "to run"]
    assert lines[2:] == [
        "1 cell: 1 to run",
        "about 2.0 h with 1 worker; the largest cell needs up to 4.9 GB",
        "estimated by cells that ran on cpu, threads not known",
    ]
    lines = printed(capsys, [cell()], out)
    assert lines[0].split("  ")[2:] == ["–", "–", "–", "to run"]
    assert lines[2:] == ["1 cell: 1 to run", "not counted in: 1 without an estimate, as no finished cell is like them"]
    assert sorted(path for path in tmp_path.rglob("*")) == before
    with pytest.raises(TodsumError, match="no such run directory"):
        print_plan([cell()], out, [tmp_path / "gone"])


def test_a_finished_suite_has_nothing_to_estimate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done(tmp_path, cell())
    assert printed(capsys, [cell()], tmp_path)[1:] == ["", "1 cell: 1 cached"]


def test_the_device_asked_for_decides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gpu = new_provenance(device="cuda", peak_device_memory_mb=12_000.0)
    done(tmp_path, cell(seed=1), gpu)
    lines = printed(capsys, [cell(seed=2)], tmp_path, device="cuda")
    assert "500 MB, device 12.0 GB" in lines[0]
    assert "  –  " in printed(capsys, [cell(seed=2)], tmp_path, device="cpu")[0]


def test_a_broken_result_elsewhere_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    past = _past(tmp_path)
    broken = done(past, cell(seed=9))
    (broken / "result.json").write_text("[", encoding="utf-8")
    assert "2.0 h" in printed(capsys, [cell()], tmp_path / "runs", [past])[0]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "<1 s"),
        (40.2, "40 s"),
        (99.4, "99 s"),
        (99.6, "2 min"),
        (180, "3 min"),
        (7560, "2.1 h"),
        (360_000, "100.0 h"),
    ],
)
def test_times_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_sizes_as_people_say_them() -> None:
    assert [size(850), size(999.6), size(4940)] == ["850 MB", "1.0 GB", "4.9 GB"]


def test_planning_needs_no_torch() -> None:
    code = "import sys, todsum.cli.plan; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_stages_here_are_those_that_are_recorded() -> None:
    from todsum.bench.stages import STAGES

    assert tuple(PIECES) == STAGES
