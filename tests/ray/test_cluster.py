"""A Ray cluster of two nodes on this machine; runs in tox's environment ``ray``, which has Ray."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ray = pytest.importorskip("ray", reason="Ray is in tox's environment ray")

from ray.cluster_utils import Cluster  # noqa: E402

from tests.bench.executors.cells import cells_of, install, left_on_disk, statuses  # noqa: E402
from tests.bench.executors.probe import attempts  # noqa: E402
from tests.conftest import ROOT  # noqa: E402
from todsum.bench.executors import InProcess, RayTasks, ray_tasks, run_cells  # noqa: E402
from todsum.bench.job import Options  # noqa: E402
from todsum.errors import TodsumError  # noqa: E402

LIMIT = 240


def status_of(path: Path) -> tuple[str, str | None]:
    """State and reason of a cell."""
    status = json.loads(path.read_text(encoding="utf-8"))
    return status["state"], status["reason"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for all tests; the processes of Ray find the test method."""
    place = tmp_path_factory.mktemp("ray")
    install(place / "site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TODSUM_CACHE", str(place / "cache"))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(place / "site"), str(ROOT), os.environ.get("PYTHONPATH", "")]))
        patch.syspath_prepend(str(place / "site"))
        yield place


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[Any]:
    """Two nodes, each with a core."""
    about = {"num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False}
    made = Cluster(initialize_head=True, head_node_args=about)
    yield made
    made.shutdown()


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """A test that hangs ends the run."""
    timer = threading.Timer(LIMIT, os.kill, (os.getpid(), signal.SIGABRT))
    timer.start()
    yield
    timer.cancel()


def test_a_node_is_lost_in_the_middle_and_the_suite_ends_as_if_nothing_had_happened(
    folder: Path, cluster: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    node = cluster.add_node(num_cpus=1, object_store_memory=80_000_000)
    cluster.wait_for_nodes()
    cells = cells_of(folder, *[{"pause": 2.0}] * 8, {"raises": "memory"}, others=("lead-3",))
    diary, there = folder / "diary", Options(folder / "ray", "cpu")

    def lose() -> None:
        while len(attempts(diary)) < 4:
            time.sleep(0.05)
        time.sleep(0.5)  # both nodes are in the middle of a cell
        cluster.remove_node(node, allow_graceful=False)

    thread = threading.Thread(target=lose)
    thread.start()
    outcomes = {outcome.spec.label: outcome.state for outcome in run_cells(cells, there, RayTasks(cluster.address))}
    thread.join()
    again = [label for label, state in outcomes.items() if state == "cached"]  # finished by a process of the lost node
    outcomes |= dict.fromkeys(again, "finished")
    assert outcomes == {f"probe {n}": "finished" for n in range(8)} | {"probe 8": "failed", "lead-3": "finished"}
    assert capfd.readouterr().out == "", "stdout is the table's"
    assert statuses(there.runs)["probe 8"] == ("failed", "out of memory: no message")
    tried = attempts(diary)
    assert len({process for _, process in tried}) > 1
    results = (json.loads(path.read_text(encoding="utf-8")) for path in there.runs.rglob("result.json"))
    resumed = [result["spec"]["label"] for result in results if result["provenance"]["resumed"]]
    assert len(tried) > 9 or resumed or again, "what ran on the lost node was tried again"
    alone = Options(folder / "alone", "cpu")
    list(run_cells(cells, alone, InProcess()))
    assert left_on_disk(there.runs) == left_on_disk(alone.runs)
    assert len(left_on_disk(alone.runs)) == 9


def test_a_task_that_kills_its_process_fails_with_the_reason(folder: Path, cluster: Any) -> None:
    options = Options(folder / "killed", "cpu")
    once, always = {"number": 20, "dies": "SIGKILL", "times": 1}, {"number": 21, "dies": "SIGKILL"}
    (outcome,) = run_cells(cells_of(folder, once), options, RayTasks(cluster.address))
    assert outcome.state == "finished"
    (outcome,) = run_cells(cells_of(folder, always), options, RayTasks(cluster.address))
    assert outcome.state == "failed" and str(outcome.reason).startswith("WorkerCrashedError, after 3 more tries")
    assert [number for number, _ in attempts(folder / "diary") if number >= 20] == [20] * 2 + [21] * 4
    assert ("failed", outcome.reason) in {status_of(path) for path in options.runs.rglob("status.json")}


def test_a_cell_that_no_node_is_large_enough_for(folder: Path, cluster: Any) -> None:
    cells = cells_of(folder, {"number": 30})
    with pytest.raises(TodsumError, match="no node of the cluster has 5 CPU"):
        list(run_cells(cells, Options(folder / "large", "cpu", threads=5), RayTasks(cluster.address)))
    with pytest.raises(TodsumError, match=r"no node of the cluster has 0\.5 GPU"):
        list(run_cells(cells, Options(folder / "large", "cuda"), RayTasks(cluster.address, per_gpu=2)))
    enormous = RayTasks(cluster.address, memory=lambda cell: 1e9)
    (outcome,) = run_cells(cells, Options(folder / "large", "cpu"), enormous)
    assert outcome.state == "finished", "an estimate is no reason not to try"


def test_a_result_on_another_disk_is_no_result(folder: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_tasks, "VISIBLE_AFTER", 0.1)
    monkeypatch.setattr(ray_tasks, "RESULT", "elsewhere.json")
    (outcome,) = run_cells(
        cells_of(folder, {"number": 40}), Options(folder / "shared", "cpu"), RayTasks(cluster.address)
    )
    assert outcome.state == "failed" and "all nodes see" in str(outcome.reason)


def test_a_cluster_that_is_not_there(folder: Path) -> None:
    with pytest.raises(TodsumError, match=r"--ray-address 127\.0\.0\.1:1: "):
        list(run_cells(cells_of(folder, {"number": 50}), Options(folder / "none", "cpu"), RayTasks("127.0.0.1:1")))
