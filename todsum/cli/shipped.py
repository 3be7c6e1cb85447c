"""Suites that come with the project."""

from __future__ import annotations

from pathlib import Path

from todsum.data.lock import benchmarks_folder
from todsum.errors import TodsumError, unknown_name
from todsum.files.plain import check_plain


def shipped_suites() -> dict[str, Path]:
    """Returns the files of the suites by name, in alphabetical order."""
    return {path.stem: path for path in sorted(benchmarks_folder().glob("*.yaml"))}


def suite_path(name: Path) -> Path:
    """Returns the file of a suite: a path, or the bare name of one that comes with the project.

    Raises:
        TodsumError: there is neither.
    """
    if name.is_file():
        return name
    shipped = shipped_suites()
    if name.stem not in shipped and name.exists():
        check_plain(name)
    if len(name.parts) > 1 and name.parent != Path("benchmarks"):
        raise TodsumError(f"{name}: no such file; `todsum-bench suites` lists the suites")
    if name.stem not in shipped:
        raise unknown_name("suite", name.stem, shipped)
    return shipped[name.stem]
