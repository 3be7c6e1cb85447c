from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.bench.executors.cells import cells_of, left_on_disk, statuses
from tests.bench.executors.forked import call_forking, run_forked
from tests.bench.executors.probe import attempts
from todsum.bench.cell import Cell
from todsum.bench.executors import Executor, InProcess, LocalProcesses, local, run_cells
from todsum.bench.job import Options


def test_two_processes_leave_what_one_leaves(tmp_path: Path) -> None:
    cells = cells_of(tmp_path, {}, {}, {}, others=("lead-3", "state-template"))
    said: list[str] = []
    together, alone = Options(tmp_path / "two", log=said.append), Options(tmp_path / "one")
    outcomes = list(run_cells(cells, together, LocalProcesses(2)))
    assert {outcome.spec.key() for outcome in outcomes} == {cell.spec.key() for cell in cells}
    ran = attempts(tmp_path / "diary")
    assert sorted(number for number, _ in ran) == [0, 1, 2]
    assert os.getpid() not in {process for _, process in ran}
    assert any(line.startswith("number ") for line in said), "progress comes through"
    assert [outcome.state for outcome in run_cells(cells, alone, InProcess())] == ["finished"] * 5
    assert left_on_disk(together.runs) == left_on_disk(alone.runs)
    assert len(left_on_disk(alone.runs)) == 5
    assert multiprocessing.active_children() == []


def test_a_process_that_dies_is_replaced_and_its_cell_tried_again(tmp_path: Path) -> None:
    cells = cells_of(tmp_path, {"dies": "SIGSEGV", "times": 1}, {}, {})
    outcomes = run_forked(cells, Options(tmp_path / "runs"), LocalProcesses(1))
    assert [outcome.state for outcome in outcomes] == ["finished"] * 3
    ran = attempts(tmp_path / "diary")
    assert [number for number, _ in ran] == [0, 0, 1, 2]
    first, *others = (process for _, process in ran)
    assert len(set(others)) == 1 and first not in others


def test_a_cell_that_kills_its_process_fails_with_the_reason_and_no_other_does(tmp_path: Path) -> None:
    cells = cells_of(tmp_path, {}, {"dies": "SIGKILL"}, {"dies": "exit"}, {})
    options = Options(tmp_path / "runs")
    outcomes = {outcome.spec.label: outcome for outcome in run_forked(cells, options, LocalProcesses(2))}
    found = statuses(options.runs)
    assert {label: (outcome.state, outcome.reason) for label, outcome in outcomes.items()} == found
    assert found == {
        "probe 0": ("finished", None),
        "probe 1": (
            "failed",
            "its process was killed by SIGKILL (out of memory? run fewer cells at a time), 2 times",
        ),
        "probe 2": ("failed", "its process ended with exit code 3, 2 times"),
        "probe 3": ("finished", None),
    }
    assert sorted(number for number, _ in attempts(tmp_path / "diary")) == [0, 1, 1, 2, 2, 3]


def test_what_a_dead_process_has_forked_off_holds_up_nobody(tmp_path: Path) -> None:
    cells, diary = cells_of(tmp_path, {"forks": True, "dies": "SIGKILL", "times": 1}, {}), tmp_path / "diary"
    began = time.monotonic()
    outcomes = run_forked(cells, Options(tmp_path / "runs"), LocalProcesses(1))
    forked = [process for number, process in attempts(diary) if number == -1]
    assert len(forked) == 2 and all(Path(f"/proc/{process}").exists() for process in forked)
    for process in forked:
        os.kill(process, signal.SIGKILL)
    assert [outcome.state for outcome in outcomes] == ["finished"] * 2
    assert time.monotonic() - began < 60


def start_none(*arguments: object) -> None:
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))


def start_no_second() -> None:
    start, calls = local._start, iter(range(1000))
    local._start = lambda *given: start_none() if next(calls) == 1 else start(*given)  # type: ignore[assignment,misc]


