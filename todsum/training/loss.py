"""The loss: mean cross-entropy over the tokens of the summaries, padding and source left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from todsum import distributed
from todsum.training.collator import IGNORED, Collator, sorted_batches
from todsum.training.encoding import Encoded
from todsum.training.runtime import Precision, autocast

if TYPE_CHECKING:
    import torch


def token_loss(model: Any, batch: Mapping[str, torch.Tensor], causal: bool) -> torch.Tensor:
    """Mean cross-entropy over the labelled tokens of a batch of :class:`~todsum.training.collator.Collator`."""
    from torch.nn.functional import cross_entropy

    from todsum.modeling.decoder_start import decoder_inputs

    inputs, labels = dict(batch), batch["labels"]
    del inputs["labels"]
    if causal:
        # The targets stand at the right end: only there are logits needed, over a vocabulary that may be large.
        first = int((labels != IGNORED).any(0).nonzero()[0])
        kept = labels.shape[1] - first
        logits = model(**inputs, logits_to_keep=kept + 1, use_cache=False).logits[:, -kept - 1 : -1]
        labels = labels[:, first:]
    else:
        inputs["decoder_input_ids"] = decoder_inputs(model, labels)
        logits = model(**inputs, use_cache=False).logits
    return cross_entropy(logits.float().flatten(0, 1), labels.flatten(), ignore_index=IGNORED)


def mean_loss(
    model: Any, data: Sequence[Encoded], collator: Collator, batch_size: int, device: torch.device, precision: Precision
) -> float:
    """Loss per summary token over a whole split, without dropout. Leaves the model in training mode.

    Several processes share the work; all get the loss of the whole.
    """
    import torch

    total, tokens = 0.0, 0
    model.eval()
    with torch.inference_mode(), autocast(precision, device):
        batches = sorted_batches([len(example) for example in data], batch_size)
        for indices in batches[distributed.index() :: distributed.count()]:
            batch = {k: v.to(device) for k, v in collator.training([data[i] for i in indices]).items()}
            count = int((batch["labels"] != IGNORED).sum())
            total += float(token_loss(model, batch, collator.causal)) * count
            tokens += count
    model.train()
    parts = distributed.gather((total, tokens))
    return sum(total for total, _ in parts) / sum(tokens for _, tokens in parts)
