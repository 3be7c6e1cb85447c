from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.cells import result, rouge_columns, spec, write_cell
from todsum.bench.result import read_runs
from todsum.leaderboard.adding import _systems
from todsum.metrics.scoring import all_metrics
from todsum.report.site.of_runs import _slugs
from todsum.report.site.slugs import PATTERN, free_slug
from todsum.report.table import build_tables

NAMES = [
    ["BART", "BART 2", "bart"],
    ["bart", "bart 2", "bart-2", "BART", "BaRT", "bart 3", "BART-3"],
    ["x" * 100, "X" * 100, "x" * 79 + " 2", "x" * 78 + "-2", "x" * 78],
    ["模型", "模型 2", "システム", "system", "System 2"],
    ["a" * 77 + " b", "a" * 77, "a" * 77 + "-2", "A" * 77],
    [f"Bart {number}" for number in range(2, 120)] + ["bart"] + [f"bart-{number}" for number in range(2, 120)],
]


@pytest.mark.parametrize("names", NAMES, ids=lambda names: names[0][:9])
@pytest.mark.parametrize("most", [80, 71, 8])
def test_each_name_has_a_slug_of_its_own(names: list[str], most: int) -> None:
    found: list[str] = []
    for name in names:
        found.append(free_slug(name, found, most))
    assert len({slug.casefold() for slug in found}) == len(names)
    assert all(re.fullmatch(PATTERN, slug) and len(slug) <= most for slug in found)


@pytest.mark.parametrize("names", [names for names in NAMES if len(names) < 10], ids=lambda names: names[0][:9])
def test_so_have_the_systems_of_a_run_directory(names: list[str], tmp_path: Path) -> None:
    for place, label in enumerate(names):
        cell = spec(label=label[:100], settings={"place": place}, backbone=None, backbone_revision=None)
        write_cell(tmp_path, cell, result(cell, rouge_columns([0.5] * 3)))
    records = read_runs(tmp_path)
    assert len(set(_slugs(build_tables(records, all_metrics())).values())) == len(names)
    assert len(_systems(records, tmp_path / "none")) == len(names)


def test_a_submission_of_another_system_is_left_alone(tmp_path: Path) -> None:
    for slug, system in (("bart", "BART"), ("bart-2", "bart"), ("bart-3", "Bart")):
        (tmp_path / slug).mkdir()
        (tmp_path / slug / "meta.yaml").write_text(f"system: {system}\n", encoding="utf-8")
    cell = spec(label="bart", backbone=None, backbone_revision=None)
    write_cell(tmp_path / "runs", cell, result(cell, rouge_columns([0.5] * 3)))
    records = read_runs(tmp_path / "runs")
    assert list(_systems(records, tmp_path)) == ["bart-2"], "its own"
    (tmp_path / "bart-2" / "meta.yaml").write_text("system: b\n", encoding="utf-8")
    assert list(_systems(records, tmp_path)) == ["bart-4"]
