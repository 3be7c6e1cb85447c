"""Variances of the leaderboard's real cells, and the effects behind them.

Scores the stored predictions of every submission once (the cache of ``todsum.leaderboard`` serves later runs) and
estimates, for each trained system with two seeds or more, how its score varies over seeds, over groups, and over both;
for each pair of systems, over the groups of their difference. The figures are plain numbers: no ids, no text.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from todsum.leaderboard.board import scored_folder
from todsum.leaderboard.submission import submission_folders
from todsum.stats import Array
from todsum.stats.jackknife import Jackknife, jackknife

SCORES = {"rouge1": "R-1", "consistency_f1": "consistency F1"}
KINDS = (("todsum", "zero-shot"), ("todsum", "in-domain"), ("qmsum", "in-domain"))
AVERAGE = "average"
POOLS = (  # whose effects are kept to draw from: data set, setting, target
    ("todsum", "zero-shot", "taxi"),
    ("todsum", "zero-shot", "train"),
    ("qmsum", "in-domain", "all"),
)
_DIGITS = 5

Runs = dict[int, dict[str, Any]]  # by seed: figures by example id


def measure(leaderboard: Path, data: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Variances and effects of all cells, as plain JSON.

    Args:
        leaderboard: the folder with ``submissions`` in it.
        data: the data folder.
        say: called with a line for each submission that is done.
    """
    systems = _systems(leaderboard, data, say)
    cells, pools = [], {}
    for (dataset, setting), target in itertools.product(KINDS, _targets(systems)):
        for score in SCORES:
            scored = _jackknives(systems, (dataset, setting), target, score)
            if scored:
                cells.append({"dataset": dataset, "setting": setting, "target": target, **_cell(score, scored)})
            if (dataset, setting, target) in POOLS and len(scored) > 1:
                pools[f"{dataset} {setting} {target} {score}"] = _pool(
                    systems, (dataset, setting), target, score, scored
                )
    return {"cells": cells, "effects": pools}


def _systems(leaderboard: Path, data: Path, say: Callable[[str], None]) -> dict[tuple[str, ...], Runs]:
    """Per-example figures of every cell: by data set, setting, target and system, then by seed."""
    found: dict[tuple[str, ...], Runs] = defaultdict(dict)
    for folder in submission_folders(leaderboard):
        for cell in scored_folder(folder, data):
            spec, result = cell.result.spec, cell.result
            if (spec.dataset, spec.setting) in KINDS:
                columns = {name: result.columns[name] for name in SCORES if name in result.columns}
                by_id = dict(zip(result.ids, zip(result.groups, *columns.values(), strict=True), strict=True))
                place = (spec.dataset, spec.setting, spec.target, folder.name)
                found[place][spec.seed] = {"names": list(columns), "figures": by_id}
        say(f"scored {folder.name}")
    return found


def _targets(systems: Mapping[tuple[str, ...], Runs]) -> list[str]:
    return [*sorted({target for _, _, target, _ in systems}), AVERAGE]


def _columns(runs: Runs, score: str, prefix: str) -> tuple[list[str], list[dict[str, Array]]] | None:
    """Groups, and the column of each seed, with the examples in one order."""
    first = runs[min(runs)]
    if score not in first["names"]:
        return None
    place = 1 + first["names"].index(score)
    ids = sorted(first["figures"])
    groups = [first["figures"][one][0] for one in ids]
    columns = [
        {f"{prefix}{score}": np.array([runs[seed]["figures"][one][place] for one in ids], dtype=float)}
        for seed in sorted(runs)
    ]
    return groups, columns


def _jackknives(
    systems: Mapping[tuple[str, ...], Runs], kind: tuple[str, str], target: str, score: str
) -> dict[str, Jackknife]:
    """Scores and pulls of each system with two seeds or more; of the average, of those with all targets."""
    own = {place[2:]: runs for place, runs in systems.items() if place[:2] == kind and len(runs) > 1}
    if target != AVERAGE:
        prepared = {slug: _columns(runs, score, "") for (where, slug), runs in own.items() if where == target}
        return {
            slug: Jackknife(found.scores[0], found.pulls[0])
            for slug, made in prepared.items()
            if made is not None
            for _, found in [jackknife(made[1], made[0], dict)]
            if not np.isnan(found.pulls).any()
        }
    targets = sorted({where for where, _ in own})
    slugs = [slug for slug in sorted({slug for _, slug in own}) if all((where, slug) in own for where in targets)]
    found = {}
    for slug in slugs if len(targets) > 1 else ():
        parts = [_columns(own[where, slug], score, f"{where} ") for where in targets]
        if all(part is not None and len(part[1]) == len(own[targets[0], slug]) for part in parts):
            found[slug] = _average([part for part in parts if part is not None])
    return found


