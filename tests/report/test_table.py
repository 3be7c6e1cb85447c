from __future__ import annotations

import re
import statistics
from collections import Counter

import pytest

from tests.report.cells import METRICS, drawn, result, rouge_columns, spec, write_cell
from todsum import stats
from todsum.bench.result import read_runs
from todsum.errors import TodsumError
from todsum.report import footnotes, page, significance, verdict
from todsum.report.significance import winners
from todsum.report.table import build_tables

ORACLE = {"state": False, "reference": True, "unlabelled": False}
GOLD = {"state": True, "reference": False, "unlabelled": False}
TRAINED = {"trainable_parameters": 9}
WRITTEN = {"state": False, "reference": False, "unlabelled": False, "target_references": True}
UNTRAINED = {"settings": {}, "backbone": None, "backbone_revision": None, "fingerprint": "7e57"}


def tables(runs):
    return build_tables(read_runs(runs), METRICS)


def put(runs, figures, **changes):
    """A finished cell whose ROUGE columns are all these figures."""
    told = ("domains", "groups", "signatures", "reads", "facts", "leak")
    own = {name: changes.pop(name) for name in told if name in changes}
    cell = spec(**changes)
    return write_cell(runs, cell, result(cell, rouge_columns(figures), **own))


def rows(table):
    return {row.name: row for row in table.rows}


def test_average_is_that_of_targets_whatever_their_size_and_spread_that_of_seeds(tmp_path):
    figures = {("taxi", 0): [0.2, 0.4], ("taxi", 1): [0.4, 0.6], ("hotel", 0): [0.9] * 5, ("hotel", 1): [0.8] * 5}
    for (target, seed), own in figures.items():
        put(tmp_path, own, target=target, seed=seed)
    [table] = tables(tmp_path)
    assert table.columns == ("hotel", "taxi", "average")
    entries = table.rows[0].entries
    found = entries["taxi"].figures["rouge1"]
    assert (found.mean, found.sd) == pytest.approx((0.4, statistics.stdev([0.3, 0.5])))
    found = entries["average"].figures["rouge1"]
    assert (found.mean, found.sd) == pytest.approx((0.625, statistics.stdev([0.6, 0.65])))
    assert (entries["average"].n, entries["average"].seeds) == (7, (0, 1))


def test_scores_that_are_no_plain_means_are_combined_before_they_are_averaged(tmp_path):
    for target, p, r in (("taxi", [0.5, None], [0.1, 0.5]), ("hotel", [1.0], [0.25])):
        columns = {"consistency_official_precision": p, "consistency_official_recall": r}
        write_cell(tmp_path, cell := spec(target=target), result(cell, columns))
    entries = tables(tmp_path)[0].rows[0].entries
    taxi, hotel = 2 * 0.5 * 0.3 / 0.8, 2 * 1 * 0.25 / 1.25
    assert entries["taxi"].figures["consistency_official_f1"].mean == pytest.approx(taxi)
    assert entries["average"].figures["consistency_official_f1"].mean == pytest.approx((taxi + hotel) / 2)
    assert "rouge1" not in entries["average"].figures


def test_in_domain_is_split_by_the_examples_domains(tmp_path):
    domains = [["hotel"], ["hotel", "taxi"], ["taxi"], ["train"]]
    put(tmp_path, [0.1, 0.2, 0.6, 0.7], setting="in-domain", target="all", domains=domains)
    [table] = tables(tmp_path)
    assert table.columns == ("hotel", "train", "taxi", "all")
    entries = table.rows[0].entries
    found = {name: (entry.n, round(entry.figures["rouge2"].mean, 9)) for name, entry in entries.items()}
    assert found == {"hotel": (2, 0.15), "taxi": (2, 0.4), "train": (1, 0.7), "all": (4, 0.4)}


