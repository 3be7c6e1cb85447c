"""Names of files and pages: small letters, digits and hyphens."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

PATTERN = r"^[a-z0-9][a-z0-9-]{0,79}$"
Slug = Annotated[str, Field(pattern=PATTERN)]


def slug_of(text: str, most: int = 80) -> str:
    """A slug that reads like a text, of at most so many characters; ``system`` where nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:most].strip("-") or "system"
