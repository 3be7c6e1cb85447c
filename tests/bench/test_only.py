from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.report.cells import spec
from todsum.bench.cell import plan
from todsum.bench.only import KEYS, Only, values_of
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
    only = Only(items)
    assert [one for one in every if only.fits(values_of(one))] == [cell.spec for cell in planned]


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
    (["setting=zeroshot", "target=taxi"], "did you mean setting=zero-shot?"),
    (["label=tuned", "method=lead-3"], "no cell fits label=tuned method=lead-3 at once"),
    (["view=meeting"], "no cell fits view=meeting: known: dialogue"),
]


@pytest.mark.parametrize(("items", "reason"), HINTS)
def test_a_value_that_fits_nothing_names_the_nearest(
    items: list[str], reason: str, suite_file: Path, tmp_path: Path
) -> None:
    only = Only(items)
    assert not plan(read_suite(suite_file), tmp_path / "data", only)
    assert reason in str(only.nothing("suite s"))


@pytest.mark.parametrize("item", ["taxi", "targe=taxi", "=taxi", "labels=x"])
def test_what_is_no_choice_is_refused(item: str) -> None:
    with pytest.raises(TodsumError, match="--only"):
        Only([item])
