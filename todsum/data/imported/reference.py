"""How a data set from elsewhere is named: ``hub:org/name@revision``, ``hub:/path/to/folder``, ``hub:file:///…``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from todsum.errors import TodsumError
from todsum.files.plain import path_of

PREFIX = "hub:"
COMMIT = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"(?P<id>(?:[A-Za-z0-9][\w.-]*/)?[A-Za-z0-9][\w.-]*)(?:@(?P<revision>[\w./-]+))?", re.ASCII)


@dataclass(frozen=True)
class Reference:
    """Where a data set lies: a repository of the hub at a revision, or a folder.

    Attributes:
        repository: ``org/name``, None for a folder.
        revision: commit, branch or tag; None stands for the newest.
        folder: None for a repository.
    """

    repository: str | None
    revision: str | None
    folder: Path | None

    @property
    def name(self) -> str:
        """The data set's name in results: ``hub-org-name``, ``hub-folder``."""
        last = self.repository or (self.folder.resolve().name if self.folder else "")
        return "hub-" + re.sub(r"[^\w.-]+", "-", last).strip("-")[:90]

    @property
    def pinned(self) -> bool:
        """Whether the same reference always means the same files: a commit does, and a folder is read as it is."""
        return self.folder is not None or bool(self.revision and COMMIT.fullmatch(self.revision))

    def __str__(self) -> str:
        if self.folder is not None:
            return f"{PREFIX}{self.folder}"
        return f"{PREFIX}{self.repository}{f'@{self.revision}' if self.revision else ''}"


def is_reference(name: str) -> bool:
    """Whether a data set's name is one of these references."""
    return name.startswith(PREFIX)


def parse_reference(text: str) -> Reference:
    """The reference in a text.

    What begins with ``/``, ``./``, ``../``, ``~`` or ``file://`` is a folder; relative ones are seen from the current
    folder.

    Raises:
        TodsumError: the text is none.
    """
    place = text.removeprefix(PREFIX)
    if place.startswith("file:"):
        url = urlsplit(place)
        if url.netloc not in ("", "localhost") or not url.path.startswith("/"):
            raise TodsumError(f"{text}: expected hub:file:///path/to/folder")
        return Reference(None, None, path_of(unquote(url.path)))
    if place.startswith(("/", "./", "../", "~")) or place in (".", ".."):
        return Reference(None, None, path_of(place))
    match = _REPOSITORY.fullmatch(place)
    if match is None or ".." in place:
        raise TodsumError(f"{text}: expected hub:org/name@revision, hub:/path/to/folder or hub:file:///path/to/folder")
    return Reference(match["id"], match["revision"], None)


def check_pinned(reference: Reference) -> None:
    """Refuses a repository without a commit, as its files may change between two runs.

    Raises:
        TodsumError: says how to find the commit.
    """
    if not reference.pinned:
        raise TodsumError(
            f"{reference}: a suite needs the commit (40 hex digits) as revision: `todsum-bench data check {reference}` "
            "prints it"
        )
