"""Summaries from a trained model, a padded batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todsum.training.collator import Collator
from todsum.training.runtime import Precision, autocast, generation_precision

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Decoding:
    """How to decode; see :class:`todsum.methods.finetune.FinetuneSettings` for the meaning of each."""

    beams: int
    min_tokens: int
    max_tokens: int
    precision: Precision


def generate(
    model: Any,
    tokenizer: Any,
    collator: Collator,
    sources: Sequence[Sequence[int]],
    decoding: Decoding,
    device: torch.device,
    states: Sequence[Sequence[int]] = (),
) -> list[str]:
    """One text a source, in order, without special tokens and outer blanks. Greedy, or beam search; never sampled.

    ``states`` has an entry for each source where the model has a second encoder.
    """
    import torch

    if not sources:
        return []
    batch = {name: tensor.to(device) for name, tensor in collator.sources(sources, states).items()}
    model.eval()
    with torch.inference_mode(), autocast(generation_precision(decoding.precision, device), device):
        output = model.generate(
            **batch,
            do_sample=False,
            num_beams=decoding.beams,
            max_new_tokens=decoding.max_tokens,
            min_new_tokens=decoding.min_tokens or None,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    new = output[:, batch["input_ids"].shape[1] :] if collator.causal else output
    texts = tokenizer.batch_decode(new, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return [text.strip() for text in texts]
