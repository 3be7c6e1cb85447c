"""The test of copying: are values that no training ever saw found in the summary of a domain that it never saw?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from todsum.data.schema import Example
from todsum.data.simulation.dialogues import simulated
from todsum.data.simulation.draw import Draw
from todsum.modeling.backbones import Backbone
from todsum.pretraining.corpus import HELD_OUT, TaskName, as_pair, vary

SEED = 1_000_003
"""Of the dialogues of the test; no training uses it."""


@dataclass(frozen=True)
class Case:
    """An example, and the made-up values that its reference summary states."""

    example: Example
    values: tuple[str, ...]


def cases(n: int, seed: int = SEED) -> list[Case]:
    """``n`` simulated dialogues of the held-out domains, all open values made of reserved words."""
    found = []
    for index in range(n):
        dialogue = simulated(index, seed, HELD_OUT, made_up=0.0)
        original = {entry.value for entry in dialogue.state}
        example = vary(dialogue, Draw("copying", seed, index), for_test=True)
        summary = " ".join(example.summary).lower()
        new = {entry.value for entry in example.state} - original
        found.append(Case(example, tuple(sorted(value for value in new if value in summary))))
    return found


def summaries(backbone: Backbone, tests: Sequence[Case], task: TaskName, max_source_tokens: int = 512) -> list[str]:
    """What a backbone writes for each case, greedily; sources as in pretraining."""
    import torch

    from todsum.training.collator import Collator, sorted_batches
    from todsum.training.generation import Decoding, generate

    collator = Collator(int(backbone.tokenizer.pad_token_id or 0), backbone.causal)
    end = int(backbone.tokenizer.eos_token_id)
    sources = [
        (*backbone.tokenizer(as_pair(case.example, task).source)["input_ids"][:-1][: max_source_tokens - 1], end)
        for case in tests
    ]
    texts = [""] * len(tests)
    for batch in sorted_batches([len(source) for source in sources], 32):
        decoding = Decoding(beams=1, min_tokens=0, max_tokens=160, precision="fp32")
        made = generate(
            backbone.model, backbone.tokenizer, collator, [sources[i] for i in batch], decoding, torch.device("cpu")
        )
        for index, text in zip(batch, made, strict=True):
            texts[index] = text
    return texts


@dataclass(frozen=True)
class Copied:
    """How many of the made-up values were found, and how many there are."""

    found: int
    values: int

    @property
    def share(self) -> float:
        """Of the values that were found, 0…1."""
        return self.found / self.values if self.values else 0.0


def copied(tests: Sequence[Case], texts: Sequence[str]) -> Copied:
    """Counts the values of the cases that stand in the texts; upper and lower case are alike."""
    found = [value in text.lower() for case, text in zip(tests, texts, strict=True) for value in case.values]
    return Copied(sum(found), len(found))
