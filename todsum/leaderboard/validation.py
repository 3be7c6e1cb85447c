"""All that is wrong with submissions, at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from todsum.bench.examples import TestExamples
from todsum.errors import TodsumError
from todsum.leaderboard.scoring import check
from todsum.leaderboard.submission import Submission, read_submission, submission_folders


@dataclass
class Checked:
    """What was found in a submission.

    Attributes:
        problems: a line each.
        not_checked: what could not be looked at, and why.
    """

    problems: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)


def validate(folder: Path, data: Path | None) -> dict[str, Checked]:
    """What is wrong with a submission, or with each in a folder, by its name.

    Args:
        folder: a submission, a folder of submissions, or a leaderboard.
        data: the data folder; without one, predictions on published data are not compared with its examples.

    Raises:
        TodsumError: there is no submission.
    """
    examples = TestExamples(data)
    found: dict[str, Checked] = {}
    same: dict[tuple[object, ...], str] = {}
    for path in submission_folders(folder):
        submission, problems = read_submission(path)
        checked = found[path.name] = Checked(problems)
        if submission is None:
            continue
        name = (submission.meta.system, submission.meta.method, submission.meta.backbone)
        if (other := same.setdefault(name, path.name)) != path.name:
            checked.problems.append(f"{path}: has the name, method and backbone of {other}: choose another name")
        _compare(submission, examples, data, checked)
    return found


def _compare(submission: Submission, examples: TestExamples, data: Path | None, checked: Checked) -> None:
    """Compares the predictions with the data, where it is there."""
    if data is None and any(run.simulate is None for run in submission.meta.runs):
        checked.not_checked.append(f"{submission.folder}: not compared with the data's examples: pass --data DIR")
        return
    try:
        checked.problems += check(submission, examples)
    except TodsumError as error:
        checked.problems.append(f"{submission.folder}: {error}")