def test_official_test_sets_stand_beside_the_whole(tmp_path):
    """MTS-Dialog has two; an example belongs to the one that its id begins with."""
    ids, domains = ["test-1-0", "test-1-1", "test-1-10", "test-2-0"], [["cc"], ["genhx"], ["cc"], ["cc"]]
    cell = spec(dataset="mts-dialog", setting="in-domain", setting_options={}, target="all")
    content = result(cell, rouge_columns([0.1, 0.2, 0.6, 0.7]), domains)
    write_cell(tmp_path, cell, content | {"ids": ids, "groups": ids})
    [table] = tables(tmp_path)
    assert table.columns == ("genhx", "cc", "test-1", "test-2", "all")
    entries = table.rows[0].entries
    found = {name: (entry.n, round(entry.figures["rouge1"].mean, 9)) for name, entry in entries.items()}
    assert found == {
        "genhx": (1, 0.2),
        "cc": (3, round(1.4 / 3, 9)),
        "test-1": (3, 0.3),
        "test-2": (1, 0.7),
        "all": (4, 0.4),
    }
    notes = page.page(table).notes
    assert "test-1, test-2: the official test sets, which together make all test examples." in notes
    assert not any("several domains" in note for note in notes)


def test_transfer_has_a_row_for_each_source_and_averages_over_the_others(tmp_path):
    for source, target, mean in (("hotel", "hotel", 0.9), ("hotel", "taxi", 0.5), ("hotel", "train", 0.3)):
        put(tmp_path, [mean], setting="transfer", source=source, target=target)
    put(tmp_path, [0.4], setting="transfer", source="taxi", target="hotel")
    [table] = tables(tmp_path)
    assert [(row.spec.source, sorted(row.entries)) for row in table.rows] == [
        ("hotel", ["average", "hotel", "taxi", "train"]),
        ("taxi", ["hotel"]),
    ]
    assert table.rows[0].entries["average"].figures["rouge1"].mean == pytest.approx(0.4)


def test_what_can_not_be_compared_stands_in_tables_of_its_own(tmp_path):
    for k in (5, 10):
        put(tmp_path, [0.5], setting="few-shot", setting_options={"k": k})
    put(tmp_path, [0.5], protocol="low-resource")
    put(tmp_path, [0.5], input={"view": "gold"})
    put(tmp_path, [0.5])
    found = [(t.spec.setting, t.spec.setting_options, t.spec.protocol, t.spec.input) for t in tables(tmp_path)]
    assert len(found) == 5
    assert found == sorted(found, key=lambda t: (t[2], t[0], str(t[1]).replace("5", "9"), str(t[3])))


def test_rows_go_down_by_score_with_unfinished_and_reference_readers_last(tmp_path):
    for label, mean in (("b", 0.5), ("a", 0.6), ("c", 0.2)):
        put(tmp_path, [mean], label=label, method=label)
    put(tmp_path, [0.1], label="oracle", method="oracle", reads=ORACLE, **UNTRAINED)
    write_cell(tmp_path, spec(label="0", method="0"), None, {"state": "failed", "reason": "no"})
    assert [row.name for row in tables(tmp_path)[0].rows] == ["a", "b", "c", "0", "oracle"]


def test_rows_that_do_not_cover_every_target_stand_below_those_that_do(tmp_path):
    for target in ("taxi", "hotel"):
        put(tmp_path, [0.2], label="whole", method="whole", target=target)
        put(tmp_path, [0.3], label="with states", method="with states", target=target, reads=GOLD)
    put(tmp_path, [0.9], label="part", method="part", target="taxi")
    [table] = tables(tmp_path)
    assert [(row.name, len(table.covered(row)), table.is_whole(row)) for row in table.rows] == [
        ("whole", 2, True),
        ("with states", 2, True),
        ("part", 1, False),
    ]
    overview = page.page(table).grids[0]
    assert overview.header[2] == "Targets"
    assert [row[2].text for row in overview.rows] == ["2/2", "2/2", "1/2"]


