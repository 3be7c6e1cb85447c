"""The leaderboard's pages: the standings, and an explorer of all accepted submissions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from todsum.bench.examples import TestExamples
from todsum.bench.result import Spec
from todsum.data.builder import SIMULATED
from todsum.data.schema import Example
from todsum.errors import TodsumError
from todsum.leaderboard.board import read_all, scored_folder
from todsum.leaderboard.standings import Standings, read_shown
from todsum.leaderboard.submission import Place, Submission
from todsum.report.site.build import build_site
from todsum.report.site.shown_tests import ShownOutput, test_sets

TITLE = "TODSum leaderboard"

Examples = Callable[[Spec], Sequence[Example]]


def build_leaderboard(leaderboard: Path, standings: Standings, data: Path | None, out: Path) -> str | None:
    """Writes the pages.

    Args:
        leaderboard: the folder of the submissions and their scores.
        standings: those of ``leaderboard.json``, up to date.
        data: the data folder; without one the explorer shows no published dialogues.
        out: the folder of the pages.

    Returns:
        why the explorer shows no dialogues, or None where it shows all.

    Raises:
        TodsumError: a file is broken or can't be written.
    """
    submissions = [submission for submission in read_all(leaderboard) if submission.meta.status == "accepted"]
    simulations = {run.simulate for s in submissions for run in s.meta.runs if run.simulate is not None}
    outputs = [output for submission in submissions for output in _outputs(leaderboard, submission, data)]
    examples = TestExamples(data, tuple(sorted(simulations, key=str)))
    sets, reasons = [], []
    for dataset in sorted({output.spec.dataset for output in outputs}):
        own = [output for output in outputs if output.spec.dataset == dataset]
        tested, why = _dialogues(examples, own[0].spec, data)
        sets += test_sets(own, tested, why)
        reasons += [why] if why else []
    build_site(standings.board, sets, out, TITLE)
    return reasons[0] if reasons else None


def _dialogues(examples: TestExamples, spec: Spec, data: Path | None) -> tuple[Examples | None, str | None]:
    """What gives the dialogues of a data set, or why they are not there."""
    if data is None and not spec.dataset.endswith(SIMULATED):
        return None, (
            f"The dialogues of {spec.dataset} are not shown: they are not published here, and these pages were built "
            "without the data folder (leaderboard build --data DIR)."
        )
    try:
        examples.tested(spec)
    except TodsumError as error:
        return None, f"The dialogues of {spec.dataset} are not shown: {error}"
    return examples.tested, None


def _outputs(leaderboard: Path, submission: Submission, data: Path | None) -> Iterator[ShownOutput]:
    made = _regenerated(submission, data)
    for place in read_shown(leaderboard, submission.slug).places:
        spec = place.spec
        where = Place(place.run, spec.target, spec.source, spec.seed)
        predicted = submission.predictions.get(where)
        summaries = predicted.summaries if predicted else made.get(where)
        why = None if summaries else "Its summaries are the dialogues' own words, which are not published here."
        yield ShownOutput(spec, submission.slug, place.name, place.shown, summaries, why)


def _regenerated(submission: Submission, data: Path | None) -> dict[Place, dict[str, str]]:
    """Summaries that the suite makes from the data, where it is there."""
    if data is None or not any(run.regenerated for run in submission.meta.runs):
        return {}
    found = {}
    for cell in scored_folder(submission.folder, data):
        if cell.made is not None:
            spec = cell.result.spec
            where = Place(cell.run, spec.target, spec.source, spec.seed)
            found[where] = dict(zip(cell.result.ids, cell.made, strict=True))
    return found
