"""``todsum-bench leaderboard``: submissions, their scores, and the pages."""

from __future__ import annotations

import os
from json import dumps
from pathlib import Path

import click

from todsum.cli.groups import Group
from todsum.cli.options import data_option, json_option
from todsum.cli.paths import PATH, check_out
from todsum.counted import counted
from todsum.errors import TodsumError
from todsum.terminal import say, tell

folder_option = click.option(
    "--leaderboard",
    default="leaderboard",
    show_default=True,
    type=PATH,
    help="Folder with submissions/ in it.",
)
workers_option = click.option(
    "--workers", default=min(2, os.cpu_count() or 1), show_default=True, type=click.IntRange(1, 999), help="Processes."
)


@click.group(cls=Group)
def leaderboard() -> None:
    """Check submissions, score them, and write the pages.

    \b
    todsum-bench leaderboard validate my-system --data DIR      # before you submit
    todsum-bench leaderboard add runs                           # the suite's own runs
    todsum-bench leaderboard score --data DIR                   # scores, from predictions alone
    todsum-bench leaderboard build --out site --data DIR        # static pages

    A submission is a folder with meta.yaml and predictions.jsonl.gz: see leaderboard/SUBMITTING.md.
    """


@leaderboard.command()
@click.argument("folder", type=PATH)
@data_option
@json_option
def validate(folder: Path, data: Path | None, json: bool) -> None:
    """Check a submission, or all in a folder, and list every problem at once.

    With --data (or $TODSUM_DATA) the examples are compared with the data, too: each has to have a prediction. Simulated
    data needs no folder.

    Exit codes: 0 nothing is wrong, 2 something is.
    """
    from todsum.leaderboard.validation import validate as problems_of

    checked = problems_of(folder, data)
    problems = [problem for found in checked.values() for problem in found.problems]
    if json:
        content = {slug: {"problems": c.problems, "not_checked": c.not_checked} for slug, c in checked.items()}
        say(dumps(content, indent=1, ensure_ascii=False))
    else:
        for problem in problems:
            say(problem)
        for found in checked.values():
            for what in found.not_checked:
                tell(what)
    good = sum(not found.problems for found in checked.values())
    tell(f"{good} of {counted(len(checked), 'submission')} in order; {counted(len(problems), 'problem')}")
    if problems:
        raise click.exceptions.Exit(2)


@leaderboard.command()
def schema() -> None:
    """Print the JSON schemas of meta.yaml and of a line of predictions.jsonl.gz."""
    from todsum.leaderboard.submission import schemas

    say(dumps(schemas(), indent=1, ensure_ascii=False))


@leaderboard.command()
@click.argument("runs", nargs=-1, required=True, type=PATH)
@folder_option
@data_option
@click.option("--replace", is_flag=True, help="Write over submissions that are there.")
def add(runs: tuple[Path, ...], leaderboard: Path, data: Path | None, replace: bool) -> None:
    """Make a submission of each system of the run directories RUNS.

    Predictions are taken over, scores are not. Of methods whose summaries are the dialogues' own words (lead-3 …) no
    text is written: `score` makes it anew. --data is needed only for runs on simulated data of your own.
    """
    from todsum.bench.examples import TestExamples
    from todsum.bench.simulated import known_simulations
    from todsum.leaderboard.adding import add_runs

    paths, there = add_runs(runs, leaderboard, TestExamples(data, known_simulations()), replace)
    for path in paths:
        say(path)
    if there:
        tell(f"{there} of {len(paths)} submissions are there already")


@leaderboard.command()
@folder_option
@data_option
@workers_option
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where the scores are not those of the files.")
def score(leaderboard: Path, data: Path | None, workers: int, check: bool) -> None:
    """Score all submissions from their predictions into leaderboard.json and scores/.

    Each is scored once, and again when its files, the data or a metric have changed. `--check` needs no data: it
    compares checksums.
    """
    from todsum.leaderboard.standings import out_of_date

    if check:
        problems = out_of_date(leaderboard)
        for problem in problems:
            say(problem)
        if problems:
            tell(f"out of date: run `todsum-bench leaderboard score --leaderboard {leaderboard} --data DIR`")
            raise click.exceptions.Exit(1)
        return
    _score(leaderboard, data, workers)


@leaderboard.command()
@click.option("--out", required=True, type=PATH, help="Folder of the pages.")
@folder_option
@data_option
@workers_option
def build(out: Path, leaderboard: Path, data: Path | None, workers: int) -> None:
    """Write the leaderboard and the explorer as static pages: they work from a file and on any host.

    Submissions that are not scored yet, or have changed, are scored first. Dialogues are read from --data (or
    $TODSUM_DATA); without it the explorer shows ids and summaries.
    """
    from todsum.leaderboard.site import build_leaderboard
    from todsum.leaderboard.standings import SCORES, out_of_date, read_standings
    from todsum.leaderboard.submission import SUBMISSIONS
    from todsum.report.site.folder import MANIFEST

    check_out(out, (MANIFEST,), "folder of pages")
    for name in (SUBMISSIONS, SCORES):
        if Path(os.path.realpath(out)).is_relative_to(os.path.realpath(leaderboard / name)):
            raise TodsumError(f"{out}: the leaderboard's {name} lie there: pass a folder of its own")
    if out_of_date(leaderboard):
        _score(leaderboard, data, workers)
    if why := build_leaderboard(leaderboard, read_standings(leaderboard), data, out):
        tell(why)
    say(out / "index.html")


def _score(folder: Path, data: Path | None, workers: int) -> None:
    from todsum.leaderboard.board import score_all
    from todsum.leaderboard.standings import write

    standings, shown = score_all(folder, data, workers, tell)
    changed = write(folder, standings, shown)
    tell(f"{counted(len(standings.inputs), 'submission')}; {counted(len(changed), 'file')} changed in {folder}")
