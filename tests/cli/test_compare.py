from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats as scipy_stats

from tests.report.cells import drawn, result, rouge_columns, spec, write_cell
from tests.report.runs import write_runs
from todsum.cli.compare import compare
from todsum.errors import TodsumError


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return write_runs(tmp_path_factory.mktemp("runs"))


def invoke(runs, system, baseline, *arguments):
    return CliRunner().invoke(compare, [str(runs), "--system", system, "--baseline", baseline, *arguments])


def test_figures_are_those_of_scipy(tmp_path):
    a, b = drawn(0.5, 9, seed=1), drawn(0.45, 9, seed=2)
    for label, figures in (("a", a), ("b", b)):
        cell = spec(label=label, method=label)
        write_cell(tmp_path, cell, result(cell, rouge_columns(figures)))
    found = json.loads(invoke(tmp_path, "a", "b", "--json").stdout)
    assert [item["score"] for item in found] == ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    gaps = np.array(a) - np.array(b)
    assert found[0]["difference"] == pytest.approx(100 * gaps.mean())
    assert (found[0]["system"], found[0]["baseline"]) == pytest.approx((100 * np.mean(a), 100 * np.mean(b)))
    exact = scipy_stats.permutation_test((gaps,), np.mean, permutation_type="samples")
    assert found[0]["p"] == pytest.approx(exact.pvalue)
    interval = scipy_stats.bootstrap((100 * gaps,), np.mean, method="percentile", random_state=0).confidence_interval
    assert found[0]["ci95"] == pytest.approx([interval.low, interval.high], abs=1)


def test_seeds_are_averaged_per_example_before_the_test(tmp_path):
    a, b = [drawn(0.5, 9, seed=s) for s in (1, 2, 3)], drawn(0.45, 9, seed=9)
    for seed, figures in enumerate(a):
        write_cell(tmp_path, cell := spec(seed=seed), result(cell, rouge_columns(figures)))
    write_cell(tmp_path, cell := spec(label="b", method="b"), result(cell, rouge_columns(b)))
    gaps = np.mean(a, axis=0) - np.array(b)
    found = json.loads(invoke(tmp_path, "finetune", "b", "--json").stdout)[0]
    exact = scipy_stats.permutation_test((gaps,), np.mean, permutation_type="samples")
    assert (found["difference"], found["p"]) == pytest.approx((100 * gaps.mean(), exact.pvalue))


def test_turning_the_question_round_turns_the_answer_round(runs):
    one = json.loads(invoke(runs, "finetune", "lead-3", "--json").stdout)
    other = json.loads(invoke(runs, "lead-3", "finetune", "--json").stdout)
    for mine, theirs in zip(one, other, strict=True):
        assert mine["difference"] == pytest.approx(-theirs["difference"])
        assert mine["ci95"] == pytest.approx([-end for end in reversed(theirs["ci95"])], abs=1e-5)
        assert mine["p"] == theirs["p"]


def test_what_is_printed_names_targets_and_what_was_not_compared(runs):
    text = invoke(runs, "finetune+state", "finetune").stdout
    assert [line.split("|")[1].strip() for line in text.splitlines() if "R-1" in line] == ["hotel", "taxi", "average"]
    assert "Not compared: finetune+state and finetune do not both have results here." in text
    assert text.count("##") == 2


@pytest.mark.parametrize(
    ("system", "baseline", "reason"),
    [
        ("finetun", "lead-3", "did you mean finetune"),
        ("finetune", "finetune", "name two different methods"),
        ("dop", "lead-3", "nothing to compare"),
    ],
)
def test_wrong_use_is_one_line(runs, system, baseline, reason):
    found = invoke(runs, system, baseline)
    assert isinstance(found.exception, TodsumError)
    assert reason in str(found.exception)


def test_other_signatures_are_refused(tmp_path):
    write_cell(tmp_path, cell := spec(), result(cell, rouge_columns([0.5])))
    cell = spec(label="b", method="b")
    write_cell(tmp_path, cell, result(cell, rouge_columns([0.5]), signatures={"rouge": "rouge|v:9"}))
    assert "different signatures" in str(invoke(tmp_path, "finetune", "b").exception)


def test_other_examples_are_refused(tmp_path):
    write_cell(tmp_path, cell := spec(), result(cell, rouge_columns([0.5])))
    cell = spec(label="b", method="b")
    write_cell(tmp_path, cell, result(cell, rouge_columns([0.5]), ids=["other"]))
    assert "different examples of taxi" in str(invoke(tmp_path, "finetune", "b").exception)