def test_where_no_process_can_be_started_cells_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells, options = cells_of(tmp_path, {}, {}, {}), Options(tmp_path / "runs")
    with monkeypatch.context() as patched:
        patched.setattr(local, "_start", start_none)
        outcomes = list(run_cells(cells, options, LocalProcesses(2)))
    why = f"no process could be started for it: {os.strerror(errno.EAGAIN)}"
    assert [(outcome.state, outcome.reason) for outcome in outcomes] == [("failed", why)] * 3
    assert set(statuses(options.runs).values()) == {("failed", why)}
    outcomes = run_forked(cells, options, LocalProcesses(2), start_no_second)
    assert [outcome.state for outcome in outcomes] == ["finished"] * 3, "there was one, which is enough"


@pytest.mark.parametrize("executor", [InProcess(), LocalProcesses(1)])
def test_stdout_is_not_for_methods(tmp_path: Path, executor: Executor, capfd: pytest.CaptureFixture[str]) -> None:
    cells = cells_of(tmp_path, {"prints": True})
    assert [outcome.state for outcome in run_cells(cells, Options(tmp_path / "runs"), executor)] == ["finished"]
    said = capfd.readouterr()
    assert "printed" in said.err and "printed" not in said.out
    assert isinstance(executor, InProcess) or "echoed" not in said.out


def stop_listening(cells: Sequence[Cell], runs: Path) -> tuple[str, int, int]:
    """The state of the first cell, and how many processes there are before and after nobody listens any more."""
    outcomes = run_cells(cells, Options(runs), LocalProcesses(2))
    first, before = next(outcomes), len(multiprocessing.active_children())
    outcomes.close()
    return first.state, before, len(multiprocessing.active_children())


def test_who_stops_listening_leaves_no_process_behind(tmp_path: Path) -> None:
    cells = cells_of(tmp_path, {}, {"pause": 60}, {})
    state, before, after = call_forking(stop_listening, cells, tmp_path / "runs")
    assert (state, before > 0, after) == ("finished", True, 0)


def test_nothing_is_started_where_all_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells, options = cells_of(tmp_path, {}, {}), Options(tmp_path / "runs")
    list(run_cells(cells, options, InProcess()))
    monkeypatch.setattr("todsum.bench.executors.local._start", None)
    outcomes = list(run_cells(cells, options, LocalProcesses(2)))
    assert [outcome.state for outcome in outcomes] == ["cached"] * 2
    assert [outcome.record.folder for outcome in outcomes if outcome.record] == [
        options.runs / cell.spec.folder() for cell in cells
    ]


def have_two_gpus() -> None:
    local.gpu_names = lambda device: ["4", "7"]  # type: ignore[assignment,misc]


def test_each_gpu_has_so_many_cells_at_a_time(tmp_path: Path) -> None:
    cells = cells_of(tmp_path, *[{"shows": "device", "pause": 0.5}] * 6)
    run_forked(cells, Options(tmp_path / "runs", "cpu"), LocalProcesses(9, per_gpu=1), have_two_gpus)
    processes = {process for _, process in attempts(tmp_path / "diary")}
    assert len(processes) == 2, "no more than the GPUs take"
    shown = [lines.split(b'"summary": "')[1][:1] for lines, _ in left_on_disk(tmp_path / "runs").values()]
    assert set(shown) == {b"4", b"7"}


@pytest.mark.parametrize("threads", [1, 2, (os.cpu_count() or 1) + 1])
def test_a_cell_has_so_many_threads_wherever_it_runs(
    tmp_path: Path, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    before = torch.get_num_threads()
    cells = cells_of(tmp_path, {"shows": "threads"})
    for executor in (InProcess(), LocalProcesses(1)):
        runs = tmp_path / type(executor).__name__
        list(run_cells(cells, Options(runs, threads=threads), executor))
        ((lines, _),) = left_on_disk(runs).values()
        assert f'"{threads} [{threads}] {[str(threads)] * 3}"'.encode() in lines
    assert torch.get_num_threads() == before and os.environ["OMP_NUM_THREADS"] == "3"
