"""Examples and counts of a data set as text for a person."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from todsum.data.builder import BUILDERS, SIMULATED, SPLITS, BuiltData, build
from todsum.data.schema import Example, from_rows
from todsum.data.sources import find_source
from todsum.data.state import linearise
from todsum.domain_words import MIN_DIALOGUES, RunWords
from todsum.errors import TodsumError, unknown_name


def available_splits(name: str, data: Path | None, protocol: str) -> tuple[str, ...]:
    """The splits whose files are there, for looking at; building for training asks for all of them."""
    base = name.removesuffix(SIMULATED)
    if base not in BUILDERS or data is None:
        return SPLITS
    source = find_source(base, data)
    files = BUILDERS[base].reader.files(source, protocol)
    there = tuple(split for split in SPLITS if files[split] and all(source.has(file) for file in files[split]))
    return there or SPLITS


def find_example(name: str, data: Path | None, identity: str | None, split: str | None) -> Example:
    """One example of a data set; ``.json`` at the end of TODSum's ids may be left out.

    Raises:
        TodsumError: no such example; the message has the nearest ids.
    """
    there = available_splits(name, data, "full")
    splits = (split,) if split else ("test",) if identity is None else there
    built = build(name, data, "full", splits)
    wanted = {identity, f"{identity}.json"}
    ids: list[str] = []
    for rows in built.splits.values():
        ids += rows["id"]
        for index, found in enumerate(rows["id"]):
            if identity is None or found in wanted:
                return Example.from_row(rows[index])
    raise unknown_name("example", str(identity), ids) if len(ids) > 10 else TodsumError(f"no example {identity}")


def readable(example: Example) -> str:
    """An example with its query, evidence, state and summary, turns numbered, evidence marked."""
    marked = set(example.evidence)
    lines = [f"{example.id}  ({example.dataset}; {', '.join(example.domains)})", ""]
    if example.query:
        lines += [f"query: {example.query}", ""]
    for number, turn in enumerate(example.turns):
        mark = "»" if number in marked else " "
        lines.append(f"{mark} {number:4} {turn.speaker}: {' '.join(turn.text.split())}")
    if example.state:
        lines += ["", "state:"]
        for domain in example.domains:
            entries = [entry for entry in example.state if entry.domain == domain]
            lines.append(f"  {linearise(entries) or domain + ' (nothing)'}")
    return "\n".join([*lines, "", "summary:", *(f"  {sentence}" for sentence in example.summary)])


def statistics(built: BuiltData) -> list[dict[str, Any]]:
    """Counts a split and domain: examples, groups, median words of source and summary."""
    found = []
    for split, rows in built.splits.items():
        examples = from_rows(rows)
        for domain in ("all", *built.domains):
            chosen = [e for e in examples if domain == "all" or domain in e.domains]
            single = [e for e in chosen if len(e.domains) == 1]
            found.append(
                {
                    "split": split,
                    "domain": domain,
                    "examples": len(chosen),
                    "single_domain": len(single),
                    "groups": len({e.group for e in chosen}),
                    "turns": median(len(e.turns) for e in chosen) if chosen else 0,
                    "source_words": median(_source_words(e) for e in chosen) if chosen else 0,
                    "summary_words": median(len(" ".join(e.summary).split()) for e in chosen) if chosen else 0,
                }
            )
    return found


def _source_words(example: Example) -> int:
    return sum(len(turn.text.split()) for turn in example.turns)


def statistics_table(built: BuiltData, found: list[dict[str, Any]]) -> str:
    """The counts as an aligned table; medians of turns and words."""
    names = list(found[0])
    rows = [
        [name.replace("_", " ") for name in names],
        *([f"{row[name]:g}" if isinstance(row[name], float) else str(row[name]) for name in names] for row in found),
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(names))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"{built.name}, protocol {built.protocol} (turns and words are medians)", *lines])


def words_table(built: BuiltData, found: RunWords) -> str:
    """A line a domain with its words; then the domains that have too few dialogues or words."""
    domains = [domain for domain in built.domains if domain in found.source]
    width = max(map(len, domains))
    lines = [f"{domain:{width}}  {' '.join(found.source[domain])}" for domain in domains]
    few = ", ".join(f"{domain} ({count})" for domain, count in found.left_out.items())
    note = [f"too few training dialogues (below {MIN_DIALOGUES}) or words in them: {few}"] if few else []
    return "\n".join([f"{built.name}, protocol {built.protocol}, seed {found.seed}", *lines, *note])
