"""The contract between the harness and a way to summarize: all that is asked of a method, with defaults."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from todsum.data.schema import Example
from todsum.data.state import ReadState


class MethodSettings(BaseModel):
    """Settings of a method, validated from a suite. Subclasses add fields, each with a docstring."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    def warnings(self) -> list[str]:
        """Lines that a user has to see before anything is run with these settings."""
        return []


S = TypeVar("S", bound=MethodSettings)


@dataclass(frozen=True)
class Context:
    """What a method is given to work with, beside the examples.

    Attributes:
        output: a folder of the method's own, kept until the cell is finished: checkpoints go here.
        seed: seeds everything random.
        device: ``cpu``, ``cuda``, ``cuda:1`` …
        unlabelled: dialogues of the target domain's training split; state, summary and evidence removed.
            A method that reads them sets ``reads_unlabelled`` and the table says so.
        log: called with a short line of progress.
        parts: a folder for what other cells train too, or None; see :mod:`todsum.training.shared_parts`.
        target: the domain that is tested; ``all`` in-domain, None outside of the harness.
    """

    output: Path
    seed: int = 0
    device: str = "cpu"
    unlabelled: tuple[Example, ...] = ()
    log: Callable[[str], None] = field(default=lambda line: None)
    parts: Path | None = None
    target: str | None = None


