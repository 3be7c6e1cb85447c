"""Greedy search over a batch that shrinks: a summary that is finished no longer takes part.

In the library's loop every row is computed until the longest one ends. The model's ``forward`` and its cache do the
work here as they do there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from todsum.modeling.decoder_start import first_token
from todsum.training.encoder_pieces import encode
from todsum.training.ending import Ending

if TYPE_CHECKING:
    from torch import Tensor

FINISHED = 1 / 8
"""The share of rows that have to be finished before they are dropped, as dropping copies the others."""

_IDS = {"bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"}
_GIVEN = {"do_sample", "num_beams", "max_length", "max_new_tokens", "min_new_tokens", "use_cache"}
_OF_SAMPLING = {"temperature", "top_k", "top_p"}
_HARMLESS = {*_IDS, *_GIVEN, *_OF_SAMPLING, "transformers_version", "_from_model_config"}


def is_plain(model: Any) -> bool:
    """Whether a model's generation defaults ask for nothing but the likeliest token, such as a forced last one."""
    return bool(model.generation_config.to_diff_dict().keys() <= _HARMLESS)


def greedy_search(model: Any, batch: Mapping[str, Tensor], causal: bool, ending: Ending) -> list[list[int]]:
    """The likeliest next token, again and again: what ``generate(do_sample=False)`` writes.

    Args:
        model: in eval mode.
        batch: of :meth:`todsum.training.collator.Collator.sources`.
        causal: whether the model is decoder-only.
        ending: of each text.

    Returns:
        The new tokens of each row.
    """
    import torch

    rows = (_CausalRows if causal else _TranslatedRows)(model, batch)
    ends = torch.tensor(ending.tokens, device=rows.mask.device)
    number = torch.arange(len(rows.mask), device=rows.mask.device)
    running = torch.ones_like(number, dtype=torch.bool)
    written = torch.full((len(rows.mask), ending.at_most), ending.pad, device=rows.mask.device)
    processors = ending.processors()
    for step in range(ending.at_most):
        output = rows.step()
        rows.cache = output.past_key_values
        logits = output.logits[:, -1].to(torch.float32, copy=True)
        if step < ending.at_least:
            logits[:, ends] = -torch.inf
        for processor in processors:
            logits = processor(written[number, :step], logits)
        tokens = logits.argmax(-1).masked_fill(~running, ending.pad)
        written[number, step] = tokens
        running = running & ~torch.isin(tokens, ends)
        left = int(running.sum())
        if not left:
            break
        rows.append(tokens)
        if left <= (1 - FINISHED) * len(number):
            kept = running.nonzero()[:, 0]
            rows.keep(kept)
            rows.cache.batch_select_indices(kept)
            number, running = number[kept], running[kept]
    found: list[list[int]] = written.tolist()
    return found


class _TranslatedRows:
    """The rows of an encoder–decoder: sources that are encoded once, and what is written so far.

    Attributes:
        mask: of the sources, (rows, tokens).
        cache: what the steps so far left.
    """

    def __init__(self, model: Any, batch: Mapping[str, Tensor]) -> None:
        self.model, self.mask = model, batch["attention_mask"]
        self.encoded = encode(model, batch)
        self.last = self.mask.new_full((len(self.mask), 1), first_token(model))
        self.cache: Any = None

    def step(self) -> Any:
        """The model's output for each row's next token."""
        return self.model(
            attention_mask=self.mask,
            encoder_outputs=self.encoded,
            decoder_input_ids=self.last,
            past_key_values=self.cache,
            use_cache=True,
        )

    def append(self, tokens: Tensor) -> None:
        """Writes a token in each row."""
        self.last = tokens[:, None]

    def keep(self, kept: Tensor) -> None:
        """Drops all rows but these, which the cache is told by others."""
        self.mask, self.last = self.mask[kept], self.last[kept]
        for name, tensor in self.encoded.items():
            self.encoded[name] = tensor[kept]


class _CausalRows:
    """The same of a decoder-only model, padded on the left; the mask is also that of what is written."""

    def __init__(self, model: Any, batch: Mapping[str, Tensor]) -> None:
        self.model, self.mask, self.last = model, batch["attention_mask"], batch["input_ids"]
        self.positions = (self.mask.cumsum(-1) - 1).clamp(min=0)
        self.cache: Any = None

    def step(self) -> Any:
        return self.model(
            input_ids=self.last,
            attention_mask=self.mask,
            position_ids=self.positions,
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )

    def append(self, tokens: Tensor) -> None:
        import torch

        self.last, self.positions = tokens[:, None], self.positions[:, -1:] + 1
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(self.mask), 1)], dim=1)

    def keep(self, kept: Tensor) -> None:
        self.mask, self.last, self.positions = self.mask[kept], self.last[kept], self.positions[kept]
