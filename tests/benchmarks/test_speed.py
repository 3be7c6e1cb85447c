"""The speed benchmark's collection, judgement and plot, with parts that measure nothing."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT

SPEED = ROOT / "benchmarks" / "speed"
Run = Callable[..., int]

#: What the parts print that the plot's panels are made of.
MEASURED = {
    "oracle": {"ratio": 20.0, "same_picks": True},
    "workers": {
        "cells": 4,
        "tried": [{"workers": 1, "times_faster": 1.0}, {"workers": 2, "times_faster": 1.5}],
        "two_workers_ratio": 1.5,
        "same_results": True,
    },
    "cells": {
        "sizes": [
            {"cells": 100, "overhead_ms": 30.0, "again_seconds": 1.0},
            {"cells": 1000, "overhead_ms": 20.0, "again_seconds": 2.5},
        ],
        "most_overhead_ms": 30.0,
        "growth": None,
        "again_seconds_of_1000": 2.5,
    },
    "length": {
        "lengths": [
            {"source_tokens": 128, "generation_ms": 5.0, "training_ms": 8.0},
            {"source_tokens": 256, "generation_ms": 9.0, "training_ms": 15.0},
        ]
    },
}


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """A module of the benchmark, which is a folder of scripts and no package."""
    monkeypatch.syspath_prepend(str(SPEED))

    def module(name: str) -> ModuleType:
        if name != "__main__":
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location("speed_main", SPEED / "__main__.py")
        assert spec and spec.loader
        main = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(main)
        return main

    return module


@pytest.fixture
def speed(load: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command on scripts that print what is above, or fail; each notes in a file that it ran."""
    part = load("parts").Part
    scripts = {name: f"print({json.dumps(found)!r})" for name, found in MEASURED.items()}
    scripts |= {
        "broken": "raise SystemExit('no such thing')",
        "chatty": "print('hello')",
        "hanging": "import time; time.sleep(60)",
        "environment": "import json, os; print(json.dumps({'omp': os.getenv('OMP_WAIT_POLICY'), 'given': sys.argv}))",
    }
    parts = []
    for name, line in scripts.items():
        script = tmp_path / f"{name}.py"
        script.write_text(f"import sys\nopen({str(tmp_path / 'ran')!r}, 'a').write('{name} ')\n{line}\n")
        parts.append(part(name, script, ("--full",), ("--quick",), data=name == "environment"))
    main = load("__main__")
    monkeypatch.setattr(main, "PARTS", parts)
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")

    def run(*options: str, commit: str = "c0ffee", machine: dict[str, Any] | None = None) -> int:
        (tmp_path / "ran").write_text("")
        described = {"cpu": "A", "cores": 2, "memory_gb": 8.0, "gpu": None, "system": "Linux"}
        described |= {"packages": {"python": "3", "torch": "2", "transformers": "5"}} | (machine or {})
        monkeypatch.setattr(main, "describe", lambda: described)
        monkeypatch.setattr(main, "git_state", lambda: {"commit": commit, "dirty": False})
        arguments = ["--data", str(tmp_path), "--out", str(tmp_path / "out"), *options]
        monkeypatch.setattr(sys, "argv", ["speed", *arguments])
        code: int = main.main()
        return code

    return run


def written(tmp_path: Path) -> Any:
    return json.loads((tmp_path / "out" / "speed.json").read_text(encoding="utf-8"))


def ran(tmp_path: Path) -> list[str]:
    return (tmp_path / "ran").read_text().split()


def test_a_part_that_fails_leaves_its_reason_and_the_others_go_on(speed: Run, tmp_path: Path) -> None:
    names = ["broken", "chatty", "hanging", "environment", "oracle"]

    assert speed("--only", *names, "--timeout", "2") == 1

    parts = written(tmp_path)["parts"]
    assert {name: parts[name]["state"] for name in names} == {
        "broken": "failed",
        "chatty": "failed",
        "hanging": "failed",
        "environment": "done",
        "oracle": "done",
    }
    assert parts["broken"]["reason"] == "exit code 1: no such thing"
    assert parts["chatty"]["reason"].startswith("printed no JSON object")
    assert parts["hanging"]["reason"] == "was not done after 2 s"
    assert parts["oracle"]["result"] == MEASURED["oracle"]
    assert parts["environment"]["result"]["omp"] is None, "a part has torch's own settings"
    assert parts["environment"]["result"]["given"][1:] == ["--full", "--data", str(tmp_path)]


