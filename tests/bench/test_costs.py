from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.costly import PIECES, cell, finished, measured, new_provenance, old_provenance
from tests.bench.toy import write_suite
from tests.report.cells import spec, write_cell
from todsum import provenance
from todsum.bench.cell import plan
from todsum.bench.costs import Estimates, Measured, estimates
from todsum.bench.costs.estimates import read_results
from todsum.bench.costs.likeness import Likeness
from todsum.bench.costs.planned import makespan
from todsum.bench.costs.sizes import Sizes, training_work
from todsum.bench.result import Result, read_record
from todsum.bench.suite import read_suite
from todsum.bench.task import make_task
from todsum.errors import TodsumError

amounts = st.floats(0.01, 1e5)


@settings(max_examples=50, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(PIECES, amounts)), amounts, st.integers(1, 60), st.integers(1, 60))
def test_one_twin_of_another_seed_is_the_estimate(seconds, memory, tests, trained):
    told = new_provenance(seconds=seconds, wall_seconds=sum(seconds.values()), peak_memory_mb=memory)
    found = Estimates([measured(spec(seed=1), told, tests, trained)]).of(cell(seed=2))
    assert (found.seconds, found.memory) == (sum(seconds.values()), memory)
    assert (found.cells, found.likeness, found.device, found.threads) == (1, Likeness.SEED, "cpu", 1)


PLACES = [
    {"seed": 1}, {"seed": 2}, {"target": "train"}, {"target": "hotel", "seed": 1}, {"setting": "few-shot"},
    {"settings": {"epochs": 5}}, {"settings": {"epochs": 5, "prompt": "state"}}, {"method": "dop"},
    {"dataset": "qmsum"}, {"setting": "transfer", "source": "hotel"}, {"backbone": "large"},
    {"method": "dop", "settings": {}},
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_order_of_past_cells_does_not_matter(data):
    chosen = data.draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=9))
    past = []
    for place in chosen:
        told = old_provenance() if data.draw(st.booleans()) else new_provenance()
        told |= {"wall_seconds": data.draw(amounts), "peak_memory_mb": data.draw(amounts)}
        told |= {"device": data.draw(st.sampled_from(["cpu", "cuda", "cuda:1"]))}
        past.append(measured(spec(**place), told, data.draw(st.integers(1, 50)), data.draw(st.integers(1, 50))))
    shuffled = list(past)
    random.Random(data.draw(st.integers(0, 99))).shuffle(shuffled)
    for place in PLACES:
        new = cell(**(place | {"seed": 7}))
        assert Estimates(past).of(new) == Estimates(shuffled).of(new)


def test_the_most_alike_cells_decide():
    """Each cell that is added is more alike than all before it."""
    chain = [
        ({"dataset": "qmsum", "settings": {"epochs": 3}}, Likeness.DATA),
        ({"method": "dop"}, Likeness.METHOD),
        ({"settings": {"epochs": 3, "prompt": "state", "lr": 2}}, Likeness.SETTINGS),
        ({"settings": {"epochs": 3, "prompt": "state"}}, Likeness.SETTINGS),
        ({"setting": "few-shot"}, Likeness.SETTING),
        ({"target": "hotel"}, Likeness.TARGET),
        ({"seed": 1}, Likeness.SEED),
    ]
    past: list[Measured] = []
    for number, (changes, likeness) in enumerate(chain, 1):
        told = new_provenance(seconds={**dict.fromkeys(PIECES, 0.0), "other": 100.0 * number}, peak_memory_mb=number)
        told |= {"wall_seconds": 100.0 * number}
        past.append(measured(spec(**changes), told))
        found = Estimates(past).of(cell(seed=2))
        assert (found.seconds, found.memory, found.likeness) == (100.0 * number, number, likeness)


def test_several_seeds_give_the_median_time_and_the_largest_memory():
    past = [
        measured(spec(seed=seed), new_provenance(wall_seconds=wall, peak_memory_mb=memory))
        for seed, wall, memory in ((1, 10.0, 300.0), (2, 14.0, 250.0), (3, 90.0, 900.0))
    ]
    found = Estimates(past).of(cell())
    assert (found.seconds, found.memory, found.memory_is_bound, found.cells) == (14.0, 900.0, False, 3)


