from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.report.cells import METRICS, result, rouge_columns, spec, write_cell
from tests.report.runs import write_runs
from todsum.errors import TodsumError
from todsum.report import latex, markdown
from todsum.report.formats import FILES, check_formats, read_tables, render, write_tables

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return write_runs(tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize("name", FILES)
def test_what_people_read_is_as_it_was_looked_at(runs, name):
    """The golden files were read by a person; where a change is meant, write them anew with WRITE_GOLDEN=1 and read."""
    text = render(read_tables(runs, METRICS), name)
    golden = GOLDEN / FILES[name]
    if os.environ.get("WRITE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    if name in ("csv", "json"):  # the last digits of a sum may differ between machines
        digits = re.compile(r"\d+\.\d{6,}")
        assert digits.sub("#", text) == digits.sub("#", golden.read_text(encoding="utf-8"))
        numbers = [list(map(float, digits.findall(t))) for t in (text, golden.read_text(encoding="utf-8"))]
        assert numbers[0] == pytest.approx(numbers[1], abs=1e-5)
    else:
        assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_the_same_results_give_the_same_bytes(runs, tmp_path, name):
    first = render(read_tables(runs, METRICS), name)
    for cell in sorted(runs.rglob("spec.json"), reverse=True):  # another order on disk, other times
        shutil.copytree(cell.parent, tmp_path / cell.parent.relative_to(runs))
        record = tmp_path / cell.parent.relative_to(runs) / "result.json"
        if record.exists():
            record.write_text(json.dumps(json.loads(record.read_text()) | {"provenance": {"wall_s": 99}}, indent=2))
    assert render(read_tables(tmp_path, METRICS), name) == first


def test_json_has_the_documented_keys_and_percentages(runs):
    found = json.loads(render(read_tables(runs, METRICS), "json"))
    assert {"dataset", "setting", "target", "method", "backbone", "seeds", "n", "scores"} <= set(found[0])
    by_place = {(e["setting"], e["label"], e["target"]): e for e in found}
    taxi = by_place["zero-shot", "finetune", "taxi"]
    assert (taxi["seeds"], taxi["n"], taxi["status"]) == ([0, 2], 30, "partial")
    assert taxi["reason"].startswith("seed 1: failed: out | of `memory`")
    score = taxi["scores"]["rouge1"]
    assert 20 < score["ci95"][0] < score["mean"] < score["ci95"][1] < 80  # two seeds: one degree of freedom
    assert (taxi["targets"], by_place["zero-shot", "dop", "taxi"]["targets"]["covered"]) == (
        {"covered": 2, "wanted": 2},
        0,
    )
    assert by_place["zero-shot", "lead-3", "taxi"]["scores"]["rouge1"]["sd"] is None
    assert (
        by_place["zero-shot", "dop", "taxi"] | {"status": "dropped", "reason": "seed 0: dropped: needs a GPU"}
        == (by_place["zero-shot", "dop", "taxi"])
    )
    assert by_place["in-domain", "lead-3", "hotel"]["n"] == 20
    assert by_place["in-domain", "lead-3", "all"]["n"] == 30


def test_csv_has_a_line_for_each_score_of_the_json(runs):
    tables = read_tables(runs, METRICS)
    found = json.loads(render(tables, "json"))
    lines = list(csv.DictReader(io.StringIO(render(tables, "csv"))))
    expected = [(e["label"], e["target"], n, s["mean"]) for e in found for n, s in e["scores"].items()]
    assert [(r["label"], r["target"], r["score"], float(r["mean"])) for r in lines if r["score"]] == expected
    empty = [(r["label"], r["status"], r["reason"]) for r in lines if not r["score"]]
    assert empty == [("dop", "dropped", "seed 0: dropped: needs a GPU")]


def test_csv_holds_no_formulas(tmp_path):
    cell = spec(label="=1+1", backbone="@SUM(A1)")
    write_cell(tmp_path, cell, result(cell, rouge_columns([0.5])))
    [line, *_] = csv.DictReader(io.StringIO(render(read_tables(tmp_path, METRICS), "csv")))
    assert (line["label"], line["backbone"]) == ("'=1+1", "'@SUM(A1)")


def shown(text: str) -> str:
    """What a reader sees of Markdown's HTML."""
    inline = MarkdownIt("commonmark").enable("table").enable("strikethrough").parseInline(text)[0].children
    assert inline is not None
    assert {token.type for token in inline} <= {"text", "text_special"}
    return "".join(token.content for token in inline)


@given(st.text(alphabet=st.sampled_from("a_*`|<>&#[]()!~\\ \n\u202e1;b/:")))
def test_markdown_shows_any_text_as_it_is(text):
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    assert shown(markdown.escape(text)) == plain


@given(st.text(alphabet=st.sampled_from("a*`|<\\ \n"), min_size=1))
def test_markdown_tables_keep_their_columns_whatever_is_in_them(text):
    lines = markdown.grid_lines(["x", "y"], [[markdown.escape(text), "1"]], labels=1)
    html = MarkdownIt("commonmark").enable("table").render("\n".join(lines))
    assert html.count("<td") == 2
    assert html.count("<th") - html.count("<thead") == 2


@given(st.text())
def test_latex_has_no_command_but_those_of_the_escapes(text):
    escaped = latex.escape(text)
    known = re.compile(r"\\text[a-z]+\{\}|\\[{}$&#%_]|\$\\(pm|times)\$")
    assert not re.search(r"[\\{}$&#%_^~\n]", known.sub("", escaped))


def test_latex_rows_fit_their_column_count(runs):
    text = render(read_tables(runs, METRICS), "latex")
    grids = re.findall(r"\\begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", text, re.S)
    assert len(grids) == text.count(r"\begin{table}") == text.count(r"\end{table}") > 5
    for columns, body in grids:
        for line in re.findall(r"^(.*) \\\\$", body, re.M):
            assert len(re.findall(r"(?<!\\)&", line)) == len(columns) - 1


def test_several_formats_go_to_a_folder(runs, tmp_path):
    tables = read_tables(runs, METRICS)
    found = write_tables(tables, ["json", "md", "json"], tmp_path / "new" / "folder")
    assert [path.name for path in found] == ["table.json", "table.md"]
    assert found[1].read_text(encoding="utf-8") == render(tables, "md")


def test_wrong_use_is_told_in_one_line(runs, tmp_path):
    with pytest.raises(TodsumError, match="did you mean latex"):
        check_formats(["latx"])
    with pytest.raises(TodsumError, match="no format given"):
        check_formats([])
    (tmp_path / "file").touch()
    with pytest.raises(TodsumError, match="file: is a file, not a folder"):
        write_tables(read_tables(runs, METRICS), ["csv"], tmp_path / "file" / "folder")
