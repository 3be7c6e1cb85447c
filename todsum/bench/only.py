"""What ``--only key=glob`` means, in every command that has it."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Mapping, Sized

from todsum.bench.result import CellRecord, Spec
from todsum.errors import LONGEST, MOST, TodsumError, unknown_name

#: What cells are chosen by, in the order in which a plan finds it out.
KEYS = ("dataset", "view", "setting", "method", "label", "target", "source", "backbone", "seed")


class Only:
    """Chooses cells. A cell has to fit each key that is given, by one of its globs if there are several.

    Args:
        items: ``key=glob`` each.

    Raises:
        TodsumError: an item is not of that form, or its key is unknown.
    """

    def __init__(self, items: Iterable[str] = ()) -> None:
        self._globs: dict[str, list[str]] = {}
        self._seen: dict[str, dict[str, None]] = {key: {} for key in KEYS}
        for item in items:
            key, equals, glob = item.partition("=")
            if not equals:
                raise TodsumError(f"--only {item}: expected key=glob, such as --only target=taxi")
            if key not in KEYS:
                raise unknown_name("key of --only", key, KEYS)
            self._globs.setdefault(key, []).append(glob)

    @property
    def chooses(self) -> bool:
        """Whether it may leave cells out."""
        return bool(self._globs)

    def saw(self, key: str, values: Iterable[object]) -> None:
        """Notes values of a key that cells have, whether they are chosen or not."""
        self._seen[key].update(dict.fromkeys(map(str, values)))

    def fits(self, values: Mapping[str, object]) -> bool:
        """Whether a cell with these values fits, as far as they are known."""
        for key, value in values.items():
            self._seen[key][str(value)] = None
        return all(
            any(_fits(str(values[key]), glob) for glob in globs) for key, globs in self._globs.items() if key in values
        )

    def check(self, where: object, chosen: Sized) -> None:
        """Refuses a choice that leaves nothing, and a glob that fits no cell beside others that do.

        Args:
            where: the suite or the run directory that has the cells.
            chosen: those that fit, of all that :meth:`fits` was asked about.

        Raises:
            TodsumError: there is such a glob, or no cell; the message names the nearest value that would fit.
        """
        for key, seen in self._seen.items():
            for glob in self._globs.get(key, ()) if seen else ():
                if not any(_fits(value, glob) for value in seen):
                    raise TodsumError(f"{where}: no cell fits {key}={glob[:LONGEST]}: {self._hint(key, glob)}")
        if not chosen and not self._globs:
            raise TodsumError(f"{where}: no cells: the data has no domain to test")
        if not chosen:
            given = " ".join(f"{key}={glob[:LONGEST]}" for key, globs in self._globs.items() for glob in globs)
            raise TodsumError(f"{where}: no cell fits {given} at once")

    def _hint(self, key: str, glob: str) -> str:
        known = self._seen[key]
        by_case = {value.casefold(): value for value in known}
        text = glob[:LONGEST].casefold().strip("*")
        if text in by_case:
            return f"did you mean {key}={by_case[text]}?"
        for other in KEYS if glob.strip("*") else ():
            if other != key and (value := _first_like(glob, self._seen[other])) is not None:
                return f"did you mean {other}={glob if _fits(value, glob) else value}?"
        if near := difflib.get_close_matches(text, by_case, n=1, cutoff=0.5):
            return f"did you mean {key}={by_case[near[0]]}?"
        more = f" and {len(known) - MOST} more" if len(known) > MOST else ""
        return f"known: {', '.join(sorted(known, key=_in_order)[:MOST])}{more}"


def values_of(spec: Spec) -> dict[str, object]:
    """What ``--only`` chooses a cell by; no seed if the method has none, as it is then run once for all."""
    values: dict[str, object] = {
        "dataset": spec.dataset,
        "view": spec.input.get("view"),
        "setting": spec.setting,
        "method": spec.method,
        "label": spec.label,
        "target": spec.target,
        "source": spec.source,
        "backbone": spec.backbone,
    }
    return values | ({"seed": spec.seed} if _has_seeds(spec.method) else {})


def choose_records(records: Iterable[CellRecord], only: Only, where: object) -> list[CellRecord]:
    """The records of cells that fit.

    Args:
        records: of all cells of a run directory.
        only: the choice.
        where: the run directory, for messages.

    Raises:
        TodsumError: as :meth:`Only.check`.
    """
    every = list(records)
    values = [values_of(record.spec) for record in every]
    chosen = [record for record, one in zip(every, values, strict=True) if only.fits(one)]
    if not any("seed" in one for one in values):
        only.saw("seed", (record.spec.seed for record in every))
    only.check(where, chosen)
    return chosen


def _fits(value: str, glob: str) -> bool:
    return value == glob or fnmatch.fnmatchcase(value, glob)


def _first_like(glob: str, values: Iterable[str]) -> str | None:
    """The first value that fits but for its case."""
    return next((value for value in values if _fits(value.casefold(), glob.casefold())), None)


def _in_order(value: str) -> tuple[int, str]:
    """Sorts seeds as numbers."""
    return (len(value) if value.isdecimal() else 0, value)


def _has_seeds(method: str) -> bool:
    from todsum.methods.registry import method_class

    try:
        return method_class(method).has_seeds
    except TodsumError:  # of another version
        return True
