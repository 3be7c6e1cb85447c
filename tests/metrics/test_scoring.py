"""Scoring many: the same for any number of processes, undefined figures, and processes that die."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar

import pytest

from todsum.data.schema import Slot
from todsum.errors import TodsumError
from todsum.metrics.base import NAN, Gold, Metric
from todsum.metrics.rouge import Rouge
from todsum.metrics.scoring import SMALL, default_metrics, score_examples

ROOT = Path(__file__).resolve().parents[2]


class Share(Metric):
    """Words of the state's first value found in the hypothesis; undefined where that value is empty."""

    name: ClassVar[str] = "share"
    columns: ClassVar[tuple[str, ...]] = ("found", "expected")
    scores: ClassVar[tuple[str, ...]] = ("share",)

    def signature(self) -> str:
        return "share"

    def applies(self, gold: Gold) -> bool:
        return gold.state_line is not None

    def score(self, hypothesis: str, gold: Gold) -> dict[str, float]:
        words = (gold.state_line or "").split()
        return {"found": sum(w in hypothesis.split() for w in words) or NAN, "expected": len(words)}

    def combine(self, means: dict[str, float]) -> dict[str, float]:  # type: ignore[override]
        return {"share": means["found"] / means["expected"]}


class Dies(Share):
    def score(self, hypothesis: str, gold: Gold) -> dict[str, float]:
        os._exit(3)


class Fails(Share):
    def score(self, hypothesis: str, gold: Gold) -> dict[str, float]:
        raise TodsumError("a hypothesis it does not like")


class Sleeps(Share):
    """Notes the process it runs in, then takes its time."""

    def score(self, hypothesis: str, gold: Gold) -> dict[str, float]:
        (Path(hypothesis) / str(os.getpid())).touch()
        time.sleep(60)
        return {}


def toy(count: int) -> tuple[list[str], list[Gold]]:
    """Hypotheses and golds: some empty, some without a state, some states of no words."""
    words = ["the", "user", "asks", "for", "a", "cheap", "hotel", "in", "the", "north", "of", "town"]
    hypotheses = [" ".join(words[i % 5 : i % 11]) for i in range(count)]
    states = [None, "", "cheap north", "hotel"]
    golds = [Gold((" ".join(words[i % 3 : 9]), "it is cheap ."), state_line=states[i % 4]) for i in range(count)]
    return hypotheses, golds


def test_the_same_in_one_process_and_in_three() -> None:
    hypotheses, golds = toy(SMALL + 41)
    seen: list[int] = []
    alone = score_examples(hypotheses, golds, [Rouge(), Share()], workers=1)
    spread = score_examples(hypotheses, golds, [Rouge(), Share()], workers=3, progress=seen.append)
    assert sum(seen) == spread.n == len(golds)
    assert str(spread.columns) == str(alone.columns)  # nan is not equal to itself
    assert str(spread.scores()) == str(alone.scores())
    assert [*spread.columns] == [*Rouge.columns, *Share.columns]
    assert spread.signatures() == {"rouge": Rouge().signature(), "share": "share"}


def test_columns_are_the_metrics_own_figures_in_order() -> None:
    hypotheses, golds = toy(12)
    found = score_examples(hypotheses, golds, [Rouge()])
    for name in Rouge.columns:
        assert found.columns[name] == [Rouge().score(h, g)[name] for h, g in zip(hypotheses, golds, strict=True)]
        assert found.scores()[name] == pytest.approx(sum(found.columns[name]) / 12)


def test_means_leave_out_what_is_undefined() -> None:
    golds = [Gold(state_line=line) for line in (None, "a b", "c d e f", "z")]
    found = score_examples(["a", "a b", "c", "no"], golds, [Share()])
    assert str(found.columns["found"]) == str([NAN, 2, 1, NAN])
    assert found.scores() == {"share": (3 / 2) / (7 / 3)}


def test_a_metric_that_applies_nowhere_is_left_out() -> None:
    found = score_examples(["a"], [Gold(("a",))], [Rouge(), Share()])
    assert [*found.columns] == [*Rouge.columns]
    assert [*found.signatures()] == ["rouge"]
    assert score_examples([], [], [Rouge()]).scores() == {}


def test_all_undefined_is_undefined() -> None:
    assert math.isnan(score_examples(["x"], [Gold(state_line="a")], [Share()]).scores()["share"])


def test_the_metrics_of_the_tables_go_together() -> None:
    """ROUGE alone where there is no state; with one, both consistency metrics, each with its signature."""
    metrics = default_metrics()
    assert metrics[0].name == "rouge"
    assert [*score_examples(["a"], [Gold(("a",))], metrics).signatures()] == ["rouge"]
    state = (Slot("taxi", "inform", "leaveAt", "10:00"),)
    gold = Gold(("the taxi leaves at 10:00.",), ("taxi",), state, "taxi inform ( leaveAt = 10:00 )")
    found = score_examples(["the taxi leaves at 10:00."] * SMALL, [gold] * SMALL, metrics, workers=2)
    assert len(found.signatures()) == len(metrics) == 3
    assert set(found.scores()) == {name for metric in metrics for name in metric.scores}
    expected = {name: 0.0 if name == "consistency_open" else 1.0 for name in found.scores()}
    assert found.scores() == pytest.approx(expected)
    assert all(type(figure) is float for figure in found.scores().values())


def test_wrong_calls() -> None:
    with pytest.raises(ValueError, match="2 hypotheses for 1"):
        score_examples(["a", "b"], [Gold(("a",))], [Rouge()])
    with pytest.raises(ValueError, match="same name"):
        score_examples(["a"], [Gold(("a",))], [Rouge(), Rouge()])


def test_errors_of_a_process_arrive() -> None:
    golds = [Gold(state_line="a")] * SMALL
    with pytest.raises(TodsumError, match="does not like"):
        score_examples(["a"] * SMALL, golds, [Fails()], workers=2)
    with pytest.raises(TodsumError, match="process died"):
        score_examples(["a"] * SMALL, golds, [Dies()], workers=2)


def test_a_killed_parent_leaves_no_process_behind(tmp_path: Path) -> None:
    code = (
        "from tests.metrics.test_scoring import *;"
        f"score_examples([{str(tmp_path)!r}] * SMALL, [Gold(state_line='a')] * SMALL, [Sleeps()], workers=2)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    wait_for(lambda: len([*tmp_path.iterdir()]) == 2)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not any(Path(f"/proc/{path.name}").exists() for path in tmp_path.iterdir()))


def wait_for(condition, seconds: float = 30) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
