"""Summaries from a trained model, in padded batches of like length.

What comes out is what ``model.generate`` says for one source after the other, but for ties within rounding. The speed
comes from batches that hold about the same number of tokens, from dropping summaries that are finished
(:mod:`~todsum.training.greedy`), and from beams that don't copy what they have in common
(:mod:`~todsum.training.beams`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from todsum.out_of_memory import in_halves
from todsum.training.collator import Collator, token_batches
from todsum.training.ending import Ending
from todsum.training.runtime import Precision, autocast, generation_precision
from todsum.written import Written

if TYPE_CHECKING:
    import torch
    from torch import Tensor

CPU_TOKENS = 24_576
"""Tokens at once, of all beams, from which on a processor only gets slower: what they need leaves its caches."""


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How to decode; see :class:`todsum.methods.finetune.FinetuneSettings` for the meaning of each.

    ``most_tokens``: of a batch, all sources padded and all summaries at their longest; None: all sources at once.
    ``no_repeat``: as in :class:`~todsum.training.ending.Ending`.
    """

    beams: int
    min_tokens: int
    max_tokens: int
    precision: Precision
    most_tokens: int | None = None
    no_repeat: int = 0

    def batches(self, lengths: Sequence[int], device: torch.device) -> list[list[int]]:
        """Sources by their places, the longest first, as they are summarized together.

        Args:
            lengths: tokens of each source, its state included.
            device: of the model.
        """
        most = self.most_tokens
        if most is None:
            return token_batches(lengths, sum(lengths) * len(lengths))
        if device.type == "cpu":
            most = min(most, CPU_TOKENS // self.beams)
        return token_batches([length + self.max_tokens for length in lengths], most)


def generate(
    model: Any,
    tokenizer: Any,
    collator: Collator,
    sources: Sequence[Sequence[int]],
    decoding: Decoding,
    device: torch.device,
    states: Sequence[Sequence[int]] = (),
    halved: Callable[[int], None] = lambda rows: None,
) -> list[str]:
    """One text a source, in order, without special tokens and outer blanks. Greedy, or beam search; never sampled.

    Each is a :class:`~todsum.written.Written` that tells whether its ``output`` is cut: it is as long as it may be,
    without an end, or with one that the model's own settings force on its last token (``forced_eos_token_id``).

    ``states`` has an entry for each source where the model has a second encoder. A batch that does not fit into memory
    is halved, of which ``halved`` is told.

    Raises:
        TodsumError: one source alone does not fit into memory.
    """
    import torch

    if not sources:
        return []
    model.eval()
    lengths = [len(source) + len(state) for source, state in zip(sources, states or [()] * len(sources), strict=True)]

    def some(places: list[int]) -> list[list[int]]:
        batch = collator.sources([sources[i] for i in places], [states[i] for i in places] if states else ())
        return _new_tokens(model, tokenizer, {name: t.to(device) for name, t in batch.items()}, decoding, collator)

    made: dict[int, list[int]] = {}
    # not in inference mode, in which a prefix's keys and values would be joined anew to the others in every step
    with torch.no_grad(), autocast(generation_precision(decoding.precision, device), device):
        for places in decoding.batches(lengths, device):
            made |= zip(places, in_halves(some, places, halved), strict=True)
    rows = [made[place] for place in range(len(sources))]
    texts = tokenizer.batch_decode(rows, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    forced = model.generation_config.forced_eos_token_id is not None
    full = (_is_full(row, int(tokenizer.eos_token_id), decoding.max_tokens, forced) for row in rows)
    return [Written(text.strip(), ["output"] if cut else []) for text, cut in zip(texts, full, strict=True)]


def _is_full(row: Sequence[int], end: int, most: int, forced: bool) -> bool:
    """Whether a text ended because of its length alone."""
    return end not in row or (forced and row.index(end) == most - 1)


def _new_tokens(
    model: Any, tokenizer: Any, batch: Mapping[str, Tensor], decoding: Decoding, collator: Collator
) -> list[list[int]]:
    """What the model writes for each row of a batch, by the quickest path that is right for it."""
    from todsum.training.beams import beam_search, prompted
    from todsum.training.greedy import greedy_search, is_plain

    ends = (tokenizer.eos_token_id,)
    ending = Ending(decoding.min_tokens, decoding.max_tokens, ends, tokenizer.pad_token_id, decoding.no_repeat)
    if decoding.beams == 1 and is_plain(model) and not prompted(model):
        return greedy_search(model, batch, collator.causal, ending)
    return beam_search(model, batch, collator.causal, decoding.beams, ending)
