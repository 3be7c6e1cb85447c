"""Reads ``human.json``, and believes nothing of it that follows from its ratings and its key."""

from __future__ import annotations

from pathlib import Path

from todsum.errors import TodsumError
from todsum.files.json_files import read_model
from todsum.human.evaluate import evaluate
from todsum.human.evaluation import HUMAN, HumanEvaluation

_MAX_BYTES = 1 << 28
_TOLERANCE = 1e-5  # what another version of numpy may add to figures of six digits


def read_human(runs: Path) -> HumanEvaluation | None:
    """The human evaluation of a run directory, or None where there is none.

    Nothing of the file is believed that follows from the ratings and the key in it.

    Raises:
        TodsumError: it can't be read, is not what the model says, or contradicts itself.
    """
    path = runs / HUMAN
    if not path.exists():
        return None
    found = read_model(path, HumanEvaluation, _MAX_BYTES)
    if unknown := {item for own in found.ratings.values() for item in own} - set(found.key.items):
        raise TodsumError(f"{path}: ratings of {min(unknown)}, an item that its key does not have")
    made = evaluate(found.key, found.ratings)
    if not _close(_figures(made), _figures(found)):
        raise TodsumError(f"{path}: its means do not follow from its ratings: it was edited; import the ratings again")
    return made


def _figures(human: HumanEvaluation) -> list[float | None]:
    means = [mean for system in human.systems for _, mean in sorted(system.criteria.items())]
    ends = [figure for mean in means for figure in (mean.mean, mean.low, mean.high)]
    return [*ends, *(found.alpha for _, found in sorted(human.agreement.items()))]


def _close(mine: list[float | None], theirs: list[float | None]) -> bool:
    if len(mine) != len(theirs):
        return False
    pairs = zip(mine, theirs, strict=True)
    return all(a is b if a is None or b is None else abs(a - b) < _TOLERANCE for a, b in pairs)