class Method(ABC, Generic[S]):
    """A way to summarize dialogues. Registered by name in :mod:`todsum.methods.registry`.

    Only :meth:`summarize` has to be written. The defaults describe a method that needs no training split, computes
    without a GPU, and reads the dialogue alone. A method of other settings than none names their class twice, for the
    type checker and for the harness::

        class Lead(Method[LeadSettings]):
            Settings = LeadSettings

    Attributes that differ by settings can be properties; those marked "of the class" are asked before there is an
    instance, and can't.
    """

    Settings: ClassVar[type[MethodSettings]] = MethodSettings
    """Of the class. The pydantic model of the settings. An instance is made as ``kind(settings)``, which loads nothing:
    weights are loaded by :meth:`fit` and :meth:`load`."""

    needs_training_split: ClassVar[bool] = False
    """Of the class. Needs the training and validation splits: they are built and checked for leaks, :meth:`fit` is
    called with them, and what :meth:`save` writes is kept. Without, :meth:`fit`, :meth:`save` and :meth:`load` are
    never called."""

    has_seeds: ClassVar[bool] = False
    """Of the class. Its summaries differ by ``context.seed``: one cell is run for each seed of a suite. Without, one
    cell is run, with seed 0."""

    uses_device: ClassVar[bool] = False
    """Of the class. Computes on ``context.device``, which is a GPU if there is one: cells are scheduled by free GPUs,
    and by the memory that a model takes."""

    trains_together: ClassVar[bool] = False
    """Of the class. :meth:`fit` and :meth:`summarize` may be called in all processes of a launcher at once, as they can
    where :class:`todsum.training.trainer.Trainer` trains. Without, one process works alone."""

    sorts_by_length: ClassVar[bool] = False
    """Of the class. Is faster with dialogues of like length in a batch, so that batches are made longest first.
    Without, batches are made in the order of the examples."""

    written_from_references: ClassVar[bool] = False
    """Of the class. Whoever wrote the method, or tuned it by hand, saw reference summaries of the data's domains, for
    example to word its templates. What :meth:`fit` learns does not count. Such a method does not compete where the
    target domain is held out."""

    reads_reference: ClassVar[bool] = False
    """Of the class. Reads the reference summary in testing: an upper bound, never a competitor."""

    settings_file: ClassVar[str | None] = None
    """Of the class. Name of the JSON file with ``backbone`` and ``revision`` that :meth:`save` writes, if there is one:
    an export writes the backbone's public name there."""

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @classmethod
    def needs_states(cls, settings: S) -> bool:
        """Tells whether the method is of no use, with these settings, on data without dialogue states. Asked before
        there is an instance; by default if a class sets ``reads_state = True``."""
        declared: object = cls.reads_state  # a property, where it differs by settings
        return declared is True

    @property
    def reads_state(self) -> bool:
        """Reads the gold state of the example that it summarizes. False by default."""
        return False

    @property
    def reads_unlabelled(self) -> bool:
        """Reads ``context.unlabelled``. False by default."""
        return False

    @property
    def learns(self) -> bool:
        """Learns from the training examples, so that a cell with few of them gets a note. By default a method does if
        it needs the training split."""
        return self.needs_training_split

    @property
    def needs_query(self) -> bool:
        """Refuses an example without a query. False by default."""
        return False

    @property
    def works_without_state(self) -> bool:
        """Reads a state, and summarizes a dialogue without one all the same. False by default."""
        return False

    @property
    def batch_size(self) -> int:
        """Examples that :meth:`summarize` is given at once, at most. 16 by default."""
        return 16

    @property
    def beams(self) -> int | None:
        """Beams of the search; None, the default, for a method without a search."""
        return None

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        """Learns from examples; by default, nothing. Killed and called again with the same arguments, it resumes from
        ``context.output`` and ends with the same method."""

    def save(self, folder: Path) -> None:
        """Writes what :meth:`fit` learnt into an existing folder; by default, nothing."""

    def load(self, folder: Path, context: Context) -> None:
        """Reads what :meth:`save` wrote; by default, nothing.

        Raises:
            TodsumError: the folder is not one that :meth:`save` wrote, or the device can't be used.
        """

    @abstractmethod
    def summarize(self, examples: Sequence[Example]) -> list[str]:
        """Returns one summary for each example, sentences separated by newlines where the method knows them.

        A summary may be a :class:`~todsum.written.Written`, which tells what was cut to make it. The harness counts
        that for a method with an entry ``cut`` in its :meth:`provenance`.
        """

    def batches(self, examples: Sequence[Example]) -> list[list[int]]:
        """Places of the examples that :meth:`summarize` is best given together, each place once.

        Only after :meth:`fit` or :meth:`load`, if the training split is needed. By default so many at a time
        as :attr:`batch_size` says.
        """
        order, size = list(range(len(examples))), max(1, self.batch_size)
        if self.sorts_by_length:
            order.sort(key=lambda place: -sum(len(turn.text) for turn in examples[place].turns))
        return [order[start : start + size] for start in range(0, len(order), size)]

    def use_beams(self, beams: int) -> None:
        """Searches with so many beams from now on. Only called where :attr:`beams` is not None."""
        raise NotImplementedError

    @property
    def predicts_states(self) -> bool:
        """Predicts the states that it reads; the harness then keeps and scores them. False by default."""
        return False

    def predict_states(self, examples: Sequence[Example]) -> list[ReadState]:
        """Returns the predicted state of each example. Only called where :attr:`predicts_states`."""
        raise NotImplementedError

    def summarize_with(self, examples: Sequence[Example], states: Sequence[ReadState]) -> list[str]:
        """Returns the summaries of the examples with these states in place of their own."""
        given = zip(examples, states, strict=True)
        return self.summarize([replace(example, state=state.slots) for example, state in given])

    def provenance(self) -> dict[str, Any]:
        """Returns facts about what was done, for the result: sizes, device, steps. No times; none by default."""
        return {}

    def notes(self, facts: Mapping[str, Any]) -> list[str]:
        """Returns what a reader of the results has to know of a result's facts, a line each; none by default.

        Args:
            facts: of a result; of one of an older version, too.
        """
        return []

    def generation_config(self) -> dict[str, Any]:
        """Returns how the method generates, as transformers' ``GenerationConfig`` names it, for an exported model.
        Nothing by default."""
        return {}


_FORMER = {"Untrained": "Method", "Summarizer": "Method", "StatePredictor": "Method"}


def __getattr__(name: str) -> Any:
    """Tells a package that was written for an older contract what to rename."""
    if name in _FORMER:
        raise ImportError(f"{name} is now todsum.methods.base.{_FORMER[name]}; see docs/add-a-method.md")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
