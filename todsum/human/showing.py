"""A human evaluation as it is printed."""

from __future__ import annotations

import json

from todsum.human.evaluation import HumanEvaluation
from todsum.human.placed import HEADER, evaluation_notes, system_json, system_texts, system_title
from todsum.report.markdown import escape, grid_lines


def evaluation_markdown(human: HumanEvaluation) -> str:
    """The means of each system, and what a reader has to know."""
    rows = [[escape(system_title(system)), *map(escape, system_texts(system))] for system in human.systems]
    notes = [f"- {escape(note)}" for note in evaluation_notes(human)]
    heading = [f"## {escape(human.key.table)}", "", "**Human evaluation**", ""]
    return "\n".join([*heading, *grid_lines(["Method", *HEADER], rows, labels=1), "", *notes]) + "\n"


def evaluation_json(human: HumanEvaluation) -> str:
    """The same for programs, as one object; ratings and key are in ``human.json``."""
    content = {
        "table": human.key.table,
        "examples": human.key.examples,
        "items": len(human.key.items),
        "raters": {rater: count.model_dump() for rater, count in human.raters.items()},
        "agreement": {name: found.model_dump() for name, found in human.agreement.items()},
        "systems": [
            {
                "label": system.label,
                "backbone": system.backbone,
                "source": system.source,
                "cells": list(system.cells),
                "scores": system_json(system),
            }
            for system in human.systems
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
