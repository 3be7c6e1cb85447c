"""``todsum-bench data``: build, push, show, stats, check, words."""

from __future__ import annotations

from json import dumps
from pathlib import Path

import click

from todsum.cli.data_check import check
from todsum.cli.data_push import push
from todsum.cli.groups import Group
from todsum.cli.importing import ImportOptions, import_options
from todsum.cli.options import data_option, data_set_argument, json_option, protocol_option, split_option
from todsum.cli.paths import PATH
from todsum.terminal import say, tell


@click.group(cls=Group)
def data() -> None:
    """Data sets: todsum, qmsum, mts-dialog, simulated ones (todsum-sim, qmsum-sim), and others (hub:org/name,
    hub:/path)."""


data.add_command(check)
data.add_command(push)


@data.command()
@data_set_argument
@data_option
@protocol_option
@click.option("--out", required=True, type=PATH, help="New folder for Parquet files and a card.")
def build(name: str, data: Path | None, protocol: str | None, out: Path) -> None:
    """Build the data set NAME from its source into Parquet files with a card.

    Every record and the counts are checked; what is broken is refused with file, record and reason.

    \b
    todsum-bench data build qmsum --data DIR --out qmsum-parquet
    todsum-bench data build todsum --protocol low-resource --data DIR --out todsum-parquet
    """
    from todsum.data.hub.configs import hub_data
    from todsum.data.hub.export import check_out, export

    check_out(out)
    made = hub_data(name, data, protocol or "full")
    for file in export(made, out):
        say(str(file))
    pinned = "" if made.built.pinned or made.built.facts.manifest else "; files differ from the pinned revision"
    tell(f"{made.built.name}, protocol {made.protocol}{pinned}")
    for config, parts in made.configs.items():
        counts = ", ".join(f"{split} {len(part.rows)}" for split, part in parts.items())
        tell(f"  {config}: {counts}")


@data.command()
@data_set_argument
@data_option
@click.option("--id", help="Which example; the first of the split where it is left out.")
@split_option(help="Where to look; test by default.")
@import_options
@json_option
def show(
    name: str,
    data: Path | None,
    id: str | None,
    split: str | None,
    how: ImportOptions,
    json: bool,
) -> None:
    """Show one example of NAME as a person would read it.

    \b
    todsum-bench data show todsum --data DIR --id PMUL1635
    todsum-bench data show hub:org/name --columns dialogue=dialogue,summary=summary
    """
    from todsum.cli.importing import imported_example, read_import
    from todsum.cli.showing import find_example, readable

    choice = read_import(name, how)
    example = imported_example(choice, id, split) if choice else find_example(name, data, id, split)
    say(dumps(example.to_row(), ensure_ascii=False, indent=1) if json else readable(example))


@data.command()
@data_set_argument
@data_option
@protocol_option
@import_options
@json_option
def stats(
    name: str,
    data: Path | None,
    protocol: str | None,
    how: ImportOptions,
    json: bool,
) -> None:
    """Count NAME's examples a split and domain, and their words."""
    from todsum.cli.importing import imported_data, read_import
    from todsum.cli.showing import available_splits, statistics, statistics_table
    from todsum.data.builder import build as build_data

    chosen = protocol or "full"
    choice = read_import(name, how)
    built = imported_data(choice) if choice else build_data(name, data, chosen, available_splits(name, data, chosen))
    found = statistics(built)
    say(dumps(found, indent=1) if json else statistics_table(built, found))


@data.command()
@data_set_argument
@data_option
@protocol_option
@click.option("--n", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many words a domain.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Same seed, same words.")
@json_option
def words(name: str, data: Path | None, protocol: str | None, n: int, seed: int, json: bool) -> None:
    """Show the words of NAME's domains: what domain-oriented prefixes start from.

    LDA finds topics in the training dialogues of all domains; a domain's words are those of the topics that are more
    frequent in its dialogues than in the others', the most relevant first. Stop words, names, numbers, days and other
    values are left out by rules on the text; summaries and states are not read.

    A run finds its words in the dialogues of its own setting; they are in its result.

    \b
    todsum-bench data words qmsum --data DIR
    todsum-bench data words todsum --protocol low-resource --data DIR --n 10 --json
    """
    from todsum.cli.showing import words_table
    from todsum.data.builder import build as build_data
    from todsum.data.schema import from_rows
    from todsum.domain_words import run_words

    built = build_data(name, data, protocol or "full", ("train",))
    found = run_words(from_rows(built.splits["train"]), n, seed)
    say(dumps(found.to_json(), ensure_ascii=False, indent=1) if json else words_table(built, found))
