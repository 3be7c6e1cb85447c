"""How large a system is, and how much of it was trained."""

from __future__ import annotations

from collections.abc import Sequence

from todsum.bench.result import Result


def parameters(results: Sequence[Result]) -> tuple[int | None, int | None]:
    """All parameters and the trained ones, as the results tell; None where they don't.

    Of several the most: domains differ in their words. A method that takes no step has trained nothing.
    """
    still = bool(results) and all(result.spec.settings.get("max_steps") == 0 for result in results)
    return _most(results, "parameters"), 0 if still else _most(results, "trainable_parameters")


def _most(results: Sequence[Result], name: str) -> int | None:
    found = [value for result in results if isinstance(value := result.facts.get(name), int)]
    return max(found, default=None)
