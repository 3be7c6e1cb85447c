"""Slot recall on values never seen: what fine-tuning leaves of a backbone's copying.

    python benchmarks/adaptation/recall.py RUNS --data DIR

For every finished zero-shot cell of TODSum under RUNS: of the values in the test states that stand in the reference
summary and that neither the cell's training examples nor the backbone's pretraining contain, the share that stands in
the predicted summary. "before" is the backbone itself, not fine-tuned, given state and dialogue as in pretraining.
Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from todsum.bench.result import PREDICTIONS, CellRecord, read_runs
from todsum.bench.task import make_task
from todsum.data.builder import BuiltData, build
from todsum.data.schema import Example, from_rows
from todsum.data.simulation.ontology import domain
from todsum.modeling import backbones
from todsum.pretraining.copying import Case, copied, summaries
from todsum.pretraining.corpus import DOMAINS

_TIME = re.compile(r"\d?\d.?\d\d")


def seen(examples: Iterable[Example]) -> str:
    """All text of the training examples and all listed values of the pretraining domains, in lower case."""
    parts = [value for name in DOMAINS for slot in domain(name).slots.values() for value in slot.values]
    for example in examples:
        parts += [turn.text for turn in example.turns]
        parts += [slot.value for slot in example.state]
        parts += example.summary
    return "\n".join(parts).lower()


def cases(tests: Iterable[Example], known: str) -> list[Case]:
    """The test examples with the values that are new and stand in the reference. Numbers and times are left out."""
    found = []
    for example in tests:
        reference = " ".join(example.summary).lower()
        values = dict.fromkeys(" ".join(slot.value.lower().split()) for slot in example.state)
        new = [v for v in values if len(v) > 2 and not _TIME.fullmatch(v) and v in reference and v not in known]
        if new:
            found.append(Case(example, tuple(new)))
    return found


def of_cell(record: CellRecord, built: BuiltData) -> tuple[list[Case], list[str]]:
    """The cases of a cell, and what it predicted for them."""
    task = make_task(record.spec, built)
    tests = cases(from_rows(task.test), seen(from_rows(task.train)))
    rows = map(json.loads, (record.folder / PREDICTIONS).read_text("utf-8").splitlines())
    predicted = {row["id"]: row["summary"] for row in rows}
    return tests, [predicted[case.example.id] for case in tests]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    after: dict[str, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    before: dict[tuple[str, str], tuple[int, int]] = {}
    built = build("todsum", arguments.data, "low-resource")
    for record in read_runs(arguments.runs):
        spec = record.spec
        if record.result is None or spec.dataset != "todsum" or spec.setting != "zero-shot":
            continue
        tests, texts = of_cell(record, built)
        found = copied(tests, texts)
        after[spec.label][spec.target].append((found.found, found.values))
        if spec.backbone == backbones.MINI and (spec.backbone, spec.target) not in before:
            start = copied(tests, summaries(backbones.load(backbones.MINI), tests, "both", max_source_tokens=640))
            before[spec.backbone, spec.target] = (start.found, start.values)
    print(
        json.dumps(
            {
                "before": {target: _share([counts]) for (_, target), counts in sorted(before.items())},
                "before_all": _share(before.values()),
                "after": {
                    label: {target: _share(counts) for target, counts in sorted(targets.items())}
                    | {"all": _share([pair for counts in targets.values() for pair in counts])}
                    for label, targets in sorted(after.items())
                },
            },
            indent=1,
        )
    )


def _share(counts: Iterable[tuple[int, int]]) -> dict[str, float | int]:
    pairs = list(counts)
    found, values = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    return {"found": found, "values": values, "share": round(found / values, 4) if values else 0.0}


if __name__ == "__main__":
    main()
