"""How much faster the suite trains than transformers' ``Seq2SeqTrainer`` with its defaults, and with the same outcome.

Run as ``python benchmarks/speed/training.py --data DIR``; prints one JSON object. Both train the same model from the
same weights on the same examples, for as many epochs, with the same batch size (that trainer's default, 8), optimizer,
learning rates and clipping, and take the dev loss after each epoch. The ``Seq2SeqTrainer`` pads to the maximum (640
and 160 tokens) and computes in fp32, as it does unless told otherwise; the suite groups lengths and picks the
precision. They take turns in one process, each round with another seed; the ratio is the median over the rounds.

The loss curves agree where the dev losses after the last epoch, means over the rounds, are within 3% of each other.
They are not the same to the last digit, as the examples come in another order: batches of like length learn a little
less in the first epochs (2.3% after two, measured with everything else alike).
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line sets it: for both

import argparse
import copy
import json
import re
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import devices
import torch
from real_data import MAX_SOURCE, MAX_TARGET, RealData, read
from transformers import (
    PrinterCallback,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    TrainerCallback,
    default_data_collator,
)
from transformers.utils import logging

from todsum.modeling.backbones import MINI
from todsum.training.collator import IGNORED, Collator
from todsum.training.loss import mean_loss
from todsum.training.runtime import dtype_name
from todsum.training.trainer import Plan, Trainer

TOLERANCE = 0.03


@dataclass(frozen=True)
class Run:
    """How long training took, on the clock and on all cores together, and the dev loss after each epoch."""

    seconds: float
    cpu_seconds: float
    losses: list[float]


class DevLoss(TrainerCallback):  # type: ignore[misc]
    """The suite's dev loss after each epoch, which costs less than the one of ``Seq2SeqTrainer``."""

    def __init__(self, data: RealData, collator: Collator, batch_size: int, device: torch.device) -> None:
        self.data, self.collator, self.batch_size, self.device = data, collator, batch_size, device
        self.losses: list[float] = []

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        loss = mean_loss(kwargs["model"], self.data.dev, self.collator, self.batch_size, self.device, "fp32")
        self.losses.append(loss)


def padded(data: RealData) -> list[dict[str, list[int]]]:
    """The training examples, each padded to the maximum."""
    rows = []
    for example in data.train:
        gap, rest = MAX_SOURCE - len(example.source), MAX_TARGET - len(example.target)
        rows.append(
            {
                "input_ids": [*example.source, *[data.backbone.tokenizer.pad_token_id] * gap],
                "attention_mask": [1] * len(example.source) + [0] * gap,
                "labels": [*example.target, *[IGNORED] * rest],
            }
        )
    return rows


def library(data: RealData, rate: float, epochs: int, seed: int, folder: Path, device: torch.device) -> Run:
    """A run of ``Seq2SeqTrainer``."""
    settings = Seq2SeqTrainingArguments(
        str(folder),
        learning_rate=rate,
        num_train_epochs=epochs,
        seed=seed,
        use_cpu=device.type == "cpu",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    collator = Collator(data.backbone.tokenizer.pad_token_id, False)
    dev = DevLoss(data, collator, settings.per_device_train_batch_size, device)
    trainer = Seq2SeqTrainer(
        copy.deepcopy(data.backbone.model),
        settings,
        train_dataset=padded(data),
        data_collator=default_data_collator,
        callbacks=[dev],
    )
    trainer.remove_callback(PrinterCallback)  # stdout is for the report
    busy = time.process_time()
    seconds = devices.seconds(trainer.train, device)
    return Run(seconds, time.process_time() - busy, dev.losses)


def suite(data: RealData, rate: float, epochs: int, seed: int, folder: Path, device: torch.device) -> Run:
    """A run of the suite."""
    lines: list[str] = []
    plan = Plan(
        learning_rate=rate,
        epochs=epochs,
        max_steps=None,
        batch_size=8,
        warmup_share=0.0,
        weight_decay=0.0,
        patience=None,
        precision="auto",
    )
    collator = Collator(data.backbone.tokenizer.pad_token_id, False)
    model = copy.deepcopy(data.backbone.model).to(device)
    trainer = Trainer(model, collator, plan, seed, device, folder, lines.append)
    busy = time.process_time()
    seconds = devices.seconds(lambda: trainer.train(data.train, data.dev), device)
    cpu_seconds = time.process_time() - busy
    losses = [float(found[1]) for line in lines if (found := re.search(r"dev loss (\S+)", line))]
    return Run(seconds, cpu_seconds, losses)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with todsum/ in it")
    parser.add_argument("--backbone", default=MINI, help="default: %(default)s")
    parser.add_argument("--rate", type=float, default=2e-3, help="peak learning rate, default: %(default)s")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--examples", type=int, help="only the first so many training dialogues")
    devices.add_options(parser)
    options = parser.parse_args()
    device = devices.prepare(options)
    logging.set_verbosity_error()
    data = read(options.data, options.backbone)
    if options.examples is not None:
        data.train[:] = data.train[: options.examples]
    contestants = {"library": library, "suite": suite}
    runs: dict[str, list[Run]] = {name: [] for name in contestants}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.rounds):
            for name, train in contestants.items():
                out = Path(folder) / f"{name}-{turn}"
                runs[name].append(train(data, options.rate, options.epochs, turn, out, device))
    pairs = list(zip(runs["library"], runs["suite"], strict=True))
    ratios = [library.seconds / suite.seconds for library, suite in pairs]
    curves = {
        name: [statistics.mean(losses) for losses in zip(*(run.losses for run in made), strict=True)]
        for name, made in runs.items()
    }
    apart = [a / b - 1 for a, b in zip(curves["suite"], curves["library"], strict=True)]
    report = {
        "backbone": options.backbone,
        "machine": devices.described(device),
        "examples": len(data.train),
        "epochs": options.epochs,
        "precision": {"library": "fp32", "suite": dtype_name("auto", device)},
        "runs": {name: [asdict(run) for run in made] for name, made in runs.items()},
        "ratios": ratios,
        "ratio": statistics.median(ratios),
        "ratio_of_cpu_seconds": statistics.median(slow.cpu_seconds / fast.cpu_seconds for slow, fast in pairs),
        "mean_dev_losses": curves,
        "relative_differences": apart,
        "curves_agree": abs(apart[-1]) <= TOLERANCE,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
