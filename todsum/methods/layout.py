"""What goes into a trained model and what comes out of it: which texts, and how long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from todsum.data.schema import Example
from todsum.errors import TodsumError
from todsum.training.texts import Prompt, dialogue_text, prompt_text, structure_text, target_text


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a model reads of an example, and how it writes.

    Attributes:
        prompt: stands in front of the dialogue.
        structure: is read by a second encoder.
        max_source, max_state, max_target: tokens of prompt and dialogue, of the second encoder's text, of the output.
        min_target: tokens that an output has at least.
        beams: of the search; 1 is greedy.
        no_repeat: tokens of a sequence that an output has once at most; 0 allows any repetition.
        dialogue: whether the dialogue is read; if not, the prompt is the whole source.
    """

    prompt: Prompt
    structure: Prompt
    max_source: int
    max_state: int
    max_target: int
    min_target: int
    beams: int
    no_repeat: int = 0
    dialogue: bool = True

    @property
    def longest(self) -> int:
        """Tokens of the longest of its texts."""
        second = 0 if self.structure == "none" else self.max_state
        return max(self.max_source, self.max_target, second)

    @property
    def tokens(self) -> int:
        """Tokens of an example of which each text is at its longest."""
        return self.max_source + (0 if self.structure == "none" else self.max_state) + self.max_target

    def texts(self, examples: Iterable[Example]) -> Iterator[str]:
        """All texts of examples, as the model would read and write them."""
        for example in examples:
            yield prompt_text(example, self.prompt)
            yield structure_text(example, self.structure)
            if self.dialogue:
                yield dialogue_text(example)
            yield target_text(example)

    def check_room(self, model: Any, causal: bool, backbone: str) -> None:
        """Refuses lengths beyond a backbone's position embeddings, which would fail in the middle of training.

        Raises:
            TodsumError: there is not enough room.
        """
        room = _positions(model.config)
        if room is None:  # relative positions, such as T5's
            return
        virtual = _virtual_tokens(model)
        written = virtual + self.max_target
        needed = max(self.longest, written + self.max_source if causal else written)
        if needed > room:
            second = f", max_state_tokens ({self.max_state})" if self.structure != "none" else ""
            prefix = f", the prefix ({virtual})" if virtual else ""
            raise TodsumError(
                f"backbone {backbone}: has {room} positions, but max_source_tokens ({self.max_source}){second}{prefix} "
                f"and the tokens to write ({self.max_target}) need {needed}; lower them"
            )


def _positions(config: Any) -> int | None:
    """Positions of a model or, where encoder and decoder are models of their own, of the smaller one."""
    configs = (config, getattr(config, "encoder", None), getattr(config, "decoder", None))
    found = (getattr(own, name, None) for own in configs for name in ("max_position_embeddings", "max_seq_len"))
    return min((room for room in found if isinstance(room, int)), default=None)


def _virtual_tokens(model: Any) -> int:
    """Positions that an adapter of peft's own takes before the tokens to write."""
    adapter: Any = getattr(model, "active_peft_config", None)
    return int(adapter.num_virtual_tokens) if getattr(adapter, "is_prompt_learning", False) else 0
