"""Run directories of small made-up data, with predictions as a run leaves them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.toy import toy_data
from tests.data.published import write_todsum
from tests.report.cells import result, rouge_columns, spec, write_cell
from todsum.data.builder import build
from todsum.data.schema import from_rows

SYSTEMS = ("lead-3", "secret finetune", "oracle")
#: What neither a dialogue nor a summary should be able to do to a page.
NASTY = '</script><script>alert(1)</script><img src=x onerror="alert(2)"><!-- &amp; "quoted", =1+1\u2028'


def nasty_data(root: Path, test: int = 12) -> Path:
    """Simulated-looking data whose first dialogue is full of markup."""
    toy_data(root, test=test)
    path = root / "todsum" / "todsum" / "test.json"
    records = json.loads(path.read_text())
    records[0]["text"][0] = NASTY
    write_todsum(root, test=records)
    return root


def write_runs(
    runs: Path,
    data: Path,
    systems: Sequence[str] = SYSTEMS,
    seeds: Sequence[int] = (2, 5),
    splits: tuple[str, ...] = ("test",),
    **changes: Any,
) -> Path:
    """At two targets of simulated data, every system's summaries with some seeds; no name of a system is in a text."""
    built = build("todsum-sim", data, "full", splits)
    examples = from_rows(built.splits["test"])
    for target in ("hotel", "taxi"):
        tested = [example for example in examples if target in example.domains]
        for place, label in enumerate(systems):
            for seed in seeds:
                cell = spec(
                    dataset="todsum-sim",
                    protocol="simulated",
                    fingerprint=built.fingerprint,
                    input={"view": "dialogue", "markers": False},
                    setting_options={"single_domain": False},
                    target=target,
                    label=label,
                    method="finetune",
                    settings={"place": place},
                    seed=seed,
                    **changes,
                )
                content = result(
                    cell,
                    rouge_columns([0.1 * place + 0.2] * len(tested)),
                    domains=[example.domains for example in tested],
                    ids=[example.id for example in tested],
                    groups=[example.group for example in tested],
                )
                folder = write_cell(runs, cell, content)
                rows = [
                    {"id": example.id, "summary": f"={NASTY} {place} of {seed}: {example.id}"} for example in tested
                ]
                text = "".join(json.dumps(row) + "\n" for row in rows)
                (folder / "predictions.jsonl").write_text(text, encoding="utf-8")
    return runs


def read_sheet(path: Path) -> list[dict[str, str]]:
    """A sheet's rows."""
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def write_sheet(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A sheet as a spreadsheet program writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