def test_rows_of_one_label_are_told_apart_by_their_settings(tmp_path):
    for epochs in (3, 5):
        put(tmp_path, [0.5], settings={"epochs": epochs, "prompt": "none"})
    put(tmp_path, [0.3], label="lead-3", method="lead-3", **UNTRAINED)
    assert set(rows(tables(tmp_path)[0])) == {"lead-3", "finetune (epochs=3)", "finetune (epochs=5)"}


def test_rows_of_one_label_are_told_apart_by_the_backbone_where_that_is_enough(tmp_path):
    for backbone, epochs in (("a", 3), ("b", 5)):
        put(tmp_path, [0.5], settings={"epochs": epochs, "prompt": "none"}, backbone=backbone)
    assert set(rows(tables(tmp_path)[0])) == {"finetune (backbone=a)", "finetune (backbone=b)"}
    put(tmp_path, [0.5], settings={"epochs": 5, "prompt": "none"}, backbone="a")
    assert "finetune (backbone=a, epochs=5)" in rows(tables(tmp_path)[0])


def test_unfinished_cells_are_there_with_their_reason(tmp_path):
    put(tmp_path, [0.5], seed=0)
    write_cell(tmp_path, spec(seed=1), None, {"state": "failed", "reason": "out of memory"})
    put(tmp_path, [0.5], seed=0, target="hotel")
    put(tmp_path, [0.7], seed=1, target="hotel")
    put(tmp_path, [0.7], seed=2, target="hotel")
    write_cell(tmp_path, spec(label="dop", method="dop"), None, {"state": "dropped", "reason": "no GPU"})
    [table] = tables(tmp_path)
    entries = rows(table)["finetune"].entries
    assert entries["taxi"].reasons == ("seed 1: failed: out of memory", "seed 2: no cell")
    assert (entries["taxi"].seeds, entries["taxi"].missing) == ((0,), (1, 2))
    assert (entries["average"].seeds, entries["average"].missing) == ((0,), (1, 2))
    assert entries["average"].figures["rouge1"].mean == pytest.approx(0.5)
    dop = rows(table)["dop"].entries
    assert (dop["taxi"].state, dop["taxi"].figures, set(dop)) == ("dropped", {}, {"taxi"})


def test_the_order_of_examples_does_not_matter(tmp_path):
    cell = spec(seed=1)
    turned = result(cell, rouge_columns([0.3, 0.1]))
    for name in ("ids", "groups"):
        turned[name] = turned[name][::-1]
    write_cell(tmp_path, cell, turned)
    put(tmp_path, [0.2, 0.4])
    samples = tables(tmp_path)[0].rows[0].entries["taxi"].samples
    for seed, figures in ((0, [0.2, 0.4]), (1, [0.1, 0.3])):
        part = samples[seed].parts[0]
        found = dict(zip(part.ids, part.columns["rouge1"], strict=True))
        assert found == pytest.approx(dict(zip(("taxi-0", "taxi-1"), figures, strict=True)))


def test_methods_tested_on_different_examples_are_refused(tmp_path):
    put(tmp_path, [0.5, 0.5])
    put(tmp_path, [0.5], label="lead-3", method="lead-3", **UNTRAINED)
    with pytest.raises(TodsumError, match=r"tested on different examples of taxi \(1 differ\)"):
        tables(tmp_path)


@pytest.mark.parametrize(
    "change", [{"ids": ["x", "y"]}, {"signatures": {"rouge": "rouge|v:2"}}, {"columns": {"rouge1": [0.5, 0.5]}}]
)
def test_seeds_that_do_not_belong_together_are_refused(tmp_path, change):
    put(tmp_path, [0.5, 0.5])
    content = result(spec(seed=1), rouge_columns([0.5, 0.5])) | change
    if "columns" in change:
        content["scores"] = {}
    write_cell(tmp_path, spec(seed=1), content)
    with pytest.raises(TodsumError, match=f"differ in their {next(iter(change))}"):
        tables(tmp_path)


