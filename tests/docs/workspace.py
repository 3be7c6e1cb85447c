"""A folder in which the documented commands work: small simulated data, a run directory, files to score."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.toy import toy_data, write_suite
from tests.conftest import ROOT
from todsum.data.simulate import simulate

EXAMPLE = ROOT / "docs" / "examples" / "first-words"


@contextmanager
def installed(package: Path, site: Path) -> Iterator[None]:
    """A package of one module as pip would install it: its module and its entry points, on ``sys.path``."""
    about = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
    name, version = about["project"]["name"], about["project"]["version"]
    metadata = site / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    groups = about["project"]["entry-points"]
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()) for group, points in groups.items()]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    modules = about["tool"]["setuptools"]["py-modules"]
    for module in modules:
        shutil.copy(package / f"{module}.py", site)
    sys.path.insert(0, str(site))
    try:
        yield
    finally:
        sys.path.remove(str(site))
        for module in modules:
            sys.modules.pop(module, None)


def fill(place: Path, call: Callable[..., int]) -> None:
    """Puts everything there that the commands name; ``call`` runs ``todsum-bench`` in the folder."""
    (place / "docs").symlink_to(ROOT / "docs")
    data = toy_data(place / "DIR", test=8)
    simulate(place / "simulated", dialogues=10, seed=0, meetings=9)
    shutil.move(place / "simulated" / "qmsum", data / "qmsum")
    suite = write_suite(place / "s.yaml", settings=["in-domain", "zero-shot"], methods=["lead-3", "state-template"])
    assert call("run", str(suite), "--data", "DIR", "--out", "runs") == 0
    cell = next((place / "runs" / "todsum-sim" / "in-domain" / "all" / "lead-3").glob("0-*"))
    (place / "cell").symlink_to(cell)
    summaries = (cell / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [{key: json.loads(line)[key] for key in ("id", "summary")} for line in summaries]
    (place / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for name in ("out.txt", "gold.txt"):
        (place / name).write_text("the user asks for a taxi.\nthe taxi leaves at 17:15.\n", encoding="utf-8")
    (place / "dialogues.txt").write_text("user: a taxi to ely\nagent: booked .\n", encoding="utf-8")
    assert call("leaderboard", "add", "runs", "--data", "DIR") == 0
