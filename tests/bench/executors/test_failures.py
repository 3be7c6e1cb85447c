"""Out of memory, a full disk: a failed cell with its reason, and the others go on."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.bench.executors.cells import cells_of, left_on_disk, statuses
from tests.bench.executors.forked import run_forked
from todsum.bench import store
from todsum.bench.cell import Cell
from todsum.bench.executors import InProcess, LocalProcesses, run_cells
from todsum.bench.job import Options
from todsum.bench.result import read_runs
from todsum.bench.runner import Outcome

FULL = os.strerror(errno.ENOSPC)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of half a megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this test may not mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_what_a_cell_may_die_of_is_its_reason(tmp_path: Path) -> None:
    raised = ("memory", "allocator", "cuda", "disk", "exit")
    cells = cells_of(tmp_path, *({"raises": how} for how in raised), {})
    options = Options(tmp_path / "runs", "cpu")
    outcomes = {outcome.spec.label: outcome for outcome in run_cells(cells, options, InProcess())}
    found = statuses(options.runs)
    assert {label: (outcome.state, outcome.reason) for label, outcome in outcomes.items()} == found
    memory, allocator, cuda, disk, left, fine = (found[f"probe {number}"] for number in range(6))
    assert memory == ("failed", "out of memory: no message")
    assert allocator[0] == "failed" and str(allocator[1]).startswith("out of memory: ") and "allocate" in allocator[1]
    assert cuda == ("failed", "out of memory: CUDA out of memory. Tried to allocate 20.00 GiB.")
    assert disk == ("failed", f"/somewhere/weights: {FULL}")
    assert left == ("failed", "SystemExit: 4")
    assert fine == ("finished", None)
    tracebacks = [path.parent for path in options.runs.rglob("traceback.txt")]
    assert tracebacks == [options.runs / cells[4].spec.folder()], "only of what nobody can mend but us"


def test_a_cell_that_fills_the_disk_makes_room_for_its_reason(tmp_path: Path, small_disk: Path) -> None:
    cells = cells_of(tmp_path, {"fills": "partial-state-1"}, {})
    outcomes = list(run_cells(cells, Options(small_disk / "runs"), InProcess()))
    assert [outcome.state for outcome in outcomes] == ["failed", "finished"]
    assert statuses(small_disk / "runs")["probe 0"] == ("failed", FULL)
    assert not list(small_disk.rglob("partial-*"))


def test_a_disk_that_stays_full(tmp_path: Path, small_disk: Path) -> None:
    cells = cells_of(tmp_path, {"fills": str(small_disk / "others")}, {})
    outcomes = list(run_cells(cells, Options(small_disk / "runs"), InProcess()))
    assert [outcome.state for outcome in outcomes] == ["failed", "failed"]
    assert all(FULL in str(outcome.reason) for outcome in outcomes)
    (record,) = read_runs(small_disk / "runs" / cells[0].spec.folder())
    assert (record.status.state, record.status.reason) == ("failed", FULL), "written where a file was already"
    assert not list(small_disk.rglob(".*.part")) and not list(small_disk.rglob("result.json"))
    (small_disk / "others").unlink()
    again = cells_of(tmp_path, {"fills": str(small_disk / "others"), "times": 1}, {})[1:]
    assert [outcome.state for outcome in run_cells(again, Options(small_disk / "runs"), InProcess())] == ["finished"]


def test_predictions_that_found_no_room_are_made_again(tmp_path: Path, small_disk: Path) -> None:
    cells = cells_of(tmp_path, {"length": 1500})
    small, large = Options(small_disk / "runs"), Options(tmp_path / "runs")
    filler = small_disk / "filler"
    filler.write_bytes(bytes(512 * 1024 - 32 * 1024))
    (outcome,) = run_cells(cells, small, InProcess())
    assert outcome.state == "failed" and FULL in str(outcome.reason)
    assert 0 < (small_disk / "runs" / cells[0].spec.folder() / "predictions.jsonl").stat().st_size < 22 * 1500
    filler.unlink()
    for options in (small, large):
        (outcome,) = run_cells(cells, options, InProcess())
        assert outcome.state == "finished"
    assert left_on_disk(small.runs) == left_on_disk(large.runs)


def test_where_nothing_can_be_written_the_outcome_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, FULL, "status.json")

    cells = cells_of(tmp_path, {})
    monkeypatch.setattr(store, "write_atomic", full)
    monkeypatch.setattr(store, "_overwrite", full)
    (outcome,) = run_cells(cells, Options(tmp_path / "runs"), InProcess())
    assert (outcome.state, outcome.reason) == ("failed", f"status.json: {FULL}")
    monkeypatch.setattr(Path, "mkdir", full)
    (outcome,) = run_cells(cells, Options(tmp_path / "other"), InProcess())
    assert (outcome.state, outcome.reason) == ("failed", f"status.json: {FULL}")


def in_process(cells: Sequence[Cell], options: Options) -> list[Outcome]:
    return list(run_cells(cells, options, InProcess()))


def in_another(cells: Sequence[Cell], options: Options) -> list[Outcome]:
    return run_forked(cells, options, LocalProcesses(1))


Run = Callable[[Sequence[Cell], Options], list[Outcome]]


@pytest.mark.parametrize("run", [in_process, in_another])
def test_errors_that_are_hard_to_write_down(tmp_path: Path, run: Run) -> None:
    cells = cells_of(tmp_path, {"raises": "bytes"}, {"raises": "cancelled"}, {"raises": "speechless"}, {})
    options = Options(tmp_path / "runs")
    outcomes = run(cells, options)
    assert [(outcome.state, outcome.reason) for outcome in outcomes] == [
        ("failed", r"ValueError: no such file: \udcff"),
        ("failed", "CancelledError: by the server"),
        ("failed", "Speechless: no message"),
        ("finished", None),
    ]
    assert set(statuses(options.runs).values()) == {(outcome.state, outcome.reason) for outcome in outcomes}
    assert len(list(options.runs.rglob("traceback.txt"))) == 3


@pytest.mark.parametrize("run", [in_process, in_another])
def test_a_method_that_leaves_its_folder_leaves_the_others_results_in_theirs(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    cells = cells_of(tmp_path, {"goes": str(tmp_path / "elsewhere")}, {})
    monkeypatch.chdir(tmp_path)
    outcomes = run(cells, Options(Path("runs")))
    assert [outcome.state for outcome in outcomes] == ["failed", "finished"]
    assert {label: state for label, (state, _) in statuses(tmp_path / "runs").items()} == {
        "probe 0": "failed",
        "probe 1": "finished",
    }
    assert not list((tmp_path / "elsewhere").iterdir())
