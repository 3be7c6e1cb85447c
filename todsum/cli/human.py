"""``todsum-bench human``: blinded sheets for raters, and their ratings in the results table."""

from __future__ import annotations

from pathlib import Path

import click

from todsum.cli.environment import Texts
from todsum.cli.groups import Group
from todsum.cli.options import data_option, json_option, only_option
from todsum.cli.paths import PATH
from todsum.counted import counted
from todsum.errors import TodsumError
from todsum.terminal import say, tell


@click.group(cls=Group)
def human() -> None:
    """Human evaluation: sheets for raters, and their ratings in the results table.

    \b
    todsum-bench human export runs --out rating --only dataset=todsum --only setting=zero-shot --data DIR
    (send rating/rater-1, rating/rater-2 … to the raters; keep rating/key.json; name what comes back by its rater)
    todsum-bench human import ann.csv ben.csv eve.csv --key rating/key.json --into runs
    todsum-bench table runs
    """


@human.command()
@click.argument("runs", type=PATH)
@click.option("--out", required=True, type=PATH, help="A new folder.")
@click.option(
    "--systems",
    multiple=True,
    type=Texts(),
    metavar="LABEL",
    help="A method, named as in the table. Repeat. Default: all.",
)
@only_option
@click.option(
    "--examples", type=click.IntRange(1, 100_000), help="Test examples. Default: 30, or all where there are fewer."
)
@click.option("--raters", default=3, show_default=True, type=click.IntRange(1, 100), help="Sheets to make.")
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 2**63 - 1), help="Of the sample and the orders."
)
@data_option
def export(
    runs: Path,
    out: Path,
    systems: tuple[str, ...],
    only: tuple[str, ...],
    examples: int | None,
    raters: int,
    seed: int,
    data: Path | None,
) -> None:
    """Write a blinded sample of the summaries in the run directory RUNS, for raters.

    The same examples for every method of one table, spread evenly over the target domains; of each method the lowest
    seed. Each rater gets a folder with a form (form.html), a sheet (items.csv) and instructions, in an order of its
    own; nothing in it tells which method wrote a summary. That is in key.json, which is not for raters.

    \b
    todsum-bench human export quickstart --out rating --only setting=zero-shot
    todsum-bench human export runs --out rating --only setting=zero-shot --only dataset=todsum \\
        --systems lead-3 --systems finetune --examples 50 --data DIR
    """
    from todsum.bench.only import Only, choose_records
    from todsum.bench.result import read_runs
    from todsum.files.plain import check_folder
    from todsum.human.export import sample, write
    from todsum.human.key import KEY
    from todsum.human.systems import choose, one_table
    from todsum.metrics.scoring import all_metrics
    from todsum.report.table import build_tables

    check_folder(out)
    records = choose_records(read_runs(runs), Only(only), runs)
    table = one_table(build_tables(records, all_metrics()), systems)
    chosen, left_out = choose(table, systems)
    for line in left_out:
        tell(f"left out: {line}")
    sampled = sample(table, chosen, examples, raters, seed, data)
    if not write(sampled, out):
        tell(f"{out}: is there already; nothing was written")
    summaries = f"{counted(len(chosen), 'method')} × {counted(sampled.key.examples, 'example')}"
    tell(f"{summaries} for {counted(raters, 'rater')}: give each one folder, {out / 'rater-1'} …")
    tell(f"keep {out / KEY} from them until all ratings are in")


@human.command("import")
@click.argument("ratings", nargs=-1, required=True, type=PATH)
@click.option("--key", required=True, type=PATH, help="key.json of the sample.")
@click.option("--into", required=True, type=PATH, help="The run directory; human.json there is replaced.")
@json_option
def import_(ratings: tuple[Path, ...], key: Path, into: Path, json: bool) -> None:
    """Check the raters' RATINGS (CSV files), and put them into a run directory and its results table.

    RATINGS are sheets (items.csv, as exported) or what the form downloads (ratings.csv). A rater is named by the file
    or, if that is one of the two, by its folder. Sheets may be filled in partly. Prints the mean of each method and
    criterion with its 95% interval, and Krippendorff's alpha.

    \b
    todsum-bench human import back/*.csv --key rating/key.json --into runs
    todsum-bench human import rating/rater-*/items.csv --key rating/key.json --into runs --json
    """
    from todsum.files.writing import write_atomic
    from todsum.human.evaluate import evaluate
    from todsum.human.evaluation import HUMAN
    from todsum.human.key import read_key
    from todsum.human.ratings import BrokenSheets, read_ratings
    from todsum.human.showing import evaluation_json, evaluation_markdown

    if next(into.rglob("spec.json"), None) is None:
        raise TodsumError(f"{into}: no such run directory: pass the one that the sample was exported from")
    sample = read_key(key)
    try:
        found = evaluate(sample, read_ratings(ratings, sample.items))
    except BrokenSheets as error:
        if len(error.problems) == 1:
            raise
        for problem in error.problems:
            tell(" ".join(problem.split()))
        raise TodsumError(f"{len(error.problems)} problems, listed above: mend them; nothing was imported") from error
    write_atomic(into / HUMAN, found.model_dump_json(indent=1) + "\n")
    for rater, count in found.raters.items():
        if count.missing:
            tell(f"{rater}: {count.missing} of {count.given + count.missing} ratings are missing")
    say(evaluation_json(found) if json else evaluation_markdown(found), nl=False)
    tell(f"kept in {into / HUMAN}; `todsum-bench table {into}` shows it")
