"""Values of a dialogue state that say nothing, or that any value will do."""

from __future__ import annotations

EMPTY = frozenset({"", "not mentioned", "none"})
INDIFFERENT = frozenset({"dont care", "don't care", "do not care", "dontcare", "do nt care"})
