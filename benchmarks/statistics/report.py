"""The results as tables, and the bounds that they have to keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulate import GAIN, GROUPS, SEEDS

Records = Sequence[Mapping[str, Any]]

ERROR, COVERS = (3.0, 7.0), (92.0, 98.0)
NAMES = {
    "randomisation": "randomisation of groups, seeds averaged (the former test)",
    "pigeonhole": "two-way bootstrap",
    "welch": "Welch's t over seeds",
    "paired_seeds": "paired t over seeds",
    "first_candidate": "first candidate",
    "satterthwaite": "chosen variance, Satterthwaite's df",
}


def out_of_bounds(records: Records) -> list[str]:
    """A line for each rate of the chosen test, at real variances, that is out of its bounds."""
    problems = []
    for record in records:
        for name, (low, high) in (("error", ERROR), ("covers", COVERS)):
            if record["real"] and not low <= record[name] <= high:
                place = f"{record['study']}, {record['seeds']} seeds × {record['groups']} groups"
                problems.append(f"{place}: {name} {record[name]}% is not within {low:g}% to {high:g}%")
    return problems


def markdown(records: Records) -> str:
    """Tables of both tests in each world, and of every test in the one where all were tried."""
    lines = [
        "Percent of studies. Error: a difference is found at 5% where there is none; in all others the 95% interval of "
        f"the difference covers. Cover: the 95% interval of one method's mean covers. Power: a true difference of "
        f"{GAIN} standard errors is found; were the standard error known, it would be 85%.",
        "",
        f"Real variances have to give errors of {ERROR[0]:g} to {ERROR[1]:g} and covers of {COVERS[0]:g} to "
        f"{COVERS[1]:g}.",
        "",
        *_table("error", "Error of the chosen test", records),
        *_table("randomisation error", "Error of the former test, which knows these trained models only", records),
        *_table("covers", "Cover of a mean", records),
        *_table("power", "Power of the chosen test", records),
        *_table("randomisation power", "Power of the former test, not corrected for its errors", records),
        *_rivals(records),
    ]
    return "\n".join(lines)


def _table(figure: str, title: str, records: Records) -> Iterator[str]:
    """A row for each world, a column for each size."""
    yield f"## {title}"
    yield ""
    yield "| seeds × groups | " + " | ".join(f"{seeds} × {groups}" for seeds in SEEDS for groups in GROUPS) + " |"
    yield "|---|" + "---:|" * (len(SEEDS) * len(GROUPS))
    for study in dict.fromkeys(record["study"] for record in records if figure in record):
        own = [record for record in records if record["study"] == study]
        words = study if own[0]["real"] else f"*{study}*"
        yield f"| {words} | " + " | ".join(f"{record[figure]:.1f}" for record in own) + " |"
    yield ""
    yield "In italics: worlds without bounds."
    yield ""


def _rivals(records: Records) -> Iterator[str]:
    """All tests in the world where all were tried."""
    most = max(records, key=len)["study"]
    own = [record for record in records if record["study"] == most]
    yield f"## Error of every test that was tried: {most}"
    yield ""
    yield "| seeds × groups | " + " | ".join(f"{record['seeds']} × {record['groups']}" for record in own) + " |"
    yield "|---|" + "---:|" * len(own)
    rows = {"chosen": "error", **{words: f"{name} error" for name, words in NAMES.items()}}
    for words, figure in rows.items():
        yield f"| {words} | " + " | ".join(f"{record[figure]:.1f}" for record in own) + " |"
    yield ""
