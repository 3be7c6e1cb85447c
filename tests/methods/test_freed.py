"""Models are freed with their method, without the collector of reference cycles."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from torch import nn

from tests.training import tiny
from todsum.data.schema import Example, Turn
from todsum.methods.base import Context
from todsum.methods.registry import method_class

WORDS = " ".join(["garden wall table window kitchen dinner"] * 3)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def data() -> list[Example]:
    return [replace(example, turns=(*example.turns, Turn("agent", WORDS))) for example in tiny.examples()]


def modules() -> set[int]:
    return {id(thing) for thing in gc.get_objects() if issubclass(type(thing), nn.Module)}


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(
    ("name", "family", "changes"),
    [
        ("finetune", "llama", {"beams": 2}),
        ("finetune", "bart", {"prompt": "state", "states": "predicted", "checkpointing": True}),
        ("state-aware", "bart", {}),
        ("dop", "bart", {"words": 2, "beams": 2}),
        ("peft-lora", "t5", {"beams": 2}),
        ("peft-prefix", "bart", {"beams": 2}),
    ],
)
@pytest.mark.filterwarnings("error::FutureWarning")
def test_no_module_outlives_its_method(name: str, family: str, changes: dict[str, Any], tmp_path: Path) -> None:
    sizes = {"max_source_tokens": 200, "max_target_tokens": 8, "max_state_tokens": 40, "batch_size": 8}
    backbone = str(tiny.checkpoint(family, tmp_path / "backbone"))
    method = method_class(name)
    before = modules()
    for reopened in (False, True):
        made = method(method.Settings(**({"backbone": backbone, "max_steps": 2} | sizes | changes)))
        context = Context(tmp_path / "work", parts=tmp_path / "parts")
        if reopened:
            made.load(tmp_path / "saved", context)
        else:
            made.fit(data(), data()[:2], context)
            made.save(tmp_path / "saved")
        made.summarize(data()[:3])
        weight = weakref.ref(next(made._summarizer._model.parameters()))  # type: ignore[attr-defined]
        assert weight() is not None
        del made
        assert weight() is None
    assert not modules() - before
