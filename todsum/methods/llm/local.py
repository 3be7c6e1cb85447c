"""A local checkpoint that is asked by its chat template."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from todsum.errors import TodsumError
from todsum.methods.llm.answer import Answer
from todsum.methods.llm.model import Chat
from todsum.methods.llm.reasoning import is_mark
from todsum.methods.llm.settings import LlmSettings

if TYPE_CHECKING:
    from torch import Tensor


class LocalModel:
    """A causal checkpoint on a device. Its own code and pickles are never run.

    Args:
        settings: of the method.
        seed: of what is sampled, where the temperature is not 0.
        device: its name.
        log: called with short lines.

    Raises:
        TodsumError: the checkpoint or device can't be used, or the tokenizer has no chat template.
    """

    def __init__(self, settings: LlmSettings, seed: int, device: str, log: Callable[[str], None]) -> None:
        from todsum.modeling import backbones
        from todsum.training.collator import Collator
        from todsum.training.plain_text import PlainText
        from todsum.training.runtime import device_named, generation_precision

        self._settings, self._seed, self._log = settings, seed, log
        self._device = device_named(device)
        name = str(settings.backbone)
        loaded = backbones.load(name, settings.revision)
        if not loaded.causal:
            raise TodsumError(f"backbone {name}: an encoder–decoder; llm asks causal checkpoints with a chat template")
        if not loaded.tokenizer.chat_template:
            raise TodsumError(f"backbone {name}: its tokenizer has no chat template; pass an instruction-tuned one")
        self._model, self._tokenizer = loaded.model.to(self._device), loaded.tokenizer
        self._marks = {
            number: str(token)
            for number, token in self._tokenizer.added_tokens_decoder.items()
            if token.special and is_mark(str(token))
        }
        self._text = PlainText(self._tokenizer, _marks_of_template(self._tokenizer))
        self._collator = Collator(self._tokenizer.pad_token_id, causal=True)
        self._precision = generation_precision(settings.precision, self._device)
        self._ends = _ends(loaded.model.generation_config.eos_token_id, self._tokenizer.eos_token_id)

    @property
    def facts(self) -> dict[str, Any]:
        """Size, device and dtype."""
        from todsum.training.runtime import dtype_name

        return {
            "parameters": sum(p.numel() for p in self._model.parameters()),
            "trainable_parameters": 0,
            "device": self._device.type,
            "generation_dtype": dtype_name(self._precision, self._device),
        }

    def plain(self, chat: Chat) -> Chat:
        """The chat without special tokens of the checkpoint and marks of its template."""
        return chat.changed(self._text.parted)

    def answers(self, chats: Sequence[Chat], asks: Callable[[int], None]) -> list[Answer]:
        """One answer a chat, in their order; greedy, or sampled by a seed of their own texts."""
        if not chats:
            return []
        prompts = [self._encode(chat) for chat in chats]
        for place in range(len(chats)):
            asks(place)
        rows = self._generate(prompts)
        self._log(f"{len(chats)} answers")
        return [self._answer(prompt, row) for prompt, row in zip(prompts, rows, strict=True)]

    def _encode(self, chat: Chat) -> list[int]:
        """The chat as token ids; refused where there is no room for an answer."""
        messages = list(chat.messages)
        try:
            text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except Exception as error:  # a template is a program, and its errors are its own
            raise TodsumError(f"{chat.id}: the chat template of {self._settings.backbone} fails: {error}") from error
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        room = getattr(self._model.config, "max_position_embeddings", None)
        if room is not None and len(ids) + self._settings.max_tokens > room:
            raise TodsumError(
                f"{chat.id}: the prompt ({len(ids)} tokens) and max_tokens ({self._settings.max_tokens}) are more than "
                f"the {room} positions of {self._settings.backbone}; lower max_source_chars, max_example_chars or k"
            )
        return ids

    def _generate(self, prompts: list[list[int]]) -> list[list[int]]:
        """The new tokens of each prompt, padding and all; of fewer at once where memory is too small for all."""
        import torch

        from todsum.out_of_memory import in_halves
        from todsum.training.runtime import autocast

        write = self._sample if self._settings.temperature > 0 else self._search
        with torch.inference_mode(), autocast(self._precision, self._device):
            return in_halves(lambda places: write([prompts[i] for i in places]), list(range(len(prompts))))

    def _search(self, prompts: list[list[int]]) -> list[list[int]]:
        from todsum.training.ending import Ending
        from todsum.training.greedy import greedy_search

        ending = Ending(0, self._settings.max_tokens, tuple(self._ends), self._tokenizer.pad_token_id)
        return greedy_search(self._model, self._batch(prompts), True, ending)

    def _sample(self, prompts: list[list[int]]) -> list[list[int]]:
        from todsum.training.runtime import seed_step

        batch, s = self._batch(prompts), self._settings
        seed_step(self._seed, int(hashlib.sha256(repr(prompts).encode()).hexdigest()[:8], 16))
        output = self._model.generate(
            **batch,
            do_sample=True,
            temperature=s.temperature,
            top_k=0,
            top_p=1.0,
            num_beams=1,
            max_new_tokens=s.max_tokens,
            pad_token_id=self._tokenizer.pad_token_id,
            eos_token_id=self._ends,
        )
        rows: list[list[int]] = output[:, batch["input_ids"].shape[1] :].tolist()
        return rows

    def _batch(self, prompts: list[list[int]]) -> dict[str, Tensor]:
        return {name: tensor.to(self._device) for name, tensor in self._collator.sources(prompts).items()}

    def _answer(self, prompt: list[int], row: list[int]) -> Answer:
        end = next((place for place, token in enumerate(row) if token in self._ends), None)
        kept = row[:end]
        reason = "length" if end is None else "stop"
        written = len(kept) + (end is not None)
        return Answer(
            text=self._written(kept), finish_reason=reason, prompt_tokens=len(prompt), completion_tokens=written
        )

    def _written(self, ids: list[int]) -> str:
        """Decodes an answer. Of special tokens, marks of reasoning are kept: without them it would look like text."""
        texts: list[str] = []
        part: list[int] = []
        for token in ids:
            part.append(token)
            if token in self._marks:
                texts += [self._decode(part[:-1]), self._marks[token]]
                part = []
        return "".join([*texts, self._decode(part)])

    def _decode(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text


def _marks_of_template(tokenizer: Any) -> set[str]:
    """The tokens that a chat template writes though the tokenizer does not call them special, such as ``<think>``."""
    template, added = str(tokenizer.chat_template), tokenizer.added_tokens_decoder.values()
    return {token.content for token in added if not token.content.isalnum() and token.content in template}


def _ends(saved: int | list[int] | None, own: int) -> list[int]:
    """The tokens that end an answer: the checkpoint's, of which chat models often have several, and the tokenizer's."""
    known = [] if saved is None else [saved] if isinstance(saved, int) else list(saved)
    return sorted({*known, own})
