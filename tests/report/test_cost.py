from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.bench.costly import finished, new_provenance, old_provenance
from tests.report.cells import METRICS, spec, write_cell
from tests.report.runs import write_runs
from todsum.report.formats import FILES, read_tables, render


def write(runs: Path, cells: list[tuple[dict[str, Any], dict[str, Any]]]) -> Path:
    """Finished cells of given specs and provenance."""
    for changes, provenance in cells:
        write_cell(runs, of := spec(**changes), finished(of, provenance) | {"signatures": {"rouge": "rouge|v:1"}})
    return runs


def shown(runs: Path, name: str = "md") -> str:
    return render(read_tables(runs, METRICS), name, cost=True)


def overview(text: str) -> dict[str, list[str]]:
    """The cost columns of the first table, by method."""
    lines = [[part.strip() for part in line.strip("|").split("|")] for line in text.split("\n") if line[:1] == "|"]
    header = lines[0]
    first = header.index("Seconds a cell")
    body = lines[2 : 2 + next((n for n, line in enumerate(lines[2:]) if line[0] == "Method"), len(lines))]
    return {"header": header[first:]} | {line[0]: line[first:] for line in body}


SECONDS = {"taxi": (10.0, 20.5), "hotel": (30.0, 99.0)}


@pytest.fixture
def alike(tmp_path: Path) -> Path:
    """Two targets and two seeds under the same conditions."""
    cells = [
        ({"target": target, "seed": seed}, new_provenance(device_seconds=seconds, peak_memory_mb=seconds * 10))
        for target, both in SECONDS.items()
        for seed, seconds in enumerate(both)
    ]
    return write(tmp_path / "runs", cells)


def test_a_row_has_the_mean_of_a_cell_the_sum_and_the_largest_peak(alike: Path) -> None:
    text = shown(alike)
    every = [seconds for both in SECONDS.values() for seconds in both]
    assert overview(text) == {
        "header": ["Seconds a cell", "in all", "Peak MB"],
        "finetune": [f"{sum(every) / 4:.1f}", f"{sum(every):.1f}", "990"],
    }
    assert "- All cells ran on cpu, 1 thread, Linux 6.1 x86_64." in text
    for mark in ("- w:", "- ≤:", "- ≥:", "[1]"):
        assert mark not in text


def test_json_tells_the_cost_of_each_column(alike: Path) -> None:
    found = {entry["target"]: entry["cost"] for entry in json.loads(shown(alike, "json"))}
    for target, seconds in (*SECONDS.items(), ("average", (10.0, 20.5, 30.0, 99.0))):
        (cost,) = found[target]
        assert cost["cells"] == cost["timed"] == len(seconds)
        assert cost["seconds_in_all"] == pytest.approx(math.fsum(seconds))
        assert cost["seconds_a_cell"] == pytest.approx(math.fsum(seconds) / len(seconds))
        assert (cost["peak_memory_mb"], cost["seconds_are"], cost["at_least"]) == (max(seconds) * 10, "device", False)
        on = {"device": "cpu", "threads": 1, "processes": 1, "machine": "Linux 6.1 x86_64"}
        assert (cost["on"], cost["peak_device_memory_mb"]) == (on, None)


def test_csv_has_lines_for_the_cost(alike: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(shown(alike, "csv"))))
    costs = {(row["target"], row["score"]): row for row in rows if row["score"].startswith("cost_")}
    row = costs["taxi", "cost_device_seconds_in_all"]
    assert (row["mean"], row["n"], row["method"], row["bound"]) == ("30.5", "2", "finetune", "")
    assert row["ran_on"] == "device: cpu, threads: 1, processes: 1, machine: Linux 6.1 x86_64"
    assert costs["average", "cost_peak_memory_mb"]["mean"] == "990.0"
    others = [row for row in rows if not row["score"].startswith("cost_")]
    plain = list(csv.DictReader(io.StringIO(render(read_tables(alike, METRICS), "csv"))))
    assert [{name: row[name] for name in plain[0]} for row in others] == plain


def test_different_conditions_are_never_averaged(tmp_path: Path) -> None:
    runs = write(
        tmp_path / "runs",
        [
            ({"seed": 0}, new_provenance(device_seconds=100.0)),
            ({"seed": 1}, new_provenance(device_seconds=110.0)),
            ({"seed": 2}, new_provenance(device_seconds=1.0, device="cuda", peak_device_memory_mb=12_345.0)),
            ({"seed": 3}, new_provenance(device_seconds=50.0, threads=2)),
            ({"seed": 4}, new_provenance(device_seconds=7.0, machine={"system": "Darwin", "processor": "arm"})),
        ],
    )
    text = shown(runs)
    row = overview(text)["finetune"]
    assert row[0].replace("\\", "") == "7.0 [1]; 105.0 [2]; 50.0 [3]; 1.0 [4]"
    assert row[1].replace("\\", "") == "7.0 [1]; 210.0 [2]; 50.0 [3]; 1.0 [4]"
    assert row[2:] == ["500", "12345"]
    plain = text.replace("\\", "")
    assert "- [1] cpu, 1 thread, Darwin arm." in plain
    assert "- [4] cuda, 1 thread, Linux 6.1 x86_64." in plain
    assert len(json.loads(shown(runs, "json"))[0]["cost"]) == 4


