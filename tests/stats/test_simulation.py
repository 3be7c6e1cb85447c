"""The simulation that chose the tests: what it draws and compares with, and the figures that are committed."""

from __future__ import annotations

import importlib
import itertools
import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from scipy import stats as scipy_stats

from tests.conftest import ROOT
from todsum.stats.jackknife import jackknife

FOLDER = ROOT / "benchmarks" / "statistics"
NAMES = [path.stem for path in FOLDER.glob("*.py") if path.stem != "__main__"]


@pytest.fixture
def bench(monkeypatch) -> SimpleNamespace:
    """The benchmark's modules; others of the same names, from other benchmarks, are as before afterwards."""
    monkeypatch.syspath_prepend(str(FOLDER))
    before = {name: sys.modules.pop(name) for name in NAMES if name in sys.modules}
    modules: dict[str, ModuleType] = {name: importlib.import_module(name) for name in NAMES}
    yield SimpleNamespace(**modules)
    for name in NAMES:
        del sys.modules[name]
    sys.modules.update(before)


def test_scores_and_pulls_of_simulated_studies_are_those_of_the_package(bench):
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 6, size=(2, 7))
    means = rng.normal(0, 1, (2, 3, 7))
    for drawn, counts in ((sizes, sizes), (None, np.full((2, 7), 2))):
        found = bench.worlds.jackknifed(means, drawn)
        for study in range(2):
            groups = [f"g{group}" for group in range(7) for _ in range(counts[study, group])]
            runs = [{"x": np.repeat(run, counts[study])} for run in means[study]]
            _, expected = jackknife(runs, groups, dict)
            np.testing.assert_allclose(found.scores[study], expected.scores[0], atol=1e-12)
            np.testing.assert_allclose(found.pulls[study], expected.pulls[0], atol=1e-12)


def test_tests_that_were_tried_are_those_of_scipy(bench):
    rng = np.random.default_rng(1)
    drawn = rng.normal(0.4, 1, (40, 4, 6)) + rng.normal(0, 0.5, (40, 4, 1)), rng.normal(0, 1, (40, 4, 6))
    sides = [bench.worlds.jackknifed(side, None) for side in drawn]
    rejected = {name: bench.rivals.RIVALS[name](*sides, 0.0) for name in ("randomisation", "welch", "paired_seeds")}
    scores = [side.mean(axis=2) for side in drawn]
    welch = scipy_stats.ttest_ind(*scores, axis=1, equal_var=False).pvalue
    paired = scipy_stats.ttest_rel(*scores, axis=1).pvalue
    swapped = [
        scipy_stats.permutation_test((difference,), np.mean, permutation_type="samples").pvalue
        for difference in (drawn[0] - drawn[1]).mean(axis=1)
    ]
    for name, p in (("welch", welch), ("paired_seeds", paired), ("randomisation", np.array(swapped))):
        assert (rejected[name] == (p < 0.05)).all()
        assert 0 < rejected[name].sum() < 40


def test_worlds_have_the_standard_error_that_they_tell(bench):
    rng = np.random.default_rng(2)
    pool = {"means": rng.exponential(1, (2, 3, 30)), "sizes": rng.integers(1, 9, 30)}
    worlds = (
        bench.worlds.Normal("normal", (0.3, 0.1), 2.0, 3.0, 1.0),
        bench.worlds.Resampled.of("real", pool, np.array([0.1, 0.4])),
    )
    for world in worlds:
        drawn = world.draw(rng, 4000, (3, 5), 40)
        mine, other = (bench.worlds.jackknifed(side, drawn.sizes) for side in (drawn.mine, drawn.other))
        difference = mine.scores.mean(axis=1) - other.scores.mean(axis=1)
        error = world.error((3, 5), 40)
        assert difference.mean() == pytest.approx(0, abs=4 * error / 4000**0.5)
        assert difference.std() == pytest.approx(error, rel=0.06)


def test_committed_rates_are_within_their_bounds_at_every_size(bench):
    records = json.loads((FOLDER / "results" / "results.json").read_text(encoding="utf-8"))
    assert bench.report.out_of_bounds(records) == []
    sizes = set(itertools.product((3, 5, 10), (6, 35, 200, 999)))
    for study in {record["study"] for record in records}:
        assert {(one["seeds"], one["groups"]) for one in records if one["study"] == study} == sizes
    assert (FOLDER / "results" / "results.md").read_text(encoding="utf-8") == bench.report.markdown(records)
