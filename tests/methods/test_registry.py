"""Methods by name: built in, from other packages, and mistyped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from tests.training import tiny
from todsum.data.schema import Example, Slot, Turn
from todsum.data.state import ReadState
from todsum.errors import TodsumError
from todsum.methods import registry
from todsum.methods.base import Context, Method, MethodSettings

LIGHT = ["lead-3", "longest-3", "textrank", "oracle", "state-template", "state-plain"]


@pytest.mark.parametrize("name", LIGHT)
def test_built_in_methods_keep_the_contract(name: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = registry.method_class(name)
    assert issubclass(found.Settings, MethodSettings)
    method = found(found.Settings())
    assert isinstance(method, Method)
    assert not method.needs_training_split
    method.fit([], [], Context(tmp_path))
    method.save(tmp_path)
    method.load(tmp_path, Context(tmp_path))
    assert method.summarize([]) == []


@pytest.mark.parametrize("name", registry.BUILT_IN)
def test_every_number_of_the_settings_is_bounded(name: str) -> None:
    """A suite may be a stranger's: none of its numbers may ask for all memory, or for all time."""
    for field, schema in registry.method_class(name).Settings.model_json_schema()["properties"].items():
        for kind in schema.get("anyOf", [schema]):
            if kind.get("type") in ("integer", "number"):
                assert {"maximum", "exclusiveMaximum"} & set(kind), f"{name}: {field}"
                assert {"minimum", "exclusiveMinimum"} & set(kind), f"{name}: {field}"


def test_every_method_says_what_it_is_in_a_line() -> None:
    assert set(LIGHT) < set(registry.entries())
    for entry in registry.entries().values():
        assert entry.summary and "\n" not in entry.summary
        assert entry.target.count(":") == 1


def test_a_mistyped_name_gets_a_hint() -> None:
    with pytest.raises(TodsumError, match=r"unknown method 'leed-3': did you mean lead-3"):
        registry.method_class("leed-3")


@pytest.fixture
def other_packages(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[list[EntryPoint]], list[str]]]:
    """Makes these entry points the installed ones; returns a list that grows each time they are looked up."""
    lookups: list[str] = []

    def install(points: list[EntryPoint]) -> list[str]:
        monkeypatch.setattr(registry, "entry_points", lambda group: lookups.append(group) or points)
        registry.installed.cache_clear()
        return lookups

    yield install
    registry.installed.cache_clear()


def test_methods_of_other_packages(other_packages: Callable[[list[EntryPoint]], list[str]]) -> None:
    """A new name is found; a built-in name stays what it is."""
    points = [
        EntryPoint("mine", "todsum.methods.lead:Longest", registry.ENTRY_POINTS),
        EntryPoint("lead-3", "somewhere.else:Lead", registry.ENTRY_POINTS),
        EntryPoint("broken", "no.such.module:Method", registry.ENTRY_POINTS),
        EntryPoint("absent", "todsum.methods.lead:NoSuchClass", registry.ENTRY_POINTS),
    ]
    other_packages(points)
    assert list(registry.entries()) == [*registry.BUILT_IN, "mine", "broken", "absent"]
    assert registry.method_class("mine").__name__ == "Longest"
    assert registry.method_class("lead-3").__module__ == "todsum.methods.lead"
    for name in ("broken", "absent"):
        with pytest.raises(TodsumError, match=f"method '{name}' can't be imported from"):
            registry.method_class(name)


class Duck:
    """What a package wrote for an older contract."""

    Settings, batch_size = MethodSettings, 16
    trains, reads_reference, reads_unlabelled, reads_state = True, False, False, False


class Old(Method[MethodSettings]):
    trains = True

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        return [""] * len(examples)


class Stranger:
    pass


class Silent(Method[MethodSettings]):
    pass


class Unsure(Method[MethodSettings]):
    @property
    def has_seeds(self) -> bool:  # type: ignore[override]
        return True

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        return [""] * len(examples)


@pytest.mark.parametrize(
    ("kind", "mend"),
    [
        ("Duck", "in place of trains = True, set needs_training_split, has_seeds"),
        ("Old", "trains is no longer read"),
        ("Stranger", "derives from todsum.methods.base.Method"),
        ("Silent", "lacks summarize"),
        ("Unsure", "has_seeds is asked of the class: set it to True or False"),
        ("LIGHT", "derives from todsum.methods.base.Method"),
    ],
)
def test_a_class_that_does_not_keep_the_contract(
    kind: str, mend: str, other_packages: Callable[[list[EntryPoint]], list[str]]
) -> None:
    other_packages([EntryPoint("mine", f"{__name__}:{kind}", registry.ENTRY_POINTS)])
    with pytest.raises(TodsumError, match=mend) as error:
        registry.method_class("mine")
    assert "\n" not in str(error.value) and kind in str(error.value)


@pytest.mark.parametrize("former", ["Untrained", "Summarizer", "StatePredictor"])
def test_a_package_that_imports_a_former_name(
    former: str,
    other_packages: Callable[[list[EntryPoint]], list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / f"of_{former.lower()}.py").write_text(f"from todsum.methods.base import {former}\n")
    monkeypatch.syspath_prepend(tmp_path)
    other_packages([EntryPoint("mine", f"of_{former.lower()}:Mine", registry.ENTRY_POINTS)])
    with pytest.raises(TodsumError, match=f"{former} is now todsum.methods.base.Method"):
        registry.method_class("mine")


def test_the_defaults_of_the_contract(tmp_path: Path) -> None:
    """A method that only writes summaries is asked nothing that it can't answer."""

    class Echo(Method[MethodSettings]):
        batch_size = 2

        def summarize(self, examples: Sequence[Example]) -> list[str]:
            return [example.state[0].value if example.state else "" for example in examples]

    made = Echo(MethodSettings())
    made.fit([], [], Context(tmp_path))
    assert not (made.needs_training_split or made.learns or made.predicts_states or Echo.needs_states(made.settings))
    assert (made.beams, made.provenance(), made.notes({}), made.generation_config()) == (None, {}, [], {})
    examples = [replace(tiny.examples()[0], turns=(Turn("user", "a" * n),)) for n in (1, 3, 2)]
    assert made.batches(examples) == [[0, 1], [2]]
    Echo.sorts_by_length = True
    assert made.batches(examples) == [[1, 2], [0]]
    state = ReadState("x", (Slot("taxi", "inform", "leaveAt", "10:15"),), True)
    assert made.summarize_with(examples[:1], [state]) == ["10:15"]


def test_packages_are_looked_through_once_and_for_built_in_methods_never(
    other_packages: Callable[[list[EntryPoint]], list[str]],
) -> None:
    lookups = other_packages([EntryPoint("mine", "todsum.methods.lead:Longest", registry.ENTRY_POINTS)])
    registry.method_class("lead-3")
    assert lookups == []
    for _ in range(3):
        registry.method_class("mine")
    assert lookups == [registry.ENTRY_POINTS]


def test_a_package_installed_later_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "late" not in registry.entries()
    (tmp_path / "late-1.dist-info").mkdir()
    (tmp_path / "late-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: late\nVersion: 1\n")
    (tmp_path / "late-1.dist-info" / "entry_points.txt").write_text("[todsum.methods]\nlate = late:Method\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert registry.entries()["late"].target == "late:Method"


def test_listing_methods_imports_none_of_them() -> None:
    code = "import sys; from todsum.methods.registry import entries; entries(); print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "sklearn", "nltk", "datasets", "todsum.methods.lead", "todsum.methods.oracle"} & set(output)
