from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.toy import toy_data
from tests.leaderboard.made import lines, meta, write_submission
from todsum.bench.examples import TestExamples
from todsum.leaderboard.scoring import ScoredCell, score
from todsum.leaderboard.submission import read_submission

COUNT = 6
NOTE = {"target": "all", "text": "2 of 6 summaries are empty"}


def scored(root: Path, summaries: dict[int, str], notes: list[dict[str, str]]) -> ScoredCell:
    data = toy_data(root / "data", test=COUNT)
    rows = [row | {"summary": summaries.get(i, row["summary"])} for i, row in enumerate(lines(data))]
    content = meta()
    content["runs"][0]["notes"] = notes
    submission, problems = read_submission(write_submission(root / "mine", content, rows))
    assert submission is not None, problems
    (cell,) = score(submission, TestExamples(data))
    return cell


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


def test_texts_that_scores_do_no_justice_to_are_counted(tmp_path: Path) -> None:
    result = scored(tmp_path, {0: "", 1: " ", 2: "出租车", 3: "a taxi <q> a car"}, []).result
    assert (
        result.facts["texts"]["summaries"] | {"texts": COUNT, "empty": 2, "no_token": 1, "sentence_marks": 1}
        == (result.facts["texts"]["summaries"])
    )
    assert [note.split(":")[0] for note in result.notes] == [
        "2 of 6 summaries are empty",
        "1 of 6 summaries has no ROUGE token (no letter a–z and no digit)",
        "1 of 6 summaries has sentence marks of another toolkit (<q> in 1)",
    ]


def test_usual_texts_have_no_note(tmp_path: Path) -> None:
    result = scored(tmp_path, {}, []).result
    assert result.notes == []
    assert result.facts["texts"]["references"]["texts"] == COUNT


def test_a_note_that_the_submission_has_already_stands_once(tmp_path: Path) -> None:
    other = {"target": "all", "text": "made by hand"}
    assert scored(tmp_path, {0: "", 1: " "}, [NOTE, other]).result.notes == [NOTE["text"], other["text"]]
