"""Which past cells are most like one that has not been run.

The order is that of how well they foretell, measured by leaving out cells of 470 real ones: other methods on the same
data with the same backbone tell more than the same method on other data.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from enum import IntEnum
from functools import cache
from typing import Any

from todsum.bench.result import Spec


class Likeness(IntEnum):
    """How alike a past cell is, the most alike first; each is met by what the ones before it are met by."""

    SEED = 0
    """All but the seed is the same."""
    TARGET = 1
    """Another target or source domain, too."""
    SETTING = 2
    """Another setting or protocol, the same input."""
    SETTINGS = 3
    """Other settings of the method."""
    METHOD = 4
    """Another method that starts from the same backbone, on the same data."""
    DATA = 5
    """The same method and backbone on other data."""


def group(spec: Spec, likeness: Likeness) -> Hashable:
    """What two cells have to have in common to be that alike; None where a cell can't be compared so."""
    method, data = (spec.method, spec.backbone), (spec.dataset, canonical(spec.input))
    settings, options = canonical(spec.settings), canonical(spec.setting_options)
    setting = (spec.protocol, spec.fingerprint, spec.setting, options)
    if likeness is Likeness.SEED:
        return (*method, *data, settings, *setting, spec.backbone_revision, spec.target, spec.source)
    if likeness is Likeness.TARGET:
        return (*method, *data, settings, *setting)
    if likeness is Likeness.SETTING:
        return (*method, *data, settings)
    if likeness is Likeness.SETTINGS:
        return (*method, *data)
    if likeness is Likeness.METHOD:
        return None if spec.backbone is None else (spec.backbone, *data)
    return method


def canonical(values: Mapping[str, Any]) -> str:
    """JSON to compare by."""
    return json.dumps(values, sort_keys=True)


@cache
def settings_apart(one: str, other: str) -> int:
    """In how many settings two methods differ.

    Args:
        one, other: their settings, from :func:`canonical`.
    """
    mine, theirs = json.loads(one), json.loads(other)
    return sum(mine.get(name) != theirs.get(name) for name in mine.keys() | theirs.keys())
