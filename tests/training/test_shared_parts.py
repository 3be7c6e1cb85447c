from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training import tiny
from todsum.errors import TodsumError
from todsum.training.collator import Collator
from todsum.training.shared_parts import exclusive, fingerprint
from todsum.training.trainer import Plan

PLAN = Plan(
    learning_rate=1e-3,
    epochs=2,
    max_steps=None,
    batch_size=4,
    warmup_share=0.05,
    weight_decay=0.01,
    patience=3,
    precision="fp32",
)
CPU = torch.device("cpu")
ENCODED = [tiny.encoder(tiny.tokenizer("bart"), prompt="state")(example) for example in tiny.examples()]


def of(**changes: object) -> str:
    given: dict[str, object] = {
        "model": tiny.model("bart"),
        "collator": Collator(0, causal=False),
        "plan": PLAN,
        "seed": 0,
        "device": CPU,
        "train": ENCODED[:6],
        "dev": ENCODED[6:],
    }
    return fingerprint(**(given | changes))  # type: ignore[arg-type]


def test_the_same_content_has_the_same_fingerprint() -> None:
    assert of() == of()


def test_whatever_decides_the_training_changes_the_fingerprint() -> None:
    touched = tiny.model("bart")
    with torch.no_grad():
        next(touched.parameters()).view(-1)[0] += 1e-4
    dropping = tiny.model("bart")
    dropping.config.dropout = 0.1
    frozen = tiny.model("bart")
    next(frozen.parameters()).requires_grad_(False)
    found = [
        of(),
        *(of(model=model) for model in (touched, dropping, frozen)),
        of(collator=Collator(1, causal=False)),
        of(plan=replace(PLAN, max_steps=3)),
        of(seed=1),
        of(train=ENCODED[:5], dev=ENCODED[5:]),
        of(train=ENCODED[5::-1]),
        of(train=[replace(ENCODED[0], state=(5,)), *ENCODED[1:6]]),
        of(dev=[]),
    ]
    assert len(set(found)) == len(found)


def test_the_second_waits_for_the_first(tmp_path: Path) -> None:
    order: list[str] = []
    inside, waiting = threading.Event(), threading.Event()

    def second() -> None:
        inside.wait()
        with exclusive(tmp_path / "part", lambda line: (order.append(line), waiting.set())):  # type: ignore[arg-type, func-returns-value]
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with exclusive(tmp_path / "part", order.append):
        inside.set()
        assert waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["waiting for another process that trains the same", "first", "second"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(TodsumError, match="file: is a file, not a folder"),
        exclusive(tmp_path / "file" / "part", print),
    ):
        pass
