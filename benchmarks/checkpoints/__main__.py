"""Which of transformers' families can be a backbone, tried on tiny checkpoints that are built on the spot.

    python benchmarks/checkpoints --out benchmarks/checkpoints/results.md

Each family either learns a constant summary through ``finetune``, to a ROUGE-1 of 100, or is refused with a reason when
it is loaded. Without the files of its tokenizer every one has to be refused. Takes about 40 s on one core.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import families
import torch
import transformers

from todsum.data.schema import Example, Turn
from todsum.errors import TodsumError
from todsum.methods.base import Context
from todsum.methods.finetune import Finetune, FinetuneSettings
from todsum.metrics.base import golds_of
from todsum.metrics.rouge import Rouge
from todsum.modeling import backbones

SUMMARY = "the taxi goes to the north ."
PLACES = ("north", "south", "east", "west", "coast", "hill", "mill", "centre")
TEXTS = [f"user: to {place} . {SUMMARY}" for place in PLACES]
#: Of a checkpoint without a tokenizer.
KEPT = ("config.json", "generation_config.json", "model.safetensors")


@dataclass(frozen=True)
class Row:
    """What came of a family: a ROUGE-1 or a reason, and why it is refused without the files of its tokenizer."""

    family: str
    rouge1: float | None
    reason: str
    without_tokenizer: str | None

    @property
    def holds(self) -> bool:
        """Whether it is as it should be."""
        return (self.rouge1 == 100 or bool(self.reason)) and self.without_tokenizer is not None


def try_family(family: str) -> Row:
    """Builds, trains and scores a family's checkpoint, and loads it without its tokenizer."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        backbone = families.checkpoint(family, folder / "backbone", TEXTS)
        try:
            rouge1, reason = trained(backbone, folder / "work"), ""
        except TodsumError as error:
            rouge1, reason = None, str(error).removeprefix(f"{backbone}: ")
        for file in backbone.iterdir():
            if file.name not in KEPT:
                file.unlink()
        return Row(family, rouge1, reason, refusal(backbone))


def trained(backbone: Path, work: Path) -> float:
    """ROUGE-1 of a constant summary after 60 steps."""
    data = [
        Example(f"e{i}", "tiny", f"e{i}", ("taxi",), (Turn("user", f"to {place} ."),), summary=(SUMMARY,))
        for i, place in enumerate(PLACES)
    ]
    lengths = {"max_source_tokens": 40, "max_target_tokens": 30}
    settings = FinetuneSettings(
        backbone=str(backbone), learning_rate=1e-2, epochs=60, batch_size=8, patience=None, beams=1, **lengths
    )
    method = Finetune(settings)
    method.fit(data, [], Context(work))
    summaries = method.summarize([replace(example, summary=()) for example in data])
    return rouge1_of(summaries, data)


def rouge1_of(summaries: list[str], data: list[Example]) -> float:
    rouge, pairs = Rouge(), zip(summaries, golds_of(data), strict=True)
    return 100 * sum(rouge.score(summary, gold)["rouge1"] for summary, gold in pairs) / len(data)


def refusal(backbone: Path) -> str | None:
    """Why a folder is refused; None where it is not."""
    try:
        backbones.load(backbone)
    except TodsumError as error:
        return str(error).removeprefix(f"{backbone}: ")
    return None


def table(rows: list[Row]) -> str:
    lines = [
        f"transformers {transformers.__version__}, torch {torch.__version__.partition('+')[0]}",
        "",
        "| family | kind | R-1 | refused because | without the tokenizer's files |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        kind = "encoder–decoder" if row.family in families.ENCODER_DECODERS else "causal"
        score = "" if row.rouge1 is None else f"{row.rouge1:.0f}"
        refused = "loaded" if row.without_tokenizer is None else "refused"
        lines.append(f"| {row.family} | {kind} | {score} | {row.reason.replace('|', '/')} | {refused} |")
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="file for the table, in Markdown")
    parser.add_argument("families", nargs="*", default=list(families.FAMILIES), help="all by default")
    chosen = parser.parse_args()
    rows = [try_family(family) for family in chosen.families]
    chosen.out.write_text(table(rows), encoding="utf-8")
    if failed := [row.family for row in rows if not row.holds]:
        sys.exit(f"neither trained nor refused: {', '.join(failed)}")


if __name__ == "__main__":
    main()
