"""The method ``llm``: asks a language model for a summary in words, with examples in context or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from todsum.data.schema import Example
from todsum.errors import TodsumError
from todsum.files.cache import cache_folder
from todsum.methods.base import Context, Method, MethodSettings
from todsum.methods.llm import shots
from todsum.methods.llm.address import URL_VARIABLE
from todsum.methods.llm.answer import Answer
from todsum.methods.llm.answer_cache import AnswerCache
from todsum.methods.llm.endpoint import WAVES, Endpoint
from todsum.methods.llm.key import Key
from todsum.methods.llm.local import LocalModel
from todsum.methods.llm.model import Chat, Model
from todsum.methods.llm.prompts import Prompts, Shown
from todsum.methods.llm.settings import LlmSettings
from todsum.methods.llm.usage import About, UsageLog, notes_of
from todsum.written import Part, Written

#: The folder of the cache for answers of endpoints.
CACHE = "llm"
_EMPTY = "the answer is empty, or reasoning alone"


class Llm(Method[LlmSettings]):
    """Learns nothing; takes its examples in context, if any, from the training examples."""

    Settings: ClassVar[type[MethodSettings]] = LlmSettings
    needs_training_split: ClassVar[bool] = True
    has_seeds: ClassVar[bool] = True
    uses_device: ClassVar[bool] = True
    sorts_by_length: ClassVar[bool] = True

    def __init__(self, settings: LlmSettings) -> None:
        super().__init__(settings)
        self._model: Model | None = None

    @property
    def learns(self) -> bool:
        """False: there are never too few examples to learn from."""
        return False

    @property
    def reads_state(self) -> bool:
        """Whether the gold state stands in the prompt."""
        return self.settings.state

    @property
    def batch_size(self) -> int:
        """Examples that :meth:`summarize` is given at once."""
        local = self.settings.model is None
        return self.settings.eval_batch_size if local else WAVES * self.settings.concurrency

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        """Draws the examples in context, and makes ready to ask.

        Raises:
            TodsumError: there are too few examples, no states where they are wanted, or a model that can't be asked.
        """
        s = self.settings
        if s.state and not any(example.state for example in train):
            raise TodsumError("state: no training example has a dialogue state; leave it out")
        drawn = shots.draw(train, s.k, context.target, context.seed)
        examples = tuple(shots.cut(example, s.max_example_chars) for example in drawn)
        cut = sum(short is not example for short, example in zip(examples, drawn, strict=True))
        dataset = train[0].dataset if train else ""
        self._open(shots.Fitted(dataset, context.seed, examples, cut), context, context.output)

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        """One summary an example, as the model writes it; see :attr:`todsum.methods.llm.answer.Answer.summary`.

        Raises:
            TodsumError: the model can't be asked about one of them, or gives no answer where ``on_no_answer`` is
                ``fail``.
        """
        assert self._model is not None
        s = self.settings
        fitting = [shots.cut(example, s.max_source_chars) for example in examples]
        shown = Shown(s.state, s.query)
        chats = [
            Chat(
                f"{example.dataset} {example.id}",
                self._prompts.chat(self._fitted.dataset, example, self._fitted.examples, shown),
            )
            for example in fitting
        ]
        plain = [self._model.plain(chat) for chat in chats]
        answers = self._model.answers(plain, lambda place: self._usage.asked(examples[place].id))
        cut = [short is not example for short, example in zip(fitting, examples, strict=True)]
        marked = [before != after for before, after in zip(chats, plain, strict=True)]
        ids = [example.id for example in examples]
        self._usage.answered([About(*facts) for facts in zip(ids, cut, marked, strict=True)], answers)
        if s.on_no_answer == "fail":
            for chat, answer in zip(chats, answers, strict=True):
                self._check(chat, answer)
        return [_written(answer, short) for answer, short in zip(answers, cut, strict=True)]

    def save(self, folder: Path) -> None:
        """Writes the examples in context (JSON)."""
        folder.mkdir(parents=True, exist_ok=True)
        shots.save(self._fitted, folder)

    def load(self, folder: Path, context: Context) -> None:
        """Reads what :meth:`save` wrote.

        Outside of the harness there is no folder for the work, only the one that is loaded: nothing is written there,
        and dialogues, which are the user's own, go to no address but the user's.

        Raises:
            TodsumError: it is not there, or the model can't be asked.
        """
        alone = context.output == folder
        if alone and self.settings.warnings():
            raise TodsumError(
                f"{folder}: asks {self.settings.base_url}; if your dialogues may go there, set {URL_VARIABLE} to it"
            )
        self._open(shots.load(folder), context, None if alone else context.output)

    def provenance(self) -> dict[str, Any]:
        """Facts about the model, the examples in context, and what all answers of the cell took."""
        assert self._model is not None
        s = self.settings
        facts = self._model.facts | {"examples_in_context": [example.id for example in self._fitted.examples]}
        facts["cut_examples_in_context"] = self._fitted.cut
        return facts | {"usage": self._usage.totals(s.price_prompt, s.price_completion)}

    def notes(self, facts: Mapping[str, Any]) -> list[str]:
        """What a reader of the results has to know of these facts."""
        usage, cut = facts.get("usage"), facts.get("cut_examples_in_context")
        shots_cut = [f"{cut} examples in context were cut at max_example_chars"] if cut else []
        return [*(notes_of(usage) if isinstance(usage, dict) else []), *shots_cut]

    def _check(self, chat: Chat, answer: Answer) -> None:
        """Refuses an answer without a summary."""
        if answer.lack is None:
            return
        tokens = self.settings.max_tokens
        why = {
            "refused": "the model refuses to answer",
            "filtered": "a filter took the answer",
            "too_long": "too long for the model; lower max_source_chars, max_example_chars or k",
            "empty": f"nothing but reasoning before max_tokens ({tokens}); raise it" if answer.truncated else _EMPTY,
        }[answer.lack]
        said = f": {answer.reason}" if answer.reason else ""
        raise TodsumError(f"{chat.id}: {why}{said}; set on_no_answer to empty to score such answers as empty")

    def _open(self, fitted: shots.Fitted, context: Context, work: Path | None) -> None:
        s = self.settings
        self._fitted, self._prompts, self._usage = fitted, Prompts.of(s.prompts), UsageLog(work)
        if s.model is None:
            self._model = LocalModel(s, fitted.seed, context.device, context.log)
        else:
            key = Key.from_environment(s.key_env)
            self._model = Endpoint(s, fitted.seed, AnswerCache(cache_folder() / CACHE), key, context.log)


def _written(answer: Answer, cut: bool) -> Written:
    """The summary in an answer about a dialogue that was perhaps cut to size."""
    parts: list[tuple[Part, bool]] = [("source", cut), ("output", answer.truncated)]
    lack = None if answer.lack == "empty" else answer.lack
    return Written(answer.summary, [part for part, found in parts if found], lack)