def test_nothing_alike_is_no_estimate():
    assert Estimates([]).of(cell()) is None
    other = [measured(spec(method="dop", backbone="large"))]
    assert Estimates(other).of(cell()) is None
    assert Estimates(other).memory(cell()) is None
    plain = {"backbone": None, "backbone_revision": None, "settings": {}}
    untrained = [measured(spec(method="lead-3", **plain), trained=None)]
    assert Estimates(untrained).of(cell(trains=False, method="oracle", **plain)) is None


def test_stages_grow_with_what_they_go_over():
    """From hotel, 50 examples to train on and 30 to test, to taxi: 40 and 10."""
    past = [measured(spec(target="hotel"), tests=30, trained=50)]
    found = Estimates(past).of(cell(target="taxi"))
    # 3 epochs in batches that are not known: examples alone.
    assert found.seconds == pytest.approx(1.0 + 0.5 + 20.0 * 40 / 50 + (6.0 + 2.0) * 10 / 30)
    assert found.memory == 500.0


def test_older_results_take_each_half():
    past = [measured(spec(target="hotel"), old_provenance(wall_seconds=30.0), tests=30, trained=50)]
    assert Estimates(past).of(cell(target="taxi")).seconds == pytest.approx(15 * 40 / 50 + 15 * 10 / 30)
    plain = {"method": "lead-3", "backbone": None, "backbone_revision": None}
    past = [measured(spec(target="hotel", **plain), old_provenance(wall_seconds=30.0), tests=30, trained=None)]
    assert Estimates(past).of(cell(trains=False, **plain)).seconds == pytest.approx(10)


@pytest.mark.parametrize(
    ("values", "examples", "work"),
    [
        ({"epochs": 3, "batch_size": 8}, 41, 3 * 6 * 8),  # 41 examples are 6 batches
        ({"epochs": 3, "batch_size": 8, "max_steps": 5}, 41, 5 * 8),
        ({"epochs": 3, "batch_size": 8, "max_steps": 500}, 41, 3 * 6 * 8),
        ({"epochs": 3, "batch_size": 8, "max_steps": None, "swapped_copies": 1}, 41, 3 * 11 * 8),  # 82 are 11
        ({"epochs": 3, "batch_size": 8, "max_steps": 0}, 41, 0),
        ({"epochs": True, "batch_size": "8"}, 41, 41),
        ({}, 41, 41),
        ({"epochs": 3, "batch_size": 8}, None, None),
    ],
)
def test_training_work(values, examples, work):
    assert training_work(values, examples) == work


def test_steps_that_are_bounded_do_not_grow():
    bounded = {"settings": {"epochs": 3, "batch_size": 4, "max_steps": 6}}
    past = [measured(spec(target="hotel", **bounded), tests=10, trained=50)]
    assert Estimates(past).of(cell(target="taxi", **bounded)).seconds == pytest.approx(sum(PIECES.values()))


def test_a_cell_that_does_not_train_says_nothing_of_training():
    frozen = spec(settings={"epochs": 3, "batch_size": 4, "max_steps": 0})
    tuned = {"settings": {"epochs": 3, "batch_size": 4, "max_steps": 9}}
    assert Estimates([measured(frozen)]).of(cell(**tuned)) is None
    other = measured(spec(settings={"epochs": 2, "batch_size": 2, "max_steps": 18, "lr": 1}))
    assert Estimates([measured(frozen), other]).of(cell(**tuned)).seconds == pytest.approx(sum(PIECES.values()))


