"""Fits a network to the words' keys and values, as the authors of domain-oriented prefix-tuning initialise theirs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from todsum.modeling.domain_prefix.network import Head, Trunk

STEPS, LEARNING_RATE = 500, 1e-4
"""The authors': Adam, on the mean squared error."""


def fit(trunk: Trunk, heads: Sequence[Head], words: Tensor, targets: Sequence[Tensor]) -> float:
    """Fits a site's network, in place.

    Args:
        trunk: its first layer.
        heads: its last layers.
        words: standardised embeddings, (tokens, width).
        targets: for each head, the keys and values to come out, (tokens, …).

    Returns:
        The mean squared error before the last step.
    """
    parameters = [*trunk.parameters(), *(p for head in heads for p in head.parameters())]
    trained = [parameter.requires_grad for parameter in parameters]
    for parameter in parameters:
        parameter.requires_grad_(True)
    optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE)
    goals = torch.cat([target.flatten(1) for target in targets], dim=1)
    error = goals.new_zeros(())
    with torch.enable_grad():
        for _ in range(STEPS):
            hidden = trunk(words)
            error = functional.mse_loss(torch.cat([head(hidden) for head in heads], dim=1), goals)
            optimizer.zero_grad()
            error.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    optimizer.zero_grad()
    for parameter, requires_grad in zip(parameters, trained, strict=True):
        parameter.requires_grad_(requires_grad)
    return error.item()