@pytest.mark.parametrize(("scores", "reason"), [({"rouge1": 0.6}, "edited"), ({"rouge": 0.5}, "does not follow")])
def test_a_score_typed_in_by_hand_is_refused(tmp_path, scores, reason):
    cell = spec()
    write_cell(tmp_path, cell, result(cell, rouge_columns([0.5, 0.5]), scores=scores))
    with pytest.raises(TodsumError, match=reason):
        tables(tmp_path)


SEEDS = (0, 1, 2)


def better(tmp_path, gap, seeds=SEEDS, baseline_seeds=SEEDS, apart=0.0, **changes):
    """A table of ``plain`` and of ``finetune``, better by a gap on average; its seeds lie ``apart`` around that."""
    baseline = drawn(0.4, 30)
    for seed in baseline_seeds:
        put(tmp_path, baseline, label="plain", method="plain", seed=seed, facts=TRAINED)
    for seed in seeds:
        noise = drawn(0.5, 30, seed=5 + seed)
        centre = statistics.mean(noise)
        figures = [b + gap + (seed - 1) * apart + 0.2 * (x - centre) for b, x in zip(baseline, noise, strict=True)]
        put(tmp_path, figures, seed=seed, **{"facts": TRAINED} | changes)
    return tables(tmp_path)[0]


def won(table, column="taxi", score="rouge1"):
    return {table.rows[place].name: win for place, win in winners(table, score)[column].items()}


def test_the_best_wins_only_where_chance_does_not_explain_it(tmp_path):
    assert won(better(tmp_path / "far", 0.1)) == {"finetune": "method"}
    near = better(tmp_path / "near", 0.001)
    assert near.rows[0].name == "finetune"
    assert won(near) == {}


def test_seeds_that_disagree_are_no_win_however_sure_the_examples(tmp_path):
    assert won(better(tmp_path, 0.05, apart=0.08)) == {}


def test_one_seed_wins_as_a_trained_model_only(tmp_path):
    assert won(better(tmp_path / "best", 0.1, seeds=[0])) == {"finetune": "model"}
    assert won(better(tmp_path / "other", 0.1, baseline_seeds=[0])) == {"finetune": "model"}


@pytest.mark.parametrize(
    "untrained", [{"facts": {}}, {"facts": {"trainable_parameters": 0}}, {"settings": {"max_steps": 0}}]
)
def test_what_trains_nothing_needs_no_seeds(tmp_path, untrained):
    table = better(tmp_path, 0.1, seeds=[0], **untrained)
    assert won(table) == {"finetune": "method"}


def test_of_trained_methods_a_leak_report_tells(tmp_path):
    assert won(better(tmp_path, 0.1, seeds=[0], facts={}, leak={"train": {}})) == {"finetune": "model"}


def test_systems_with_gold_states_have_a_contest_of_their_own(tmp_path):
    for label, reads, mean in (("a", GOLD, 0.8), ("b", GOLD, 0.5), ("c", None, 0.3), ("d", None, 0.1)):
        put(tmp_path, drawn(mean, 30), label=label, method=label, **({"reads": reads} if reads else {}))
    [table] = tables(tmp_path)
    assert [row.name for row in table.rows] == ["c", "d", "a", "b"]
    assert won(table) == {"a": "method", "c": "method"}
    assert [line.split(" leads")[0] for line in verdict.verdicts(table)] == [
        "Without gold states, c",
        "With gold states (§), a",
    ]


def test_who_was_written_from_references_of_the_target_does_not_compete_where_it_is_held_out(tmp_path):
    for setting in ("zero-shot", "in-domain"):
        for label, reads, mean in (("a", {"reads": WRITTEN}, 0.8), ("b", {}, 0.5), ("c", {}, 0.3)):
            put(tmp_path, drawn(mean, 30), label=label, method=label, setting=setting, **reads)
    in_domain, zero_shot = tables(tmp_path)
    assert won(in_domain) == {"a": "method"}
    assert won(zero_shot) == {"b": "method"}
    assert zero_shot.rows[0].name == "a"


