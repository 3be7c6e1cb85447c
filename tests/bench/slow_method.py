"""A method for tests of the harness: learns slowly, summarizes slowly, and notes each batch that it is given."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from todsum.data.schema import Example
from todsum.methods.base import Context, Method, MethodSettings


class SlowSettings(MethodSettings):
    """Settings of the test method."""

    diary: str
    """File that every call is noted in."""
    pause: float = 0.02
    """Seconds a step."""
    fails: str = ""
    """Raise this instead of summarizing."""


class Slow(Method[SlowSettings]):
    """Takes the first utterance; its fit writes steps into the cell's work folder and goes on from there."""

    Settings = SlowSettings
    needs_training_split = has_seeds = uses_device = sorts_by_length = True
    batch_size = 4

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        steps = context.output / "steps"
        for step in range(len(list(steps.glob("*"))) if steps.exists() else 0, 5):
            time.sleep(self.settings.pause)
            steps.mkdir(exist_ok=True)
            (steps / f"{step}").touch()
            self._note(f"step {step}")

    def save(self, folder: Path) -> None:
        time.sleep(self.settings.pause)
        (folder / "model").write_text("learnt", encoding="utf-8")

    def load(self, folder: Path, context: Context) -> None:
        assert (folder / "model").read_text(encoding="utf-8") == "learnt"

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        if self.settings.fails:
            raise ValueError(self.settings.fails)
        time.sleep(self.settings.pause)
        self._note("batch " + " ".join(example.id for example in examples))
        return [f"{example.turns[0].text}\nzweiter Satz: äöü \u2028 {example.id}." for example in examples]

    def _note(self, line: str) -> None:
        with Path(self.settings.diary).open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")


class Short(Slow):
    """Forgets one summary."""

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        return super().summarize(examples)[1:]


class Mute(Slow):
    """Gives nothing for a summary."""

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        return [None for _ in examples]  # type: ignore[misc]