def test_older_results_are_marked(tmp_path: Path) -> None:
    runs = write(
        tmp_path / "runs",
        [
            ({"seed": 0}, old_provenance(wall_seconds=1500.0, peak_memory_mb=4000.0)),
            ({"seed": 0, "label": "dop", "method": "dop"}, new_provenance(peak_memory_mb=700.0)),
        ],
    )
    text = shown(runs).replace("\\", "")
    found = overview(text)
    assert found["finetune"] == ["1500 w [1]", "1500 w [1]", "≤4000"]
    assert found["dop"] == ["26.0 [2]", "26.0 [2]", "700"]
    assert "- w: the whole wall time" in text and "- ≤: the peak of the process so far" in text
    assert "- [1] cpu, threads not known, Linux 6.1 x86_64; whole wall time." in text


def test_killed_cells_are_at_least(tmp_path: Path) -> None:
    runs = write(tmp_path / "runs", [({"seed": 0}, new_provenance(resumed=True)), ({"seed": 1}, new_provenance())])
    assert overview(shown(runs))["finetune"] == ["≥26.0", "≥52.0", "500"]
    assert "- ≥: a cell was killed and went on" in shown(runs)
    assert r"$\geq$26.0" in shown(runs, "latex") and "≥" not in shown(runs, "latex")
    rows = csv.DictReader(io.StringIO(shown(runs, "csv")))
    assert {row["score"] for row in rows if row["bound"] == "at least"} == {
        "cost_device_seconds_a_cell",
        "cost_device_seconds_in_all",
    }


def test_cells_without_records_show_a_dash(tmp_path: Path) -> None:
    """Also where strangers wrote nonsense; other cells of the row still count."""
    nonsense = {"wall_seconds": "fast", "peak_memory_mb": -3, "device": "\u001b[31mcpu|`x`\n", "threads": True}
    cells = [({"seed": 0}, nonsense), ({"seed": 0, "label": "dop", "method": "dop"}, new_provenance())]
    text = shown(write(tmp_path / "runs", cells))
    found = overview(text)
    assert found["finetune"] == ["–", "–", "–"]
    assert found["dop"][2] == "500" and found["dop"][0].startswith("26.0")
    assert "\u001b" not in text
    assert "left out of means and sums: 1." in text
    assert all(len(row) == 3 for row in found.values())


def test_the_mean_is_of_the_cells_that_tell(tmp_path: Path) -> None:
    walls = ((0, 10.0), (1, None), (2, 20.0))
    cells = [({"seed": seed}, old_provenance(wall_seconds=wall)) for seed, wall in walls]
    text = shown(write(tmp_path / "runs", cells))
    assert overview(text)["finetune"] == ["15.0 w", "30.0 w", "≤500"]
    assert "left out of means and sums: 1." in text


def test_markdown_stays_a_table(alike: Path) -> None:
    html = MarkdownIt("commonmark").enable("table").render(shown(alike))
    assert '<th style="text-align:right">Peak MB</th>' in html


@pytest.mark.parametrize("name", FILES)
def test_only_cost_is_added(tmp_path: Path, name: str) -> None:
    """On runs with failed, dropped and unfinished cells, a table without cost is as before."""
    tables = read_tables(write_runs(tmp_path / "runs"), METRICS)
    with_cost, plain = render(tables, name, cost=True), render(tables, name)
    assert with_cost == render(tables, name, cost=True)
    if name == "json":
        stripped = [{k: v for k, v in entry.items() if k != "cost"} for entry in json.loads(with_cost)]
        assert stripped == json.loads(plain)
    assert all(word in with_cost for word in plain.split("\n")[0].split())


def test_the_same_whatever_the_order_on_disk(alike: Path) -> None:
    tables = read_tables(alike, METRICS)
    row = tables[0].rows[0]
    turned = type(row)(row.spec, row.name, row.reads, row.entries, tuple(reversed(row.cells)))
    other = [type(tables[0])(tables[0].spec, tables[0].targets, tables[0].summary, (turned,))]
    assert [render(other, name, cost=True) for name in FILES] == [render(tables, name, cost=True) for name in FILES]
