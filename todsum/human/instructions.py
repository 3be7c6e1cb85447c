"""What raters are told."""

from __future__ import annotations

from collections.abc import Sequence

from todsum.human.criteria import CRITERIA
from todsum.human.sheet import Page


def instructions(pages: Sequence[Page]) -> str:
    """The instructions as Markdown."""
    summaries = sum(len(page.summaries) for page in pages)
    lines = [
        "# Rating summaries",
        "",
        f"You will read {_many(len(pages), 'dialogue', 'dialogues')} and rate "
        f"{_many(summaries, 'summary', 'summaries')} of them, each on four criteria from 1 to 5. On all four, higher "
        "is better.",
        "",
        "| criterion | column | question | 1 means | 5 means |",
        "|---|---|---|---|---|",
        *(f"| {c.title} | `{c.name}` | {c.question} | {c.worst} | {c.best} |" for c in CRITERIA),
        "",
        "Use either of the two, not both:",
        "",
        "* **The form.** Open `form.html` in a browser. Nothing leaves your computer; the browser keeps your answers "
        "as far as it allows. At the end (or for a break) press *Download ratings.csv* and hand that file in.",
        "* **The sheet.** Open `items.csv` in a spreadsheet, fill in the four columns and perhaps `comment`, save it "
        "as CSV (UTF-8), and hand it in. Change nothing in the other columns.",
        "",
        "Rate alone, and judge every summary by its dialogue, not by the other summaries. What stands beside the "
        "dialogue (a question, or what was agreed) helps to find the place; the dialogue decides. Leave a rating empty "
        "rather than guess.",
        "",
    ]
    return "\n".join(lines)


def _many(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
