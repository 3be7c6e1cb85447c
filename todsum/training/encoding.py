"""Examples as token ids: the dialogue is cut to length, the prompt never is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from todsum.data.schema import Example
from todsum.errors import TodsumError
from todsum.training.plain_text import PlainText
from todsum.training.texts import Prompt, dialogue_text, prompt_text, structure_text, target_text
from todsum.written import Part

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SUMMARY_MARK = "summary:"
"""Stands between source and summary of a causal model."""


Extra = float | Sequence[float]
"""A number, or numbers that are equally many in all examples."""

_FORMER_INPUT, _FORMER = "word_set_ids", "word_set"
"""An input that fingerprints on users' disks have under another name, in all examples."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example as token ids.

    Attributes:
        source: what the model reads.
        target: ends with the end of sequence; empty when only generating.
        state: what a second encoder reads; empty where there is nothing for it to read.
        extra: what training shows the model beside the tokens, by the name of the input of its ``forward``.
        cut: the parts of the example that were too long.
    """

    source: tuple[int, ...]
    target: tuple[int, ...] = ()
    state: tuple[int, ...] = ()
    extra: Mapping[str, Extra] = field(default_factory=dict, hash=False)
    cut: tuple[Part, ...] = field(default=(), compare=False)

    def __len__(self) -> int:
        return len(self.source) + len(self.target) + len(self.state)

    def learnt(self) -> dict[str, object]:
        """Returns all of it that training depends on, for fingerprints."""
        extra = {_FORMER if name == _FORMER_INPUT else name: value for name, value in self.extra.items()}
        return {"source": self.source, "target": self.target, "state": self.state, _FORMER: None, **extra}


class ExampleEncoder:
    """Turns examples into token ids for one tokenizer.

    Args:
        tokenizer: of the backbone.
        causal: the source then closes with :data:`SUMMARY_MARK` in place of the tokenizer's closing tokens.
        prompt: the discrete prompt in front of the dialogue.
        max_source_tokens: of the whole source, prompt and special tokens included.
        max_target_tokens: of the summary, special tokens included.
        structure: what a second encoder reads.
        max_state_tokens: of that text, special tokens included; it is cut at its end.
        dialogue: whether the dialogue stands behind the prompt; without it there has to be a prompt.
    """

    def __init__(
        self,
        *,
        tokenizer: PreTrainedTokenizerBase,
        causal: bool,
        prompt: Prompt,
        max_source_tokens: int,
        max_target_tokens: int,
        structure: Prompt = "none",
        max_state_tokens: int = 0,
        dialogue: bool = True,
    ) -> None:
        self.tokenizer: Any = tokenizer
        self.causal = causal
        self.prompt = prompt
        self.max_source_tokens = max_source_tokens
        self.max_target_tokens = max_target_tokens
        self.structure = structure
        self.max_state_tokens = max_state_tokens
        self.dialogue = dialogue
        self._text = PlainText(tokenizer)
        self._opening, closing = _special_tokens(tokenizer)
        self._state_closing = closing
        self._source_closing = self._ids(f"\n{SUMMARY_MARK}") if causal else closing
        end = int(self.tokenizer.eos_token_id)
        self._target_opening = [] if causal else self._opening
        self._target_closing = closing if closing and closing[-1] == end and not causal else [end]

    def __call__(self, example: Example) -> Encoded:
        """Source, target and state of a training example. Raises as :meth:`shown` does."""
        shown, (target, cut) = self.shown(example), self._target(example)
        return replace(shown, target=target, cut=(*shown.cut, "reference") if cut else shown.cut)

    def shown(self, example: Example) -> Encoded:
        """Source and state of an example to summarize.

        The source is: opening, prompt, as much of the dialogue as there is room for, closing.

        Raises:
            TodsumError: the prompt alone is longer than ``max_source_tokens``.
        """
        (source, source_cut), (state, state_cut) = self._source(example), self._state(example)
        second: Part = "query" if self.structure == "query" else "state"
        found: list[tuple[Part, bool]] = [("source", source_cut), (second, state_cut)]
        return Encoded(source, state=state, cut=tuple(part for part, cut in found if cut))

    def source(self, example: Example) -> tuple[int, ...]:
        """The source of :meth:`shown`."""
        return self._source(example)[0]

    def fits(self, example: Example) -> bool:
        """Whether there is room for its prompt."""
        return self._room(self._front(example)) >= 0

    def target(self, example: Example) -> tuple[int, ...]:
        """The reference summary, cut to length."""
        return self._target(example)[0]

    def state(self, example: Example) -> tuple[int, ...]:
        """What the second encoder reads, cut to length; empty where the example has nothing for it."""
        return self._state(example)[0]

    def _source(self, example: Example) -> _Cut:
        front = self._front(example)
        room = self._room(front)
        if room < 0:
            raise TodsumError(
                f"{example.dataset} {example.id}: the {self.prompt} prompt alone takes {len(front)} tokens; "
                f"raise max_source_tokens ({self.max_source_tokens})"
            )
        prompted = len(front) > len(self._opening)
        dialogue = dialogue_text(example) if self.dialogue else ""
        return _cut(front, self._ids(f" {dialogue}" if prompted else dialogue), room, self._source_closing)

    def _target(self, example: Example) -> _Cut:
        room = self.max_target_tokens - len(self._target_opening) - len(self._target_closing)
        text = target_text(example)
        return _cut(self._target_opening, self._ids(f" {text}" if self.causal else text), room, self._target_closing)

    def _state(self, example: Example) -> _Cut:
        text = structure_text(example, self.structure)
        if not text:
            return (), False
        room = self.max_state_tokens - len(self._opening) - len(self._state_closing)
        return _cut(self._opening, self._ids(text), room, self._state_closing)

    def _front(self, example: Example) -> list[int]:
        prompt = prompt_text(example, self.prompt)
        return self._opening + (self._ids(prompt) if prompt else [])

    def _room(self, front: list[int]) -> int:
        return self.max_source_tokens - len(front) - len(self._source_closing)

    def _ids(self, text: str) -> list[int]:
        return self._text.ids(text)


_Cut = tuple[tuple[int, ...], bool]
"""Token ids, and whether some were left out."""


def _cut(front: list[int], text: list[int], room: int, closing: list[int]) -> _Cut:
    return (*front, *text[:room], *closing), len(text) > room


def _special_tokens(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The ids that a tokenizer puts before and after a text."""
    plain: list[int] = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole: list[int] = tokenizer("a")["input_ids"]
    for start in range(len(whole) - len(plain) + 1):
        if whole[start : start + len(plain)] == plain:
            return whole[:start], whole[start + len(plain) :]
    raise TodsumError(f"tokenizer {type(tokenizer).__name__}: its special tokens are not around the text")
