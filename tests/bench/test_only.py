from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.report.cells import spec
from todsum.bench.cell import plan
from todsum.bench.only import KEYS, Only, choose_records, values_of
from todsum.bench.result import CellRecord, Status
from todsum.bench.suite import read_suite
from todsum.errors import TodsumError

METHODS = [
    "lead-3",
    {"name": "lead-3", "label": "BART [2]", "settings": {"n": 2}},
    {"name": "finetune", "label": "tuned", "settings": {"backbone": "scratch"}},
]

CHOICES = [
    ([], 8),
    (["method=lead-3"], 4),
    (["label=lead-3"], 2),
    (["label=BART [[]2]"], 2),
    (["label=BART [2]"], 2),
    (["label=lead-3", "label=tuned"], 6),
    (["dataset=todsum-sim"], 8),
    (["dataset=*"], 8),
    (["seed=2"], 6),
    (["seed=2", "method=finetune", "target=taxi"], 1),
    (["seed=2", "method=lead-3"], 4),
    (["seed=1", "seed=2"], 8),
    (["target=taxi", "target=hotel"], 8),
    (["view=dialogue", "source=None", "backbone=scratch"], 4),
]


@pytest.fixture
def suite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    toy_data(tmp_path / "data")
    return write_suite(tmp_path / "s.yaml", settings=["zero-shot"], methods=METHODS, seeds=[1, 2])


@pytest.mark.parametrize(
    ("items", "count"), CHOICES, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_run_and_its_results_choose_the_same(items: list[str], count: int, suite_file: Path, tmp_path: Path) -> None:
    planned = plan(read_suite(suite_file), tmp_path / "data", Only(items))
    assert len(planned) == count
    every = [cell.spec for cell in plan(read_suite(suite_file), tmp_path / "data")]
    records = [CellRecord(tmp_path, one, Status(state="finished"), None) for one in every]
    assert [record.spec for record in choose_records(records, Only(items), "runs")] == [c.spec for c in planned]


def test_every_key_is_a_value() -> None:
    assert set(values_of(spec())) == set(KEYS)


HINTS = [
    (["method=led-3"], "no cell fits method=led-3: did you mean method=lead-3?"),
    (["method=tuned"], "no cell fits method=tuned: did you mean label=tuned?"),
    (["label=bart"], "did you mean label=BART [2]?"),
    (["label=TUNED*"], "did you mean label=tuned?"),
    (["dataset=todsum"], "did you mean dataset=todsum-sim?"),
    (["target=taxy", "seed=9"], "did you mean target=taxi?"),
    (["seed=9", "method=finetune"], "no cell fits seed=9: known: 1, 2"),
    (["seed=9"], "no cell fits seed=9: known: 1, 2"),
    (["seed=9", "seed=1"], "no cell fits seed=9: known: 1, 2"),
    (["seed=9", "method=lead-3"], "no cell fits seed=9: known: 1, 2"),
    (["target=taxi", "target=hotl"], "no cell fits target=hotl: did you mean target=hotel?"),
    (["method=lead-3", "method=finetun"], "no cell fits method=finetun: did you mean method=finetune?"),
    (["label=tuned", "label=oracle"], "no cell fits label=oracle: known: BART [2], lead-3, tuned"),
    (["target=Taxi"], "did you mean target=taxi?"),
    (["method=bart [2]"], "did you mean label=BART [2]?"),
    (["method=Tun*"], "did you mean label=tuned?"),
    (["backbone=scratch", "target="], "no cell fits target=: known: hotel, taxi"),
    ([f"target={'x' * 5000}"], f"no cell fits target={'x' * 80}: known: hotel, taxi"),
    (["setting=zeroshot", "target=taxi"], "did you mean setting=zero-shot?"),
    (["label=tuned", "method=lead-3"], "no cell fits label=tuned method=lead-3 at once"),
    (["view=meeting"], "no cell fits view=meeting: known: dialogue"),
]


@pytest.mark.parametrize(("items", "reason"), HINTS, ids=[" ".join(items)[:60] for items, _ in HINTS])
def test_a_value_that_fits_nothing_names_the_nearest(
    items: list[str], reason: str, suite_file: Path, tmp_path: Path
) -> None:
    every = [
        CellRecord(tmp_path, cell.spec, Status(state="finished"), None)
        for cell in plan(read_suite(suite_file), tmp_path / "data")
    ]
    with pytest.raises(TodsumError) as of_run:
        plan(read_suite(suite_file), tmp_path / "data", Only(items))
    with pytest.raises(TodsumError) as of_results:
        choose_records(every, Only(items), "suite s")
    assert reason in str(of_run.value)
    assert str(of_results.value) == str(of_run.value)


def test_results_without_a_seed_know_the_one_that_they_show(suite_file: Path, tmp_path: Path) -> None:
    cells = plan(read_suite(suite_file), tmp_path / "data", Only(["method=lead-3"]))
    records = [CellRecord(tmp_path, cell.spec, Status(state="finished"), None) for cell in cells]
    assert len(choose_records(records, Only(["seed=0"]), "runs")) == 4
    with pytest.raises(TodsumError, match="no cell fits seed=7: known: 0"):
        choose_records(records, Only(["seed=7"]), "runs")


@pytest.mark.parametrize("item", ["taxi", "targe=taxi", "=taxi", "labels=x"])
def test_what_is_no_choice_is_refused(item: str) -> None:
    with pytest.raises(TodsumError, match="--only"):
        Only([item])
