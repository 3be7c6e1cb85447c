"""Run directories with known figures."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from todsum.bench.result import Spec
from todsum.metrics.base import Metric
from todsum.metrics.consistency_official import OfficialConsistency
from todsum.metrics.rouge import Rouge

METRICS: list[Metric] = [Rouge(), OfficialConsistency()]
ROUGE_SIGNATURE = "rouge|v:0.1.2|stem:yes"


def spec(**changes: Any) -> Spec:
    """A valid spec with some fields changed."""
    content: dict[str, Any] = {
        "key_version": 1,
        "dataset": "todsum",
        "protocol": "full",
        "fingerprint": "f00d",
        "input": {"view": "dialogue"},
        "setting": "zero-shot",
        "setting_options": {"single_domain": True},
        "target": "taxi",
        "source": None,
        "method": "finetune",
        "label": "finetune",
        "settings": {"epochs": 3, "prompt": "none"},
        "backbone": "tiny",
        "backbone_revision": "abc",
        "seed": 0,
    }
    return Spec(**(content | changes))


def rouge_columns(figures: Sequence[float]) -> dict[str, list[float | None]]:
    """All of ROUGE's columns alike, from one figure an example."""
    return {name: list(figures) for name in Rouge.columns}


def result(
    cell: Spec,
    columns: Mapping[str, Sequence[float | None]],
    domains: Sequence[Sequence[str]] | None = None,
    groups: Sequence[str] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """The content of a valid result.json; scores are made by plain Python from the columns."""
    n = len(next(iter(columns.values())))
    means = {}
    for name, figures in columns.items():
        defined = [figure for figure in figures if figure is not None]
        means[name] = sum(defined) / len(defined) if defined else math.nan
    scores = dict(means)
    if {"consistency_official_precision", "consistency_official_recall"} <= set(columns):
        p, r = means["consistency_official_precision"], means["consistency_official_recall"]
        scores["consistency_official_f1"] = 2 * p * r / (p + r)
    content = {
        "key": cell.key(),
        "spec": cell.model_dump(mode="json"),
        "n": n,
        "ids": [f"{cell.target}-{i}" for i in range(n)],
        "groups": list(groups or (f"{cell.target}-{i}" for i in range(n))),
        "domains": [list(names) for names in domains] if domains else [[cell.target]] * n,
        "columns": {name: list(figures) for name, figures in columns.items()},
        "scores": {name: None if math.isnan(score) else score for name, score in scores.items()},
        "signatures": {"rouge": ROUGE_SIGNATURE},
        "leak": None,
        "notes": [],
        "reads": {"state": False, "reference": False, "unlabelled": False},
        "facts": {},
        "provenance": {"wall_s": 1.5},
    }
    return content | changes


def write_cell(runs: Path, cell: Spec, content: Any = None, status: Any = None) -> Path:
    """Writes a cell's files; ``content`` is the result.json, or None for a cell without one."""
    folder = runs / cell.folder()
    folder.mkdir(parents=True)
    (folder / "spec.json").write_text(cell.model_dump_json())
    (folder / "status.json").write_text(json.dumps(status or {"state": "finished" if content else "running"}))
    if content is not None:
        (folder / "result.json").write_text(json.dumps(content))
    return folder


def drawn(mean: float, n: int = 40, seed: int = 0) -> list[float]:
    """Figures around a mean, inside 0…1."""
    return [float(x) for x in np.clip(np.random.default_rng(seed).normal(mean, 0.1, n), 0, 1)]