def test_p_is_corrected_for_the_columns_of_a_score(tmp_path):
    for target, gap in (("taxi", 0.05), ("hotel", 0.02), ("train", 0.0)):
        figures = drawn(0.4, 30, seed=len(target))
        put(tmp_path, figures, label="plain", method="plain", target=target, facts={})
        noise = drawn(0.5, 30, seed=9)
        put(tmp_path, [f + gap + 0.3 * (x - 0.5) for f, x in zip(figures, noise, strict=True)], target=target, facts={})
    [table] = tables(tmp_path)
    found = significance.leads(table, "rouge1")[significance.Contest(None, False)]
    assert set(found) == {"taxi", "hotel", "train", "average"}
    ordered = sorted(found.values(), key=lambda lead: lead.test.p)
    expected, largest = [], 0.0
    for place, lead in enumerate(ordered):  # Holm's rule, written out
        largest = max(largest, min(1.0, (4 - place) * lead.test.p))
        expected.append(largest)
    assert [lead.p for lead in ordered] == pytest.approx(expected)
    assert [lead.p for lead in ordered] != [lead.test.p for lead in ordered]


def test_groups_that_hold_together_count_as_one(tmp_path):
    groups = [f"meeting-{i % 3}" for i in range(30)]
    draw = [0.15 * (i % 3) for i in range(30)]
    for label, gap in (("plain", [0.0] * 30), ("finetune", [0.1 * (i % 3) for i in range(30)])):
        figures = [0.3 + x + g for x, g in zip(draw, gap, strict=True)]
        put(tmp_path / "together", figures, label=label, method=label, groups=groups)
        put(tmp_path / "apart", figures, label=label, method=label)
    assert won(tables(tmp_path / "apart")[0]) == {"finetune": "method"}
    assert won(tables(tmp_path / "together")[0]) == {}


def test_who_reads_the_reference_does_not_compete(tmp_path):
    put(tmp_path, drawn(0.9, 30), label="oracle", method="oracle", reads=ORACLE, **UNTRAINED)
    assert won(better(tmp_path, 0.1)) == {"finetune": "method"}


def test_scores_of_different_signatures_are_not_compared(tmp_path):
    assert won(better(tmp_path, 0.1, signatures={"rouge": "rouge|v:0.2"})) == {}


def test_only_rows_of_one_source_compete(tmp_path):
    for source in ("hotel", "train"):
        put(tmp_path, drawn(0.4, 30), setting="transfer", source=source, label="a", method="a")
    put(tmp_path, drawn(0.8, 30), setting="transfer", source="hotel", label="b", method="b")
    table = tables(tmp_path)[0]
    found = [(table.rows[place].name, table.rows[place].spec.source) for place in winners(table, "rouge1")["taxi"]]
    assert found == [("b", "hotel")]
    assert any("best of its source's column" in note for note in page.page(table).notes)


def test_a_group_in_two_targets_is_one_group(tmp_path):
    """The interval of an average over targets that share all dialogues is as wide as one target's, not narrower."""
    figures, groups = drawn(0.5, 60), [f"d{i}" for i in range(60)]
    for target in ("taxi", "hotel"):
        put(tmp_path / "shared", figures, target=target, groups=groups)
        put(tmp_path / "apart", figures, target=target)
    widths = {}
    for runs in ("shared", "apart"):
        entries = tables(tmp_path / runs)[0].rows[0].entries
        for column in ("taxi", "average"):
            low, high = entries[column].intervals["rouge1"]
            widths[runs, column] = high - low
    assert widths["shared", "average"] == pytest.approx(widths["shared", "taxi"], rel=0.01)
    assert widths["apart", "average"] == pytest.approx(widths["apart", "taxi"] / 2**0.5, rel=0.1)


