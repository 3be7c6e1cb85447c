from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bench.toy import toy_data
from tests.data.imported.test_opening import samsum, write_jsonl
from todsum.bench.cell import Cell, plan
from todsum.bench.runner import Options, run_cell
from todsum.bench.store import CellStore
from todsum.bench.suite import read_suite
from todsum.data.hub.configs import hub_data
from todsum.data.hub.export import export
from todsum.errors import TodsumError

COLUMNS = {"id": "id", "dialogue": "dialogue", "summary": "summary"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


def cells(tmp_path: Path, place: str | Path, **grid: Any) -> list[Cell]:
    grid = {"dataset": f"hub:{place}", "settings": ["in-domain"], "methods": ["lead-3"]} | grid
    suite = {"name": "s", "description": "for a test", "grids": [grid]}
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")
    return plan(read_suite(tmp_path / "s.yaml"), None)


def test_an_imported_export_scores_as_what_it_was_made_of(tmp_path: Path) -> None:
    data = toy_data(tmp_path / "data")
    export(hub_data("todsum", data, "full"), tmp_path / "out")
    suite = {"name": "t", "description": "d", "grids": [{"dataset": "todsum", "settings": ["zero-shot"]}]}
    suite["grids"][0]["methods"] = ["lead-3", "state-template"]  # type: ignore[index]
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")
    theirs = plan(read_suite(tmp_path / "t.yaml"), data)
    mine = cells(tmp_path, tmp_path / "out", settings=["zero-shot"], methods=["lead-3", "state-template"])
    assert [cell.spec.target for cell in mine] == [cell.spec.target for cell in theirs] == ["hotel", "taxi"] * 2
    for one, other in zip(mine, theirs, strict=True):
        results = []
        for cell in (one, other):
            assert run_cell(cell, Options(tmp_path / "runs")).state == "finished"
            found = CellStore(tmp_path / "runs", cell.spec).finished()
            assert found is not None
            results.append(found)
        assert results[0].ids == results[1].ids and results[0].scores == results[1].scores
    assert mine[0].spec.dataset == "hub-out" and mine[0].spec.protocol == "imported"
    assert run_cell(mine[0], Options(tmp_path / "runs")).state == "cached"


def test_a_foreign_data_set_runs_in_domain(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum(n) for n in range(3)])
    (cell,) = cells(tmp_path, tmp_path / "d", columns=COLUMNS)
    assert run_cell(cell, Options(tmp_path / "runs")).state == "finished"
    assert cell.spec.folder().parts[0] == "hub-d"
    write_jsonl(tmp_path / "d2" / "test.jsonl", [samsum(n) for n in range(1, 4)])
    (tmp_path / "d").rename(tmp_path / "old")
    (tmp_path / "d2").rename(tmp_path / "d")
    from todsum.bench import grid_data as module

    module._opened.cache_clear()
    module._build.cache_clear()
    (changed,) = cells(tmp_path, tmp_path / "d", columns=COLUMNS)
    assert changed.spec.key() != cell.spec.key(), "other files, another cell"


def test_how_the_data_was_read_is_in_the_result(tmp_path: Path) -> None:
    rows = [samsum(1, dialogue="Ana: hi\nyes, so: bye"), samsum(2, dialogue="Ana: hi\nBob: <Media omitted>\nBob: yo")]
    write_jsonl(tmp_path / "d" / "test.jsonl", rows)
    (cell,) = cells(tmp_path, tmp_path / "d", columns=COLUMNS)
    assert run_cell(cell, Options(tmp_path / "runs")).state == "finished"
    result = CellStore(tmp_path / "runs", cell.spec).finished()
    assert result is not None and result.facts["reading"] == {"doubtful_lines": 1, "left_out": 1}
    about = "data as it was read: "
    looks, left = (note for note in result.notes if note.startswith(about))
    assert looks == f"{about}1 line looks like a new speaker and was read as part of the turn before"
    assert left.startswith(f"{about}left out, since nobody says it")


def test_domains_without_states_are_not_compared_with_empty_states(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum(n) | {"topic": ["taxi"]} for n in range(3)])
    (cell,) = cells(tmp_path, tmp_path / "d", columns=COLUMNS | {"domains": "topic"})
    assert run_cell(cell, Options(tmp_path / "runs")).state == "finished"
    result = CellStore(tmp_path / "runs", cell.spec).finished()
    assert result is not None and result.domains == [["taxi"]] * 3
    assert set(result.signatures) == {"rouge"}


def test_what_needs_domains_or_states_says_so(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum()])
    with pytest.raises(TodsumError, match=r"zero-shot: hub:.*/d has no domains, so that only in-domain can be run"):
        cells(tmp_path, tmp_path / "d", columns=COLUMNS, settings=["zero-shot"])
    prompt = {"name": "finetune", "label": "with state", "settings": {"prompt": "state", "backbone": "scratch"}}
    write_jsonl(tmp_path / "d" / "train.jsonl", [samsum(9)])
    found = cells(tmp_path, tmp_path / "d", columns=COLUMNS, methods=["state-template", prompt, "lead-3"])
    for cell in found[:2]:
        outcome = run_cell(cell, Options(tmp_path / "runs"))
        assert outcome.state == "failed" and "reads dialogue states, and hub:" in str(outcome.reason)
    assert found[2].problem is None


WRONG = [
    ({"dataset": "hub:org/name"}, "40 hex digits"),
    ({"dataset": "hub:org/name@main"}, "todsum-bench data check hub:org/name"),
    ({"dataset": "hub:a/b/c"}, "expected hub:org/name@revision"),
    ({"dataset": "todsum", "columns": COLUMNS}, "todsum takes no columns"),
    ({"dataset": "todsun"}, "did you mean todsum"),
    ({"columns": {"dialog": "x", "summary": "y"}}, "columns"),
    ({"speakers": "("}, "not a regular expression"),
    ({"speakers": "x"}, "needs one group"),
    ({"view": "located"}, "has no view located"),
]


@pytest.mark.parametrize(("change", "reason"), WRONG)
def test_a_wrong_grid_is_refused(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    with pytest.raises(TodsumError, match=reason):
        cells(tmp_path, tmp_path / "d", **change)


def test_simulated_suites_take_no_imports(tmp_path: Path) -> None:
    grid = {"dataset": f"hub:{tmp_path}", "settings": ["in-domain"], "methods": ["lead-3"]}
    suite = {"name": "s", "description": "d", "simulate": {"dialogues": 10}, "grids": [grid]}
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(suite), encoding="utf-8")
    with pytest.raises(TodsumError, match="can't have a grid of a data set from elsewhere"):
        read_suite(tmp_path / "s.yaml")