def _average(parts: Sequence[tuple[list[str], list[dict[str, Array]]]]) -> Jackknife:
    """The mean over targets: each target's column is undefined for the others' examples."""
    groups = [group for own, _ in parts for group in own]
    runs = []
    for seed in range(len(parts[0][1])):
        run, start = {}, 0
        for own, columns in parts:
            for name, values in columns[seed].items():
                run[name] = np.full(len(groups), np.nan)
                run[name][start : start + len(own)] = values
            start += len(own)
        runs.append(run)
    _, found = jackknife(runs, groups, lambda means: {"mean": sum(means.values()) / len(means)})
    return Jackknife(found.scores[0], found.pulls[0])


def _cell(score: str, scored: Mapping[str, Jackknife]) -> dict[str, Any]:
    """Variances of one example's worth: over seeds, over groups, over both; scores × 100."""
    pairs = [_difference(scored[a], scored[b]) for a, b in itertools.combinations(scored, 2)]
    groups = next(iter(scored.values())).pulls.shape[1]
    return {
        "score": score,
        "groups": groups,
        "systems": {slug: _variances(found) for slug, found in scored.items()},
        "difference_group": [round(1e4 * x, 3) for x in np.quantile(pairs, [0.1, 0.5, 0.9])] if pairs else None,
        "pairs": len(pairs),
    }


def _variances(one: Jackknife) -> dict[str, float]:
    groups, both = one.pulls.shape[1], _both(one)
    return {
        "seeds": len(one.scores),
        "seed": round(1e4 * max(0.0, float(one.scores.var(ddof=1)) - both / groups), 4),
        "group": round(1e4 * max(0.0, float(one.pulls.mean(axis=0).var(ddof=1)) - both / len(one.scores)), 3),
        "both": round(1e4 * both, 3),
    }


def _difference(one: Jackknife, other: Jackknife) -> float:
    pull = one.pulls.mean(axis=0) - other.pulls.mean(axis=0)
    noise = _both(one) / len(one.scores) + _both(other) / len(other.scores)
    return max(0.0, float(pull.var(ddof=1)) - noise)


def _both(one: Jackknife) -> float:
    runs, groups = one.pulls.shape
    left = one.pulls - one.pulls.mean(axis=0)
    left -= left.mean(axis=1, keepdims=True)
    return float(np.square(left).sum() / ((runs - 1) * (groups - 1)))


def _pool(
    systems: Mapping[tuple[str, ...], Runs],
    kind: tuple[str, str],
    target: str,
    score: str,
    scored: Mapping[str, Jackknife],
) -> dict[str, Any]:
    """Group means of the pair whose difference varies over groups as the median pair's does; scores × 100."""
    pairs = list(itertools.combinations(scored, 2))
    varied = [_difference(scored[a], scored[b]) for a, b in pairs]
    a, b = pairs[int(np.argsort(varied)[len(varied) // 2])]
    sides: list[list[Array]] = []
    sizes: list[int] = []
    for slug in (a, b):
        made = _columns(systems[(*kind, target, slug)], score, "")
        assert made is not None
        _, places = np.unique(made[0], return_inverse=True)
        counts = np.bincount(places)
        sizes = counts.tolist()
        sides.append([100 * np.bincount(places, run[score]) / counts for run in made[1]])
    return {
        "systems": [a, b],
        "sizes": sizes,
        "means": [[np.round(run, _DIGITS - 3).tolist() for run in side] for side in sides],
    }


def levels(components: Mapping[str, Any], score: str) -> dict[str, float]:
    """Variances of the zero-shot cells of single targets: low, median and high over seeds, medians of the others.

    Low is the lower quartile, high the 90th percentile, over trained systems and targets.
    """
    cells = [
        cell
        for cell in components["cells"]
        if (cell["dataset"], cell["setting"], cell["score"]) == ("todsum", "zero-shot", score)
        and cell["target"] != AVERAGE
    ]
    found = [one for cell in cells for one in _trained(cell)]
    low, median, high = np.quantile([one["seed"] for one in found], [0.25, 0.5, 0.9])
    return {
        "low": float(low),
        "median": float(median),
        "high": float(high),
        "group": float(np.median([one["group"] for one in found])),
        "both": float(np.median([one["both"] for one in found])),
        "difference": float(np.median([cell["difference_group"][1] for cell in cells])),
    }


def _trained(cell: Mapping[str, Any]) -> Iterator[Mapping[str, float]]:
    """Systems whose seeds make a difference: a method without training is the same in each."""
    return (one for one in cell["systems"].values() if one["both"] > 0)


def read(path: Path) -> dict[str, Any]:
    """What :func:`measure` found and :func:`write` wrote."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def write(components: Mapping[str, Any], path: Path) -> None:
    """As JSON, one line for each cell and each run of effects."""
    lines = [json.dumps(cell) for cell in components["cells"]]
    pools = [f" {json.dumps(name)}: {json.dumps(pool)}" for name, pool in components["effects"].items()]
    body = '{"cells": [\n ' + ",\n ".join(lines) + '\n],\n"effects": {\n' + ",\n".join(pools) + "\n}}\n"
    path.write_text(body, encoding="utf-8")
