"""The contract between the harness and a way to summarize."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict

from todsum.data.schema import Example
from todsum.data.state import ReadState


class MethodSettings(BaseModel):
    """Settings of a method, validated from a suite. Subclasses add fields, each with a docstring."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    def warnings(self) -> list[str]:
        """Lines that a user has to see before anything is run with these settings."""
        return []


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


@runtime_checkable
class Summarizer(Protocol):
    """A way to summarize dialogues. Registered by name in :mod:`todsum.methods.registry`.

    Class attributes:
        Settings: the pydantic model of its settings; an instance is made as ``Method(settings)``.
        trains: whether :meth:`fit` learns from the training examples. Where not, no training split is needed.
        trains_together: optional; whether :meth:`fit` may be called in all processes of a launcher at once, as it can
            where :class:`todsum.training.trainer.Trainer` does the training. By default one process works alone.
        batches: optional, a method; places of the examples that :meth:`summarize` is best given together, each once.
            By default the examples are given :attr:`batch_size` at a time.
        notes: optional, a static method; from the facts of a result to what a reader has to know of them, a line each.
        reads_reference: whether it reads the reference: an upper bound, never a competitor.
        reads_unlabelled: whether it reads ``context.unlabelled``.
        written_from_references: optional; whether whoever wrote the method, or tuned it by hand, had reference
            summaries of the data's domains before them, for example to word its templates. What :meth:`fit` learns does
            not count. Such a method does not compete where the target domain is held out. False by default.
    """

    Settings: ClassVar[type[MethodSettings]]
    trains: ClassVar[bool]
    reads_reference: ClassVar[bool]
    reads_unlabelled: ClassVar[bool]

    @property
    def reads_state(self) -> bool:
        """Whether it reads the gold state."""

    @property
    def batch_size(self) -> int:
        """How many examples :meth:`summarize` is given at once."""

    def __init__(self, settings: Any) -> None: ...

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        """Learns from examples. Killed and called again with the same arguments, it goes on from ``context.output``
        and ends with the same method as undisturbed."""

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        """One summary an example, sentences separated by newlines where the method knows them.

        A summary may be a :class:`~todsum.written.Written`, which tells what was cut to make it. The harness counts
        that for a method with an entry ``cut`` in its facts.
        """

    def save(self, folder: Path) -> None:
        """Writes what :meth:`fit` learnt; :meth:`load` reads it."""

    def load(self, folder: Path, context: Context) -> None:
        """Reads what :meth:`save` wrote."""


@runtime_checkable
class StatePredictor(Summarizer, Protocol):
    """A summarizer that may predict the dialogue states that it reads; the harness then keeps and scores them."""

    @property
    def predicts_states(self) -> bool:
        """Whether it does, with its settings."""

    def predict_states(self, examples: Sequence[Example]) -> list[ReadState]:
        """The predicted state of each example."""

    def summarize_with(self, examples: Sequence[Example], states: Sequence[ReadState]) -> list[str]:
        """What :meth:`summarize` gives where :meth:`predict_states` gives these states."""


class Untrained:
    """Base of methods that learn nothing."""

    Settings: ClassVar[type[MethodSettings]] = MethodSettings
    trains: ClassVar[bool] = False
    reads_reference: ClassVar[bool] = False
    reads_unlabelled: ClassVar[bool] = False
    written_from_references: ClassVar[bool] = False
    reads_state = False
    batch_size = 16

    def __init__(self, settings: MethodSettings) -> None:
        self.settings = settings

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        """Nothing to learn."""

    def save(self, folder: Path) -> None:
        """Nothing to write."""

    def load(self, folder: Path, context: Context) -> None:
        """Nothing to read."""
