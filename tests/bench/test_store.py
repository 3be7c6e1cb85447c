from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.bench.result import PREDICTIONS, Spec, Status, read_runs
from todsum.bench.store import BusyCell, CellStore

SPEC = Spec(
    key_version=1,
    dataset="toy",
    protocol="full",
    fingerprint="f",
    input={"view": "dialogue"},
    setting="in-domain",
    setting_options={},
    target="all",
    source=None,
    method="lead-3",
    label="lead-3",
    settings={},
    backbone=None,
    backbone_revision=None,
    seed=0,
)
IDS = [f"e{i}" for i in range(10)]


@given(st.integers(0, 400), st.integers(1, 4))
def test_predictions_cut_anywhere_leave_whole_batches(
    tmp_path_factory: pytest.TempPathFactory, cut: int, size: int
) -> None:
    store = CellStore(tmp_path_factory.mktemp("runs"), SPEC)
    store.folder.mkdir(parents=True)
    for start in range(0, len(IDS), size):
        batch = IDS[start : start + size]
        store.predictions.append({"id": i, "summary": f"summary\nof “{i}”"} for i in batch)
    path = store.folder / PREDICTIONS
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    kept = store.predictions.read(IDS, [*range(size, len(IDS), size), len(IDS)])
    assert len(kept) % size == 0 or len(kept) == len(IDS)
    assert whole.startswith(path.read_bytes())
    assert [json.loads(line)["summary"] for line in path.read_bytes().splitlines()] == kept
    lost = whole[:cut].count(b"\n") - len(kept)
    assert 0 <= lost < size


def test_predictions_of_other_examples_are_not_taken(tmp_path: Path) -> None:
    store = CellStore(tmp_path, SPEC)
    store.folder.mkdir(parents=True)
    store.predictions.append([{"id": "e0", "summary": "a"}, {"id": "x", "summary": "b"}])
    assert store.predictions.read(IDS, range(1, len(IDS) + 1)) == ["a"]


def test_two_runs_never_share_a_cell(tmp_path: Path) -> None:
    first, second = CellStore(tmp_path, SPEC), CellStore(tmp_path, SPEC)
    with first.locked(), pytest.raises(BusyCell, match="another process"), second.locked():
        pass
    with second.locked():
        pass


def test_a_model_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    store = CellStore(tmp_path, SPEC)
    store.folder.mkdir(parents=True)
    with pytest.raises(RuntimeError), store.new_model() as folder:
        (folder / "half").touch()
        raise RuntimeError
    assert not store.model.exists()
    with store.new_model() as folder:
        (folder / "whole").touch()
    assert [path.name for path in store.model.iterdir()] == ["whole"]


def test_a_failure_for_want_of_the_backbone_is_forgotten(tmp_path: Path) -> None:
    unpinned = SPEC.model_copy(update={"backbone": "org/model"})
    pinned = unpinned.model_copy(update={"backbone_revision": "abc"})
    failed = CellStore(tmp_path, unpinned)
    failed.folder.mkdir(parents=True)
    failed.stop(Status(state="failed", reason="no network"))
    other = CellStore(tmp_path, unpinned.model_copy(update={"seed": 1}))
    other.folder.mkdir(parents=True)
    other.stop(Status(state="failed", reason="no network"))
    store = CellStore(tmp_path, pinned)
    store.folder.mkdir(parents=True)
    store.start()
    assert [record.spec for record in read_runs(tmp_path)] == [pinned, other.spec]