def test_a_backbone_as_it_is_takes_no_training():
    """What tells of training is left out; fit of a cell that did not train is loading, and stays."""
    frozen = {"epochs": 3, "batch_size": 4, "max_steps": 0}
    new = cell(settings=frozen)
    trained = spec(settings=frozen | {"max_steps": 9})
    assert Estimates([measured(trained)]).of(new).seconds == pytest.approx(1 + 0.5 + 8)
    assert Estimates([measured(trained, old_provenance(wall_seconds=40.0))]).of(new).seconds == pytest.approx(20)
    other = spec(target="hotel", settings=frozen)
    assert Estimates([measured(other, tests=30)]).of(new).seconds == pytest.approx(1 + 0.5 + 20 + 8 / 3)
    assert Estimates([measured(other, old_provenance(wall_seconds=40.0), 30)]).of(new).seconds == pytest.approx(40 / 3)


def test_a_killed_cell_tells_its_memory_but_not_its_time():
    resumed = measured(spec(seed=1), new_provenance(resumed=True, peak_memory_mb=700.0))
    found = Estimates([resumed]).of(cell())
    assert (found.seconds, found.memory, found.likeness) == (None, 700.0, Likeness.SEED)
    whole = measured(spec(target="train"), new_provenance(peak_memory_mb=600.0))
    found = Estimates([resumed, whole]).of(cell())
    assert found.seconds is not None
    assert (found.memory, found.likeness) == (700.0, Likeness.TARGET)


def test_peaks_of_a_process_are_bounds():
    old = [measured(spec(seed=seed), old_provenance(peak_memory_mb=700.0 + seed)) for seed in (1, 2)]
    found = Estimates(old).of(cell())
    assert (found.memory, found.memory_is_bound) == (701.0, True)
    new = measured(spec(seed=3), new_provenance(peak_memory_mb=650.0))
    found = Estimates([*old, new]).of(cell())
    assert (found.memory, found.memory_is_bound) == (650.0, False)


def test_other_devices_say_nothing_where_the_device_is_known():
    past = [measured(spec(seed=1), new_provenance(device="cuda:1", peak_device_memory_mb=9000.0))]
    assert Estimates(past, device="cpu").of(cell()) is None
    assert Estimates(past, device="cuda").of(cell()).device_memory == 9000.0
    assert Estimates(past).of(cell()).device == "cuda:1"
    plain = {"method": "lead-3", "backbone": None, "backbone_revision": None}
    past = [measured(spec(seed=1, **plain), trained=None)]
    assert Estimates(past, device="cuda").of(cell(trains=False, **plain)) is not None


def test_devices_are_never_mixed():
    walls = (("cpu", 100.0), ("cuda", 1.0), ("cpu", 100.0))
    past = [
        measured(spec(seed=seed), new_provenance(device=device, wall_seconds=wall))
        for seed, (device, wall) in enumerate(walls)
    ]
    found = Estimates(past).of(cell(seed=9))
    assert (found.seconds, found.device, found.cells) == (100.0, "cpu", 2)


def test_the_same_machine_and_threads_come_first():
    here = provenance.machine()
    walls = (({}, 1, 10.0), ({}, 2, 20.0), (here, 1, 30.0), (here, 2, 40.0))
    past = [
        measured(spec(seed=seed), new_provenance(machine=machine, threads=threads, wall_seconds=wall))
        for seed, (machine, threads, wall) in enumerate(walls)
    ]
    assert Estimates(past, threads=2).of(cell(seed=9)).seconds == 40.0
    assert Estimates(past, threads=1).of(cell(seed=9)).seconds == 30.0
    found = Estimates(past).of(cell(seed=9))
    assert (found.seconds, found.threads) == (35.0, None)
    assert Estimates(past[:2], threads=2).of(cell(seed=9)).seconds == 20.0


NONSENSE = [None, True, "12", -1, math.inf, math.nan, 1e300, 10**400, [1.0], {"a": 1}]


@pytest.mark.parametrize("value", NONSENSE, ids=repr)
@pytest.mark.parametrize("name", ["wall_seconds", "device_seconds", "peak_memory_mb", "threads", "seconds", "device"])
def test_nonsense_is_left_out(name, value):
    if name == "device" and isinstance(value, str):
        return
    told = new_provenance(**{name: value})
    one = Measured.of(Result.model_construct(**{**finished_fields(), "provenance": told}))
    field = {"wall_seconds": "wall", "peak_memory_mb": "memory", "seconds": "pieces"}.get(name, name)
    assert getattr(one, field) == (29.5 if name == "wall_seconds" else None)
    Estimates([one]).of(cell())


