"""A run directory with everything that a table can show, for the golden files."""

from __future__ import annotations

from pathlib import Path

from tests.report.cells import drawn, result, rouge_columns, spec, write_cell

UNTRAINED = {"settings": {}, "backbone": None, "backbone_revision": None, "fingerprint": "7e57"}


def write_runs(runs: Path) -> Path:
    """Zero-shot with three seeds, a failed and a dropped cell, an upper bound; in-domain with two domains."""
    for target in ("taxi", "hotel"):
        leak = {"held_out": target, "train": {"candidates": 900, "refused": 212, "mentions": 7}, "duplicate_ids": ["x"]}
        for seed in (0, 1, 2):
            for label, mean in (("finetune", 0.5), ("finetune+state", 0.6)):
                cell = spec(target=target, seed=seed, label=label, settings={"prompt": label})
                if (label, target, seed) == ("finetune", "taxi", 1):
                    write_cell(runs, cell, None, {"state": "failed", "reason": "out | of `memory` <b>\\x</b> 50% $1_2"})
                    continue
                figures = [round(x, 3) for x in drawn(mean, 30, seed + len(target))]
                columns = rouge_columns(figures)
                columns["consistency_official_precision"] = [None, *figures[1:]]
                columns["consistency_official_recall"] = [x / 2 for x in figures]
                reads = {"state": label != "finetune", "reference": False, "unlabelled": False}
                write_cell(runs, cell, result(cell, columns, leak=leak, reads=reads))
        for label, mean, reference in (("lead-3", 0.3, False), ("oracle", 0.7, True)):
            cell = spec(target=target, label=label, method=label, **UNTRAINED)
            reads = {"state": False, "reference": reference, "unlabelled": False}
            columns = rouge_columns([round(x, 3) for x in drawn(mean, 30, 7)])
            write_cell(runs, cell, result(cell, columns, reads=reads))
    write_cell(runs, spec(label="dop", method="dop"), None, {"state": "dropped", "reason": "needs a GPU"})
    domains = [["hotel"], ["hotel", "taxi"], ["taxi"]] * 10
    for label, mean in (("lead-3", 0.3), ("longest-3", 0.301)):
        changes = {"setting": "in-domain", "setting_options": {}, "target": "all", "label": label, "method": label}
        cell = spec(**changes, **UNTRAINED)
        columns = rouge_columns([round(x, 3) for x in drawn(mean, 30, len(label))])
        write_cell(runs, cell, result(cell, columns, domains=domains, notes=["8 of 30 pairs have no located span"]))
    return runs
