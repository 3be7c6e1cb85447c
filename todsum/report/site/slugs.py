"""Names of files and pages: small letters, digits and hyphens."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import chain, count
from typing import Annotated

from pydantic import Field

PATTERN = r"^[a-z0-9][a-z0-9-]{0,79}$"
Slug = Annotated[str, Field(pattern=PATTERN)]


def slug_of(text: str, most: int = 80) -> str:
    """A slug that reads like a text, of at most so many characters; ``system`` where nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:most].strip("-") or "system"


def free_slug(text: str, taken: Collection[str], most: int = 80) -> str:
    """The slug of a text, with the lowest number from 2 behind it that no other slug has.

    Args:
        text: reads like the slug.
        taken: the slugs of others.
        most: how many characters it has at most.
    """
    slug = slug_of(text, most)
    numbered = (f"{slug[: most - len(end)].rstrip('-')}{end}" for end in (f"-{number}" for number in count(2)))
    return next(name for name in chain((slug,), numbered) if name not in taken)
