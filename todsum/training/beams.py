"""Beam search by the library, with a cache that leaves alone what all beams of a source have in common.

After each step the library sorts the beams anew, and the cache with them: keys and values of the whole source are
copied, for every beam and layer, though those of a source's beams are all the same. On a CPU that was most of the
time, by torch's profiler, and made a batch slower than one source after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from transformers import DynamicCache, EncoderDecoderCache
from transformers.cache_utils import DynamicLayer

from todsum.training.encoder_pieces import encode
from todsum.training.ending import Ending

if TYPE_CHECKING:
    from torch import Tensor


class BeamCache(DynamicCache):  # type: ignore[misc]
    """Keys and values of which the first ones are the same in all beams of a source.

    Args:
        config: of the decoder, for :class:`transformers.DynamicCache`.
        shared: tokens that are the same; None: all of them, as in cross-attention.
    """

    def __init__(self, config: Any, shared: int | None) -> None:
        super().__init__(config=config)
        self.shared = shared

    def reorder_cache(self, beam_idx: Tensor) -> None:
        """Moves what follows the shared tokens; ``beam_idx`` stays within each source's own beams."""
        for layer in self.layers if self.shared is not None else []:
            if type(layer) is not DynamicLayer or not layer.get_seq_length():  # a window forgets the first tokens
                layer.reorder_cache(beam_idx)
                continue
            for tensor in (layer.keys, layer.values):
                own = tensor[:, :, self.shared :]
                own.copy_(own.index_select(0, beam_idx.to(own.device)))


def beam_search(model: Any, batch: Mapping[str, Tensor], causal: bool, beams: int, ending: Ending) -> list[list[int]]:
    """The best text that the search finds for each row, with the library's defaults; one beam is greedy.

    The arguments are those of :func:`todsum.training.greedy.greedy_search`, and the number of beams.

    Returns:
        The new tokens of each row.
    """
    width = batch["input_ids"].shape[1]
    inputs: dict[str, Any] = dict(batch)
    if not prompted(model):
        inputs["past_key_values"] = _cache(model, width if causal else None)
        if not causal:
            inputs = {"encoder_outputs": encode(model, batch)} | inputs
            del inputs["input_ids"]
    output = model.generate(
        **inputs,
        do_sample=False,
        num_beams=beams,
        max_new_tokens=ending.at_most,
        min_new_tokens=ending.at_least or None,
        pad_token_id=ending.pad,
        eos_token_id=list(ending.tokens),
        logits_processor=ending.processors(width if causal else 0),
    )
    if prompted(model):  # peft's generate leaves a method of the backbone in it, a cycle that would keep it alive
        vars(model.base_model).pop("prepare_inputs_for_generation", None)
    written: list[list[int]] = output[:, width if causal else 1 :].tolist()
    return written


def prompted(model: Any) -> bool:
    """Whether peft puts a prompt in front of what the model reads, which only its own ``generate`` knows how to do."""
    return bool(getattr(getattr(model, "active_peft_config", None), "is_prompt_learning", False))


def _cache(model: Any, shared: int | None) -> Any:
    """An empty cache for a decoder-only model whose beams share a prompt of so many tokens, or an encoder–decoder."""
    config = model.config.get_text_config(decoder=True)
    if shared is not None:
        return BeamCache(config, shared)
    return EncoderDecoderCache(DynamicCache(config=config), BeamCache(config, None))
