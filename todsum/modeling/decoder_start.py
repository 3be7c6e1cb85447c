"""What the decoder of an encoder–decoder starts from: one token, the same in training as in generation.

The models' own ``prepare_decoder_input_ids_from_labels`` differ: mBART's starts from the end of the target, others lack
it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from todsum.errors import TodsumError


def first_token(model: Any) -> int:
    """The first token that a decoder reads, as ``generate`` has it: the start token or, without one, the opening one.

    Raises:
        TodsumError: the generation defaults name neither.
    """
    defaults = model.generation_config
    start = defaults.decoder_start_token_id
    start = defaults.bos_token_id if start is None else start
    if isinstance(start, bool) or not isinstance(start, int):
        raise TodsumError(f"{start} is no token for the decoder to start from; set decoder_start_token_id to one")
    return start


def decoder_inputs(model: Any, labels: Tensor) -> Tensor:
    """The labels shifted to the right behind the first token, (batch, target tokens); negative ones become padding."""
    padding = model.generation_config.pad_token_id or 0
    first = labels.new_full((len(labels), 1), first_token(model))
    shifted = labels[:, :-1].masked_fill(labels[:, :-1] < 0, padding)
    return torch.cat([first, shifted], dim=1)
