"""``todsum-bench data``: build, show, stats, words."""

from __future__ import annotations

import json
from pathlib import Path

import click

from todsum.cli.options import data_option, json_option, protocol_option


@click.group()
def data() -> None:
    """Data sets: todsum, qmsum, and simulated ones (todsum-sim, qmsum-sim)."""


@data.command()
@click.argument("name")
@data_option
@protocol_option
@click.option("--out", required=True, type=click.Path(path_type=Path), help="New folder for Parquet files and a card.")
def build(name: str, data: Path | None, protocol: str | None, out: Path) -> None:
    """Build the data set NAME from its source into Parquet files with a card.

    Every record and the counts are checked; what is broken is refused with file, record and reason.

    \b
    todsum-bench data build qmsum --data DIR --out qmsum-parquet
    todsum-bench data build todsum --protocol low-resource --data DIR --out todsum-parquet
    """
    from todsum.data.builder import build as build_data
    from todsum.data.hub import check_out, export

    check_out(out)
    built = build_data(name, data, protocol or "full")
    for file in export(built, out):
        click.echo(str(file))
    counts = ", ".join(f"{split} {len(rows)}" for split, rows in built.splits.items())
    pinned = "" if built.pinned or built.facts.manifest else "; files differ from the pinned revision"
    click.echo(f"{built.name}, protocol {built.protocol}: {counts}{pinned}", err=True)


@data.command()
@click.argument("name")
@data_option
@click.option("--id", "identity", help="Which example; the first of the split where it is left out.")
@click.option("--split", type=click.Choice(["train", "validation", "test"]), help="Where to look; test by default.")
@json_option
def show(name: str, data: Path | None, identity: str | None, split: str | None, as_json: bool) -> None:
    """Show one example of NAME as a person would read it."""
    from todsum.cli.showing import find_example, readable

    example = find_example(name, data, identity, split)
    click.echo(json.dumps(example.to_row(), ensure_ascii=False, indent=1) if as_json else readable(example))


@data.command()
@click.argument("name")
@data_option
@protocol_option
@json_option
def stats(name: str, data: Path | None, protocol: str | None, as_json: bool) -> None:
    """Count NAME's examples a split and domain, and their words."""
    from todsum.cli.showing import available_splits, statistics, statistics_table
    from todsum.data.builder import build as build_data

    chosen = protocol or "full"
    built = build_data(name, data, chosen, available_splits(name, data, chosen))
    found = statistics(built)
    click.echo(json.dumps(found, indent=1) if as_json else statistics_table(built, found))


@data.command()
@click.argument("name")
@data_option
@protocol_option
@click.option("--n", type=click.IntRange(min=1), default=20, show_default=True, help="How many words a domain.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True, help="Same seed, same words.")
@json_option
def words(name: str, data: Path | None, protocol: str | None, n: int, seed: int, as_json: bool) -> None:
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
    click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1) if as_json else words_table(built, found))
