"""TODSum benchmark suite: dialogue summarization across domains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from todsum.summarizing import load

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def __getattr__(name: str) -> Any:
    """``load``, imported when it is asked for: importing ``todsum`` stays light."""
    if name == "load":
        from todsum.summarizing import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
