"""What methods have in common that train a backbone: a summarizer, and a state tracker where states are predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from todsum.data.schema import Example
from todsum.data.state import ReadState
from todsum.errors import TodsumError
from todsum.files.json_files import read_model
from todsum.methods.augmentation import Augmentation
from todsum.methods.base import Context, Method
from todsum.methods.cuts import Said, cut_notes
from todsum.methods.layout import Layout
from todsum.methods.state_tracker import StateTracker
from todsum.methods.trained_settings import TrainedSettings
from todsum.methods.writer import Adapt, Carry, Writer, load_checkpoint, nothing, unchanged
from todsum.written import Written, cut_of

if TYPE_CHECKING:
    from todsum.modeling.backbones import Backbone

TRACKER = "tracker"
MAX_BYTES = 1 << 20


T = TypeVar("T", bound=TrainedSettings)


class TrainedMethod(Method[T]):
    """Base of methods that train a backbone, or something on it.

    With ``states: predicted`` the summarizer is trained on gold states all the same, so that it is the one of
    ``oracle``; the states of the examples that it summarizes come from a :class:`StateTracker` that has learnt from the
    same training examples. What can't be read of a predicted state is left out.

    A subclass names its settings, and in ``settings_file`` where :meth:`save` writes them.
    """

    needs_training_split: ClassVar[bool] = True
    has_seeds: ClassVar[bool] = True
    uses_device: ClassVar[bool] = True
    trains_together: ClassVar[bool] = True
    sorts_by_length: ClassVar[bool] = True
    settings_file: ClassVar[str]

    def __init__(self, settings: T) -> None:
        super().__init__(settings)
        self._build()

    @classmethod
    def needs_states(cls, settings: T) -> bool:
        """Tells whether states are shown, gold or predicted: both are learnt from gold ones."""
        return settings.structure_shown == "state"

    def layout(self) -> Layout:
        """What the summarizer reads and how it writes; by default the structure stands in front of the dialogue."""
        s = self.settings
        return Layout(
            prompt=s.structure_shown,
            structure="none",
            max_source=s.max_source_tokens,
            max_state=s.max_state_tokens,
            max_target=s.max_target_tokens,
            min_target=s.min_target_tokens,
            beams=s.beams,
            no_repeat=s.no_repeat_ngram_size,
            dialogue=s.reads_dialogue,
        )

    def adapt(self, backbone: Backbone, seed: int) -> Any:
        """The model that is trained, made of a backbone; by default it is the backbone's own."""
        return unchanged(backbone, seed)

    def reopen(self, folder: Path) -> Backbone:
        """A model that :meth:`adapt` made and that was trained and saved, with its tokenizer."""
        return load_checkpoint(folder)

    def adapt_tracker(self, backbone: Backbone, seed: int) -> Any:
        """As :meth:`adapt`, of the state tracker; by default it is the backbone, fine-tuned in full."""
        return unchanged(backbone, seed)

    def reopen_tracker(self, folder: Path) -> Backbone:
        """As :meth:`reopen`, of the state tracker."""
        return load_checkpoint(folder)

    @property
    def learns(self) -> bool:
        """Takes at least one step."""
        return self.settings.max_steps != 0

    @property
    def needs_query(self) -> bool:
        """Shows the query."""
        return self.settings.structure_shown == "query"

    @property
    def works_without_state(self) -> bool:
        """Reads the state by a second encoder: without a state, it reads nothing there. A prompt without its state is a
        text that no training example had."""
        return self.layout().structure == "state"

    @property
    def beams(self) -> int | None:
        """Beams of the search for summaries."""
        return self._summarizer.layout.beams

    def use_beams(self, beams: int) -> None:
        """Searches with so many beams from now on."""
        self._summarizer.layout = replace(self._summarizer.layout, beams=beams)

    @property
    def reads_state(self) -> bool:
        """Whether the gold state of an example is read to summarize it."""
        return self.settings.structure_shown == "state" and self.settings.states == "oracle"

    @property
    def predicts_states(self) -> bool:
        """Whether states are predicted."""
        return self.settings.predicts_states

    @property
    def shares_training(self) -> bool:
        """Whether cells with other settings train the same summarizer: those with predicted states do."""
        return self.settings.structure_shown == "state"

    @property
    def batch_size(self) -> int:
        """Examples that :meth:`summarize` is given at once."""
        return self.settings.eval_batch_size

    def batches(self, examples: Sequence[Example]) -> list[list[int]]:
        """Which of the examples, by their places, are best summarized together: those of like length.

        Only after :meth:`fit` or :meth:`load`. Where states are predicted, the gold ones are not read.
        """
        if self.predicts_states:
            examples = [replace(example, state=()) for example in examples]
        return self._summarizer.batches(examples)

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        """Trains summarizer and state tracker; killed and called again, it goes on from where it was.

        Raises:
            TodsumError: the backbone or device can't be used, the examples lack the structure, or a folder holds the
                checkpoint of another run.
        """
        self.train(train, dev, context)

    def train(
        self,
        train: Sequence[Example],
        dev: Sequence[Example],
        context: Context,
        *,
        adapt: Adapt | None = None,
        adapt_tracker: Adapt | None = None,
        carry: Carry = nothing,
    ) -> None:
        """Trains as :meth:`fit`, for a subclass whose model depends on the examples.

        Args:
            train, dev, context: as of :meth:`fit`, whose errors this raises.
            adapt, adapt_tracker: in place of :meth:`adapt` and :meth:`adapt_tracker`.
            carry: what an example of the summarizer carries beside its tokens; called with augmented copies, too.
        """
        s = self.settings
        reads_state = s.structure_shown == "state"
        if reads_state and not any(example.state for example in train):
            raise TodsumError(
                f"{s.PLACE} 'state': no training example has a dialogue state; set {s.PLACE} to query or states to none"
            )
        train = Augmentation(s.swapped_copies, s.swap_values, s.swap_domains)(train, context.seed)
        dev = Augmentation(min(1, s.swapped_copies), s.swap_values, s.swap_domains)(dev, context.seed)
        self._summarizer.fit(
            train,
            dev,
            context,
            name="training",
            shared=self.shares_training,
            adapt=adapt or self.adapt,
            carry=carry,
        )
        if self._tracker is not None:
            self._tracker.fit(train, dev, context, adapt_tracker or self.adapt_tracker)

    def predict_states(self, examples: Sequence[Example]) -> list[ReadState]:
        """The predicted state of each example. Only where :attr:`predicts_states`."""
        assert self._tracker is not None
        return self._tracker.predict(examples)

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        """One summary an example, as the model writes it; states are predicted first where they have to be."""
        if self.predicts_states:
            return self.summarize_with(examples, self.predict_states(examples))
        return self._summarizer.write(examples)

    def summarize_with(self, examples: Sequence[Example], states: Sequence[ReadState]) -> list[str]:
        """One summary an example, given its predicted state. The gold state is not read."""
        fitted = [self._fitted(example, state) for example, state in zip(examples, states, strict=True)]
        texts = self._summarizer.write(fitted)
        return [
            text if len(example.state) == len(state.slots) else Written(text, ("state", *cut_of(text)))
            for text, example, state in zip(texts, fitted, states, strict=True)
        ]

    def save(self, folder: Path) -> None:
        """Writes settings (JSON) and checkpoints: the summarizer's, which transformers loads too, and the tracker's."""
        self._summarizer.save(folder)
        if self._tracker is not None:
            self._tracker.save(folder / TRACKER)
        text = self.settings.model_dump_json(indent=2) + "\n"
        (folder / self.settings_file).write_text(text, encoding="utf-8")

    def load(self, folder: Path, context: Context) -> None:
        """Reads what :meth:`save` wrote, settings included.

        Raises:
            TodsumError: the folder is not one that :meth:`save` wrote, or the device can't be used.
        """
        file = folder / self.settings_file
        try:
            self.settings = read_model(file, type(self.settings), MAX_BYTES)
        except TodsumError as error:
            raise TodsumError(f"{error}; not the settings of a trained method") from error
        self._build()
        self._summarizer.load(folder, context, self.reopen)
        if self._tracker is not None:
            self._tracker.load(folder / TRACKER, context, self.reopen_tracker)

    def provenance(self) -> dict[str, Any]:
        """Facts about what was trained: sizes, device, dtype, steps, dev loss. No times."""
        facts = dict(self._summarizer.facts)
        if self.settings.structure_shown == "state":
            tested = "gold" if self._tracker is None else "predicted"
            facts |= {"trained_on_states": "gold", "tested_on_states": tested}
        if self._tracker is not None:
            facts["state_tracker"] = dict(self._tracker.facts)
        return facts

    def notes(self, facts: Mapping[str, Any]) -> list[str]:
        """What a reader of the results has to know of these facts: how much was cut, a line a kind."""
        s, tracker = self.settings, facts.get("state_tracker")
        own = cut_notes(facts.get("cut"), _said(s))
        its = cut_notes(tracker.get("cut"), _said_of_tracker(s)) if isinstance(tracker, Mapping) else []
        return [*own, *(f"state tracker: {note}" for note in its)]

    def generation_config(self) -> dict[str, Any]:
        """Returns search and lengths of the summarizer."""
        own = self.layout()
        shortest = {"min_new_tokens": own.min_target} if own.min_target else {}
        return {"do_sample": False, "num_beams": own.beams, "max_new_tokens": own.max_target, **shortest}

    def _build(self) -> None:
        self._summarizer = Writer(self.settings, self.layout())
        self._tracker = StateTracker(self.settings) if self.predicts_states else None

    def _fitted(self, example: Example, state: ReadState) -> Example:
        """The example with a predicted state, as much of it as the summarizer has room for."""
        slots = state.slots
        while slots and not self._summarizer.fits(replace(example, state=slots)):
            slots = slots[:-1]
        return replace(example, state=slots)


def _said(s: TrainedSettings) -> Said:
    second = f"max_state_tokens ({s.max_state_tokens})"
    source, target = f"max_source_tokens ({s.max_source_tokens})", f"max_target_tokens ({s.max_target_tokens})"
    return {
        "source": f"sources cut at {source}",
        "query": f"queries cut at {second}",
        "state": f"states cut at {second if s.PLACE == 'structure' else source}",
        "reference": f"references cut at {target}",
        "output": f"summaries that ended only at {target}",
    }


def _said_of_tracker(s: TrainedSettings) -> Said:
    target = f"max_state_tokens ({s.max_state_tokens})"
    return {
        "source": f"sources cut at max_source_tokens ({s.max_source_tokens})",
        "reference": f"states to learn cut at {target}",
        "output": f"states that ended only at {target}",
    }
