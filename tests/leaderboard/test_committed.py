"""The leaderboard that is in the repository."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from todsum.leaderboard.board import score_all
from todsum.leaderboard.meta import Meta
from todsum.leaderboard.standings import out_of_date, read_shown, read_standings
from todsum.leaderboard.submission import schemas, submission_folders
from todsum.leaderboard.validation import validate

BOARD = ROOT / "leaderboard"


def test_the_scores_are_those_of_the_submissions() -> None:
    assert out_of_date(BOARD) == []


def test_every_submission_is_in_order() -> None:
    assert {name: checked.problems for name, checked in validate(BOARD, None).items() if checked.problems} == {}


def test_the_schema_is_that_of_the_models() -> None:
    assert json.loads((BOARD / "schema.json").read_text(encoding="utf-8")) == schemas()


def test_the_example_of_the_guide_is_a_good_one() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (BOARD / "SUBMITTING.md").read_text(encoding="utf-8"), re.DOTALL)
    Meta.model_validate(yaml.safe_load(text))


def test_the_scores_are_those_of_the_results_tables() -> None:
    """The tables of `benchmarks/results` were made from the cells of the runs, these from the predictions anew."""
    found = {}
    for table in read_standings(BOARD).board.tables:
        for row in table.rows:
            for column, entry in row.entries.items():
                place = (table.dataset, table.protocol, table.setting, json.dumps(table.options), row.source, column)
                found[*place, row.name.partition(" (backbone=")[0], row.backbone] = entry
    compared = 0
    for path in ("low-resource/table.json", "low-resource/smollm/table.json"):
        for entry in json.loads((ROOT / "benchmarks" / "results" / path).read_text(encoding="utf-8")):
            place = (
                *(entry[name] for name in ("dataset", "protocol", "setting")),
                json.dumps(entry["setting_options"]),
            )
            if "smollm" in path and entry["target"] == "average":
                continue  # of two targets there, of five here
            mine = found[*place, entry["source"], entry["target"], entry["label"], entry["backbone"]]
            assert (mine.n, mine.seeds) == (entry["n"], entry["seeds"]), (path, place)
            for name, figure in mine.scores.items():
                assert figure.mean == pytest.approx(entry["scores"][name]["mean"], abs=1e-5), (path, place, name)
                compared += 1
    assert compared > 1000


def test_scores_are_made_anew_the_same(data_dir: Path, tmp_path: Path) -> None:
    """One small submission of the repository, scored here."""
    slug = "frozen-smollm2-135m"
    folder = next(folder for folder in submission_folders(BOARD) if folder.name == slug)
    (tmp_path / "submissions").mkdir()
    (tmp_path / "submissions" / slug).mkdir()
    for path in folder.iterdir():
        (tmp_path / "submissions" / slug / path.name).write_bytes(path.read_bytes())
    _, shown = score_all(tmp_path, data_dir, workers=1)
    kept = read_shown(BOARD, slug)
    assert [place.shown for place in shown[slug].places] == [place.shown for place in kept.places]