@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_stages_that_are_not_all_numbers_are_left_out(value):
    told = new_provenance(seconds={**PIECES, "fit": value})
    one = Measured.of(Result.model_construct(**{**finished_fields(), "provenance": told}))
    assert (one.pieces, one.wall) == (None, 29.5)


@pytest.mark.parametrize(
    "leak",
    [{}, {"train": 3}, {"train": {"kept": "many"}}, {"train": {"kept": True}}, {"train": {"kept": -4}}],
    ids=repr,
)
def test_a_leak_report_that_is_nonsense(leak):
    one = Measured.of(Result.model_construct(**{**finished_fields(), "leak": leak}))
    assert one.trained is None
    assert Estimates([one]).of(cell(seed=4)).seconds == 29.5


def finished_fields():
    good = Result.model_validate(finished(spec(seed=1), new_provenance()))
    return {name: getattr(good, name) for name in Result.model_fields}


def test_examples_of_few_shot_count():
    assert measured(spec(), trained=40, shots=5).trained == 45


def test_run_directories_are_read_once_and_broken_results_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    runs = tmp_path / "runs"
    for seed in (1, 2):
        write_cell(runs, of := spec(seed=seed), finished(of, new_provenance(wall_seconds=10.0 * seed)))
    broken = write_cell(runs, of := spec(seed=3), finished(of, new_provenance()))
    (broken / "result.json").write_text("{", encoding="utf-8")
    write_cell(runs, spec(seed=4), None)
    opened: list[Path] = []
    monkeypatch.setattr(estimates, "read_record", lambda path, model: opened.append(path) or read_record(path, model))
    found = read_results([runs, runs / ".." / "runs", runs / "todsum", tmp_path / "nowhere"])
    assert len(found) == len(opened) == 3
    assert isinstance(found[broken], TodsumError)
    assert Estimates.read([runs]).of(cell(seed=9)).seconds == 15.0
    assert Estimates.read([runs]).memory(cell(seed=9)) == 500.0
    assert Estimates.read([tmp_path / "nowhere"]).of(cell()) is None


def test_sizes_are_those_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Against the tasks themselves, which take longer to make."""
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    some = {"targets": ["taxi", "train"]}
    from_some = some | {"sources": ["taxi", "hotel"]}
    chosen = ["in-domain", {"name": "zero-shot", **some}, {"name": "few-shot", "k": 2, **some}]
    chosen += [{"name": "zero-shot", "single_domain": True, **some}]
    chosen += [{"name": "transfer", "single_domain": single, **from_some} for single in (True, False)]
    suite = read_suite(write_suite(tmp_path / "s.yaml", methods=["lead-3", "finetune"], settings=chosen))
    suite = suite.model_copy(update={"backbone": "scratch"})
    suite = type(suite).model_validate(suite.model_dump(mode="json") | {"simulate": {"dialogues": 120, "meetings": 9}})
    sizes, trained = Sizes(), 0
    for one in plan(suite, None):
        task = make_task(one.spec, one.choice.build())
        assert sizes.tests(one) == len(task.test), one.spec
        if not one.choice.training:
            assert sizes.trained(one) is None
            continue
        assert sizes.trained(one) == len(task.train) + task.leak.train.duplicates, one.spec
        trained += 1
    assert trained == 15


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 100), max_size=12), st.integers(1, 5))
def test_workers_take_the_longest_cell_that_is_left(seconds, workers):
    ends = [0.0] * workers
    for each in sorted(seconds, key=lambda s: -s):
        free = min(range(workers), key=lambda w: ends[w])
        ends[free] += each
    found = makespan(seconds, workers)
    assert found == pytest.approx(max(ends))
    assert found >= max([*seconds, sum(seconds) / workers]) - 1e-9
