"""One optimizer step in several processes: the parts of a batch, and the sum of what each made of its part.

Gradients are summed here rather than by ``accelerate``'s wrapper of the model, which averages over processes. The loss
is the mean over the tokens of the *whole* batch, whatever part of them a process has, and a weight that took no part
in any process stays without a gradient, as it does with one process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from todsum import distributed
from todsum.training.encoding import Encoded

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def make_accelerator(device: torch.device) -> Any:
    """The accelerator of this process, connected with the others. Precision is the trainer's, not the launcher's."""
    from accelerate import Accelerator

    distributed.join(device.type)
    return Accelerator(mixed_precision="no")


def part_of(batch: Sequence[Encoded]) -> Sequence[Encoded]:
    """This process's part of a batch. Neighbours are of like length, so that all get about the same work."""
    return batch[distributed.index() :: distributed.count()]


def count_tokens(examples: Sequence[Encoded]) -> int:
    """How many tokens the loss of these examples is the mean over."""
    return sum(len(example.target) for example in examples)


def share_weights(weights: Mapping[str, Tensor]) -> None:
    """Gives all processes the main one's weights."""
    if distributed.count() > 1:
        from accelerate.utils import broadcast

        for weight in weights.values():
            broadcast(weight.detach())


def sum_gradients(accelerator: Any, loss: Tensor, weights: Sequence[Tensor]) -> float:
    """Adds up losses and gradients over the processes; the sums of the gradients take their place.

    Returns:
        The sum of the losses.

    Raises:
        OtherProcessFailed: another process met an error in this step.
    """
    import torch

    if distributed.count() == 1:
        return float(loss.detach())
    has_gradient = torch.tensor([weight.grad is not None for weight in weights], device=loss.device)
    gradients = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
    parts = [loss.detach().reshape(1), has_gradient.float(), *(gradient.flatten() for gradient in gradients)]
    distributed.agree()
    sums = accelerator.reduce(torch.cat([part.float() for part in parts]), "sum")
    value, wanted, *summed = sums.split([part.numel() for part in parts])
    for weight, took_part, gradient in zip(weights, wanted.tolist(), summed, strict=True):
        weight.grad = gradient.view_as(weight).to(weight.dtype) if took_part else None
    return float(value)
