from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.leaderboard.made import READS, meta, write_submission
from todsum.leaderboard.submission import Place, read_submission, submission_folders

LINE = {"run": "main", "id": "a", "summary": "x"}


def problems(folder: Path, content: dict[str, Any], predictions: list[Any] | None = None) -> list[str]:
    submission, found = read_submission(write_submission(folder, content, predictions or [LINE]))
    assert (submission is None) == bool(found)
    return found


def test_a_good_submission(tmp_path: Path) -> None:
    rows = [LINE, {**LINE, "id": "b", "summary": "y"}, {**LINE, "seed": 2}]
    submission, found = read_submission(write_submission(tmp_path / "mine", meta(), rows))
    assert found == [] and submission is not None
    assert submission.slug == "mine"
    assert submission.predictions[Place("main", "all", None, 0)].summaries == {"a": "x", "b": "y"}
    assert submission.predictions[Place("main", "all", None, 2)].summaries == {"a": "x"}


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    run = {"name": "Main!", "dataset": "todsumm", "setting": "zero-shoot", "reads": READS, "protocoll": "full"}
    content = meta(runs=[run], url="javascript:alert(1)", athors="x")
    rows: list[Any] = [{"run": "main", "id": 3, "summary": "x"}, [], {**LINE, "scores": {"rouge1": 1.0}}]
    text = "\n".join(problems(tmp_path / "mine", content, rows))
    for said in (
        "runs.0.name",
        "runs.0.dataset",
        "runs.0.setting",
        "runs.0.target_domain: Field required",
        "'protocoll': did you mean protocol?",
        "'athors': did you mean authors",
        "url",
        "line 1: id",
        "line 2: expected an object",
        "line 3: top level: unknown field 'scores'",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "rejected"}, "a rejected entry needs a reason"),
        ({"training_data": {"description": "all", "test_examples": True}}, "it can't be ranked"),
        ({"url": "http://plain.example"}, "url"),
        ({"url": 'https://x.example/"onclick=alert(1)'}, "url"),
        ({"system": "../../etc"}, "system"),
        ({"backbone": "two\nlines"}, "backbone"),
    ],
)
def test_what_a_submission_may_not_say(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    assert said in "\n".join(problems(tmp_path / "mine", meta(**changes)))


def test_what_its_author_has_read_is_declared_by_run(tmp_path: Path) -> None:
    content = meta()
    (run,) = content["runs"]
    worded = run | {"name": "worded", "reads": READS | {"target_references": True}}
    folder = write_submission(tmp_path / "mine", content | {"runs": [run, worded]}, [LINE, {**LINE, "run": "worded"}])
    submission, found = read_submission(folder)
    assert found == [] and submission is not None
    assert [run.reads.target_references for run in submission.meta.runs] == [False, True], "undeclared is no"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reads": READS | {"target_references": "some"}}, "reads.target_references"),
        ({"reads": READS | {"target_reference": True}}, "did you mean target_references"),
        ({"setting": "zero-shot", "target_domain": "full"}, "zero-shot allows none or unlabelled"),
        ({"setting": "zero-shot", "target_domain": "unlabelled"}, "reads.unlabelled must be true"),
        ({"setting": "few-shot"}, "few-shot needs k"),
        ({"dataset": "qmsum", "protocol": "low-resource"}, "low-resource protocol is one of published TODSum"),
        ({"dataset": "mts-dialog", "simulate": {"dialogues": 30}}, "mts-dialog can't be simulated"),
        ({"view": "gold"}, "has no view gold"),
        ({"settings": {"x": float("nan")}}, "no finite number"),
    ],
)
def test_what_a_run_may_not_say(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    content = meta()
    content["runs"][0] |= changes
    assert said in "\n".join(problems(tmp_path / "mine", content))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({**LINE, "run": "other"}, "run 'other' is not one of meta.yaml"),
        ({**LINE, "target": "taxi"}, "target should be all in in-domain"),
        ({**LINE, "source": "taxi"}, "source is for transfer"),
        ({**LINE, "id": "b", "state": "x"}, "state is given for some examples"),
        (LINE, "a second prediction for a"),
        ({**LINE, "summary": "x" * 20_001}, "summary"),
        ({**LINE, "target": "../up"}, "target"),
    ],
)
def test_lines_that_do_not_fit(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    (found,) = problems(tmp_path / "mine", meta(), [LINE, row])
    assert "line 2" in found and said in found


def test_a_broken_file_is_told_a_hundred_times_not_a_million(tmp_path: Path) -> None:
    found = problems(tmp_path / "mine", meta(), [{"no": number} for number in range(1000)])
    assert 100 <= len(found) <= 110 and "the rest of the file was not read" in found[-1]


def test_folders_are_looked_at_first(tmp_path: Path) -> None:
    good = write_submission(tmp_path / "submissions" / "good", meta(), [LINE])
    (good.parent / "link").symlink_to(good)
    write_submission(good.parent / "Bad Name", meta(), [LINE])
    extra = write_submission(good.parent / "extra", meta(), [LINE])
    (extra / "run.py").write_text("print()", encoding="utf-8")
    (good.parent / "file").touch()
    found = {folder.name: "\n".join(read_submission(folder)[1]) for folder in submission_folders(tmp_path)}
    assert set(found) == {"good", "link", "Bad Name", "extra", "file"}
    assert found["good"] == ""
    assert "is a link" in found["link"]
    assert "small letters" in found["Bad Name"]
    assert "run.py: does not belong here" in found["extra"]
    assert "not a folder" in found["file"]
    assert submission_folders(good) == [good]


def test_the_earlier_word_for_regenerated_is_read(tmp_path: Path) -> None:
    folders, content = [], meta()
    for word in ("regenerated", "made_anew"):
        runs = [run | {word: True} for run in content["runs"]]
        folders.append(write_submission(tmp_path / word.replace("_", "-"), content | {"runs": runs}, None))
    (new, new_problems), (old, old_problems) = (read_submission(folder) for folder in folders)
    assert new_problems == old_problems
    assert new is not None and old is not None and new.meta == old.meta and old.meta.runs[0].regenerated
    both = meta(runs=[run | {"regenerated": True, "made_anew": True} for run in content["runs"]])
    (found,) = problems(tmp_path / "both", both)
    assert "made_anew" in found
