"""Methods by name: built in, from other packages, and mistyped."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from todsum.errors import TodsumError
from todsum.methods import registry
from todsum.methods.base import Context, MethodSettings, Summarizer

LIGHT = ["lead-3", "longest-3", "textrank", "oracle", "state-template"]


@pytest.mark.parametrize("name", LIGHT)
def test_built_in_methods_keep_the_contract(name: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = registry.method_class(name)
    assert issubclass(found.Settings, MethodSettings)
    method = found(found.Settings())  # type: ignore[call-arg]
    assert isinstance(method, Summarizer)
    assert not method.trains
    method.fit([], [], Context(tmp_path))
    method.save(tmp_path)
    method.load(tmp_path, Context(tmp_path))
    assert method.summarize([]) == []


def test_every_method_says_what_it_is_in_a_line() -> None:
    assert set(LIGHT) < set(registry.entries())
    for entry in registry.entries().values():
        assert entry.summary and "\n" not in entry.summary
        assert entry.target.count(":") == 1


def test_a_mistyped_name_gets_a_hint() -> None:
    with pytest.raises(TodsumError, match=r"unknown method 'leed-3': did you mean lead-3"):
        registry.method_class("leed-3")


def test_methods_of_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new name is found; a built-in name stays what it is."""
    points = [
        EntryPoint("mine", "todsum.methods.lead:Longest", registry.ENTRY_POINTS),
        EntryPoint("lead-3", "somewhere.else:Lead", registry.ENTRY_POINTS),
        EntryPoint("broken", "no.such.module:Method", registry.ENTRY_POINTS),
        EntryPoint("absent", "todsum.methods.lead:NoSuchClass", registry.ENTRY_POINTS),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    assert registry.method_class("mine").__name__ == "Longest"
    assert registry.method_class("lead-3").__module__ == "todsum.methods.lead"
    for name in ("broken", "absent"):
        with pytest.raises(TodsumError, match=f"method '{name}' can't be imported from"):
            registry.method_class(name)


def test_listing_methods_imports_none_of_them() -> None:
    code = "import sys; from todsum.methods.registry import entries; entries(); print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "sklearn", "nltk", "datasets", "todsum.methods.lead", "todsum.methods.oracle"} & set(output)
