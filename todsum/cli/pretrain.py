"""``todsum-bench pretrain``: makes the embedded backbone."""

from __future__ import annotations

import json
from pathlib import Path

import click

from todsum import distributed
from todsum.cli.paths import PATH, check_out
from todsum.terminal import say, tell


@click.command()
@click.option("--out", required=True, type=PATH, help="Folder for checkpoints and the model.")
@click.option("--steps", default=16000, show_default=True, type=click.IntRange(10, 10**9), help="Optimizer steps.")
@click.option(
    "--seed", default=0, show_default=True, type=click.IntRange(0, 2**63 - 1), help="Of corpus, weights and order."
)
@click.option(
    "--test-dialogues", default=200, show_default=True, type=click.IntRange(1, 10**7), help="To test copying on."
)
def pretrain(out: Path, steps: int, seed: int, test_dialogues: int) -> None:
    """Pretrain the small backbone `todsum-mini` on simulated dialogues, and test what it copies.

    The dialogues are of other domains than TODSum's five, their values mostly made-up words. Killed and started again,
    it goes on from its last checkpoint; with more --steps, too, while the learning rate is still level. The model
    lands in OUT/todsum-mini with its card: pass that folder as --backbone. The share of never-seen values that it
    copies is printed as JSON. Two cores are used best by two processes:

    \b
        torchrun --nproc_per_node 2 -m todsum pretrain --out DIR
    """
    import torch

    from todsum.cli.devices import launched_processes
    from todsum.files.folders import filling
    from todsum.files.writing import check_writable
    from todsum.modeling.backbones import MINI, load
    from todsum.pretraining.copying import cases, copied, summaries
    from todsum.pretraining.corpus import SUMMARY_TASKS
    from todsum.pretraining.release import release, write_card
    from todsum.pretraining.training import Recipe, pretrain
    from todsum.training.runtime import dtype_name

    check_out(out, ("checkpoints", MINI), "folder of this command")
    recipe, folder = Recipe(seed=seed), out / MINI
    with launched_processes("cpu"):
        check_writable(out)
        backbone = pretrain(recipe, steps, out / "checkpoints", _say)
        if not distributed.is_main():
            return
        with filling(folder) as new:
            release(backbone, new)
            made, tests = load(new), cases(test_dialogues)
            found = {}
            for task in SUMMARY_TASKS:
                _say(f"testing what is copied, source: {task}")
                found[task] = copied(tests, summaries(made, tests, task))
            dtype = dtype_name(recipe.precision, torch.device("cpu"))
            write_card(made, new, recipe, steps, dtype, distributed.count(), len(tests), found)
    scores = {task: {"copied": c.found, "values": c.values, "share": c.share} for task, c in found.items()}
    say(json.dumps({"n": len(tests), "steps": steps, "seed": seed, "copying": scores}))
    _say(f"kept in {folder}; use it by --backbone {folder}")


def _say(line: str) -> None:
    if distributed.is_main():
        tell(line)
