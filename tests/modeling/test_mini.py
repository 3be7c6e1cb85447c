"""The backbone that comes with the package."""

import json
import struct

import pytest

from todsum.errors import TodsumError
from todsum.modeling import backbones
from todsum.modeling.backbones import MINI

FOLDER = backbones.find(MINI)


def test_it_is_small_and_whole() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "README.md"} <= files
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 8_000_000


def test_its_weights_are_bf16() -> None:
    raw = (FOLDER / "model.safetensors").read_bytes()
    header = json.loads(raw[8 : 8 + struct.unpack("<Q", raw[:8])[0]])
    assert {entry["dtype"] for name, entry in header.items() if name != "__metadata__"} == {"BF16"}


def test_it_is_loaded_by_its_name() -> None:
    mini = backbones.load(MINI)
    assert not mini.causal
    assert next(mini.model.parameters()).dtype.is_floating_point
    assert sum(p.numel() for p in mini.model.parameters()) < 4_000_000
    text = "the user wants to go to the plorsk mill at 17:45."
    assert mini.tokenizer.decode(mini.tokenizer(text)["input_ids"], skip_special_tokens=True) == text


def test_it_has_no_revision() -> None:
    with pytest.raises(TodsumError, match="comes with the package"):
        backbones.load(MINI, "main")


def test_its_card_says_what_it_has_seen() -> None:
    card = (FOLDER / "README.md").read_text("utf-8")
    assert "license: apache-2.0" in card
    for word in ("restaurant", "hotel", "attraction", "train", "taxi", "salon", "repair", "values copied"):
        assert word in card
