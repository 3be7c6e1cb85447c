"""Writes the site: leaderboard, transfer heat maps, plots, a page a system, and the explorer of examples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from todsum.report.site.content import Board, TestSet
from todsum.report.site.explorer import explorer_data
from todsum.report.site.folder import write_site
from todsum.report.site.pages import pages
from todsum.report.site.slugs import Slug

_STATIC = Path(__file__).parent / "static"
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)


def build_site(board: Board, test_sets: Sequence[TestSet], out: Path, title: str) -> None:
    """Writes a static site that works from a folder or any host, without a server.

    The same content gives the same bytes. Files that a former build left and that are no longer part of the site are
    removed; files of others are never touched.

    Args:
        board: tables and systems.
        test_sets: what the explorer shows; may be empty.
        out: the folder, made where there is none.
        title: of the site.

    Raises:
        ValueError: a slug is no file name or names two things, or a test set's lists differ in length.
        TodsumError: ``out`` holds files of the same names that no build of the site wrote.
    """
    _check_slugs("system", (system.slug for system in board.systems))
    _check_slugs("test set", (test_set.slug for test_set in test_sets))
    for test_set in test_sets:
        _check_lengths(test_set)
    files = {f"assets/{path.relative_to(_STATIC).as_posix()}": path.read_bytes() for path in _static_files()}
    files |= explorer_data(test_sets, {system.slug for system in board.systems})
    files |= pages(board, test_sets, title)
    write_site(files, out)


def _static_files() -> list[Path]:
    return sorted(path for path in _STATIC.rglob("*") if path.suffix in {".css", ".js"})


def _check_slugs(what: str, slugs: Iterable[str]) -> None:
    seen = set()
    for slug in slugs:
        try:
            _SLUG.validate_python(slug, strict=True)
        except ValidationError:
            raise ValueError(
                f"{what} {slug!r}: a slug is 1 to 80 of a-z, 0-9 and -, and begins with a letter or digit"
            ) from None
        if slug in seen:
            raise ValueError(f"{what} {slug!r}: two of that slug")
        seen.add(slug)


def _check_lengths(test_set: TestSet) -> None:
    n = len(test_set.ids)
    lengths = {"domains": len(test_set.domains)}
    if test_set.examples is not None:
        lengths["examples"] = len(test_set.examples)
    for output in test_set.outputs:
        lists = {"summaries": output.summaries, "marks": output.marks, "missing": output.missing, **output.figures}
        lengths |= {f"{name} of {output.name}": len(values) for name, values in lists.items()}
    for name, length in lengths.items():
        if length != n:
            raise ValueError(f"test set {test_set.slug}: {name} has {length} entries for {n} ids")