def test_what_is_there_is_kept_for_the_same_commit_and_options(
    speed: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    speed("--only", "oracle", "broken")
    assert ran(tmp_path) == ["oracle", "broken"]

    assert speed("--only", "oracle", "broken", "cells") == 1
    assert ran(tmp_path) == ["cells", "broken"], "what failed is tried again"
    speed("--only", "oracle", "--quick")
    assert ran(tmp_path) == ["oracle"]
    speed("--only", "oracle", "--quick", commit="beef")
    assert ran(tmp_path) == ["oracle"]
    assert speed("--only", "oracle", "--quick", commit="beef") == 0
    assert ran(tmp_path) == []
    speed("--only", "oracle", "--quick", "--again", commit="beef")
    assert ran(tmp_path) == ["oracle"]
    assert "measured at other commits: broken, cells" in capsys.readouterr().err
    parts = written(tmp_path)["parts"]
    assert (parts["oracle"]["commit"], parts["cells"]["commit"]) == ("beef", "c0ffee")


def test_a_report_of_another_machine_is_not_written_over(
    speed: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    speed("--only", "oracle")
    before = written(tmp_path)

    with pytest.raises(SystemExit):
        speed("--only", "oracle", machine={"cpu": "B"})

    assert "another machine (cpu differ)" in capsys.readouterr().err
    assert written(tmp_path) == before


def test_limits_are_printed_met_or_not(speed: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert speed("--only", *MEASURED) == 0, "a limit that is not met is no failure"

    lines = {line.split("  ")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["Two workers against one"].split()[-4:] == ["≥", "1.7×", "NOT", "MET"]
    assert lines["R-L oracle against rouge-score for each candidate"].endswith("met")
    assert lines["GPU: greedy generation against a loop"].endswith("not measured")
    assert "ROUGE against rouge-score" not in lines, "neither limit nor value"
    figures = {one["words"]: one for one in written(tmp_path)["figures"]}
    assert figures["Two workers against one"]["value"] == 1.5
    assert figures["Two workers against one"]["verdict"] == "NOT MET"
    assert figures["Running 1,000 finished cells again"]["verdict"] == "met"


@pytest.mark.parametrize(
    ("limit", "value", "met"),
    [
        ({"at_least": 3}, 3.0, True),
        ({"at_least": 3}, 2.999, False),
        ({"at_most": 1.1}, 1.1, True),
        ({"at_most": 1.1}, 1.101, False),
        ({"at_least": 1, "unit": ""}, True, True),
        ({"at_least": 1, "unit": ""}, False, False),
        ({"at_least": 1, "unit": ""}, 0.99, False),
        ({"at_most": 4, "unit": "MB", "scale": 1e-6}, 3_999_999, True),
        ({"at_most": 4, "unit": "MB", "scale": 1e-6}, 4_000_001, False),
        ({}, 5.0, None),
    ],
)
def test_a_limit_is_judged(
    load: Callable[[str], ModuleType], limit: dict[str, Any], value: float, met: bool | None
) -> None:
    figures = load("figures")
    figure = figures.Figure("it", "part", "a.b", **limit)

    (judged,) = figures.judge({"part": {"result": {"a": {"b": value}}}}, [figure])

    assert judged.met is met


def test_every_figure_belongs_to_a_part_that_is_run(load: Callable[[str], ModuleType]) -> None:
    parts = load("parts")
    keys = {run.key for run in parts.runs(parts.PARTS, [parts.CPU, parts.CUDA], quick=False)}

    assert {figure.part for figure in load("figures").FIGURES} <= keys
    assert all(part.script.is_file() for part in parts.PARTS)


def test_the_plot_has_its_panels(speed: Run, tmp_path: Path, load: Callable[[str], ModuleType]) -> None:
    plot = load("plot")

    speed("--only", *MEASURED)

    svg = (tmp_path / "out" / "speed.svg").read_text(encoding="utf-8")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {plot.RATIOS, plot.WORKERS, plot.OVERHEAD, plot.AGAIN, plot.LENGTH} <= set(texts)
    assert "Two workers against one" in texts
    assert any("1.5×" in text and "NOT MET" in text for text in texts)
    assert "not measured" not in texts


def test_what_was_not_measured_is_drawn_as_such(load: Callable[[str], ModuleType], tmp_path: Path) -> None:
    load("plot").draw({}, "a machine", tmp_path / "speed.svg")

    assert (tmp_path / "speed.svg").read_text(encoding="utf-8").count(">not measured</text>") == 4
