"""What ``--only key=glob`` means, in every command that has it."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterable, Mapping

from todsum.bench.result import Spec
from todsum.errors import TodsumError, unknown_name

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

    def fits(self, values: Mapping[str, object]) -> bool:
        """Whether a cell with these values fits, as far as they are known."""
        for key, value in values.items():
            self._seen[key][str(value)] = None
        return all(
            any(_fits(str(values[key]), glob) for glob in globs) for key, globs in self._globs.items() if key in values
        )

    def nothing(self, where: object) -> TodsumError:
        """The error for a choice that no cell fits, with the nearest value that one would.

        Args:
            where: the suite or the run directory that has the cells.
        """
        for key, seen in self._seen.items():
            for glob in self._globs.get(key, ()) if seen else ():
                if not any(_fits(value, glob) for value in seen):
                    return TodsumError(f"{where}: no cell fits {key}={glob}: {self._hint(key, glob)}")
        given = " ".join(f"{key}={glob}" for key, globs in self._globs.items() for glob in globs)
        return TodsumError(f"{where}: no cell fits {given} at once")

    def _hint(self, key: str, glob: str) -> str:
        for other in KEYS:
            if any(_fits(value, glob) for value in self._seen[other]) and other != key:
                return f"did you mean {other}={glob}?"
        by_case = {value.casefold(): value for value in self._seen[key]}
        if near := difflib.get_close_matches(glob.casefold().strip("*"), by_case, n=1, cutoff=0.5):
            return f"did you mean {key}={by_case[near[0]]}?"
        return f"known: {', '.join(sorted(self._seen[key])[:15]) or 'none'}"


def values_of(spec: Spec) -> dict[str, object]:
    """What ``--only`` chooses a cell by; no seed where the method does not learn, as it is then run once for all."""
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
    return values | ({"seed": spec.seed} if _learns(spec.method) else {})


def _fits(value: str, glob: str) -> bool:
    return value == glob or fnmatch.fnmatchcase(value, glob)


def _learns(method: str) -> bool:
    from todsum.methods.registry import method_class

    try:
        return method_class(method).trains
    except TodsumError:  # of another version
        return True
