"""Memory of many trained cells in one process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from transformers import BartConfig, BartForConditionalGeneration

from tests.bench.toy import toy_data, write_suite
from tests.training import tiny

CELLS = 10
SIZE = {"d_model": 224, "encoder_ffn_dim": 896, "decoder_ffn_dim": 896, "encoder_layers": 2, "decoder_layers": 2}
"""11 MB of weights, and as much again for each of what training keeps beside them."""
RUN = "import gc; gc.disable(); gc.collect = lambda *which: 0; from todsum.cli import main; main()"


def backbone(folder: Path) -> Path:
    heads = {"encoder_attention_heads": 4, "decoder_attention_heads": 4}
    ids = {"vocab_size": tiny.VOCABULARY, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2}
    config = BartConfig(**SIZE, **heads, **ids, decoder_start_token_id=1, max_position_embeddings=tiny.POSITIONS)
    BartForConditionalGeneration(config).save_pretrained(folder)
    tiny.tokenizer("bart").save_pretrained(folder)
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a part of a process's time")
def test_the_tenth_trained_cell_takes_no_more_memory_than_the_second(tmp_path: Path) -> None:
    """Cycles are never collected here: what a cell held is given back all the same when the cell is done."""
    settings = {"backbone": str(backbone(tmp_path / "backbone")), "max_source_tokens": 64, "max_steps": 1}
    method = {"name": "finetune", "settings": settings | {"max_target_tokens": 4, "beams": 1, "max_state_tokens": 8}}
    suite = write_suite(tmp_path / "suite.yaml", methods=[method], seeds=list(range(CELLS)))
    command = ["run", str(suite), "--data", str(toy_data(tmp_path / "data", test=2)), "--out", str(tmp_path / "runs")]
    done = subprocess.run([sys.executable, "-c", RUN, *command, "--device", "cpu"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    peaks = {}
    for file in (tmp_path / "runs").rglob("result.json"):
        result = json.loads(file.read_text())
        peaks[result["spec"]["seed"]] = result["provenance"]["peak_memory_mb"]
    assert len(peaks) == CELLS
    assert peaks[CELLS - 1] < 1.05 * peaks[1], peaks