def test_a_verdict_says_how_far_and_whether_the_seeds_agree(tmp_path):
    [line] = verdict.verdicts(better(tmp_path / "sure", 0.1))
    assert re.fullmatch(
        r"finetune leads: \d+\.\d\d R-1, \d+\.\d\d above plain "
        r"\(95% \+\S+ to \+\S+; p < \.001, corrected for the columns\)\. "
        r"All 3 seeds agree \(\+\S+, \+\S+, \+\S+\)\.",
        line,
    )
    [line] = verdict.verdicts(better(tmp_path / "apart", 0.05, apart=0.08))
    assert "is ahead" in line and "Chance may explain it. 2 of 3 seeds agree" in line
    [line] = verdict.verdicts(better(tmp_path / "one", 0.1, seeds=[0]))
    assert line.startswith("finetune leads as one trained model")
    assert line.endswith("One seed of finetune: this says nothing about another training.")
    [line] = verdict.verdicts(better(tmp_path / "two", 0.1, seeds=[0, 1]))
    assert line.endswith("Two seeds of finetune are few: the test errs in up to 10%.")


def test_a_system_without_a_competitor_is_told(tmp_path):
    put(tmp_path, [0.5, 0.4], reads=GOLD)
    assert list(verdict.verdicts(tables(tmp_path)[0])) == [
        "With gold states (§), finetune has no competitor that covers every target: 45.00 R-1."
    ]


def test_one_test_serves_all_scores_of_a_metric(tmp_path, monkeypatch):
    made = []
    real = stats.compare_runs
    monkeypatch.setattr(stats, "compare_runs", lambda *given: made.append(given[0]) or real(*given))
    table = better(tmp_path, 0.1)
    for name in ("rouge1", "rouge2", "rougeLsum", "rouge1"):
        assert won(table, score=name)
    assert len(made) == 1


def test_notes_that_differ_in_their_numbers_alone_are_one_line_with_ranges(tmp_path):
    for target, counts in (("taxi", (3, 201)), ("hotel", (17, 407))):
        for seed in (0, 1):
            cell = spec(target=target, seed=seed)
            notes = [f"{counts[0] + seed} of {counts[1]} summaries loop", "version 1.2 of taxi-3 as v2"]
            write_cell(tmp_path, cell, result(cell, rouge_columns([0.5]), notes=notes))
    found = [note for note in page.page(tables(tmp_path)[0]).notes if note.startswith("all methods")]
    assert found == ["all methods: 3–18 of 201–407 summaries loop", "all methods: version 1.2 of taxi-3 as v2"]


def calls_of_a_page(runs, rows, monkeypatch):
    """How often the page of a table with so many rows, each with a note of its own, looks through all rows."""
    for place in range(rows):
        cell = spec(label=f"m{place}", method=f"m{place}")
        write_cell(runs, cell, result(cell, rouge_columns([place / rows]), notes=["note " + "x" * place]))
    [table] = tables(runs)
    calls = Counter()

    def counted(module, name):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given: calls.update([name]) or real(*given))

    with monkeypatch.context() as monkeypatch:
        counted(page, "_label_header")
        counted(footnotes, "_results")
        laid_out = page.page(table)
    assert sum(note.startswith("m") for note in laid_out.notes) == rows
    return calls


def test_a_page_looks_through_its_rows_as_often_for_many_as_for_few(tmp_path, monkeypatch):
    few = calls_of_a_page(tmp_path / "few", 3, monkeypatch)
    assert few["_label_header"] and few == calls_of_a_page(tmp_path / "many", 30, monkeypatch)


def test_cells_on_the_same_examples_share_them(tmp_path):
    for seed in (0, 1):
        put(tmp_path, [0.2, 0.4], seed=seed)
    put(tmp_path, [0.3, 0.4], label="lead-3", method="lead-3", **UNTRAINED)
    parts = [s.parts[0] for row in tables(tmp_path)[0].rows for s in row.entries["taxi"].samples.values()]
    assert len(parts) == 3 and len({id(part.ids) for part in parts}) == 1
