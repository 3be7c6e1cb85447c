"""Counts the project's files that a small run calls: from `run` to the table of lead-3 on simulated data.

Run as ``python benchmarks/files_called.py`` at the root of a checkout. Prints the names of the files, then their count.
A file counts if one of its functions is called; statements at its top level do not. The cache starts empty.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import redirect_stdout, suppress
from pathlib import Path
from types import CodeType, FrameType

import todsum
from todsum.cli import main

SUITE = """name: lead
description: One cell.
simulate: {dialogues: 100, meetings: 0, seed: 1}
grids: [{dataset: todsum, settings: [in-domain], methods: [lead-3]}]
"""
PACKAGE = Path(todsum.__file__).parent
IS_FUNCTION = 1  # the flag CO_OPTIMIZED: neither a module's body nor a class's


def files_called(*commands: tuple[str, ...]) -> list[str]:
    """Runs command lines and returns the package's files with a function called, by name."""
    called: set[CodeType] = set()

    def see(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code.co_flags & IS_FUNCTION:
            called.add(frame.f_code)

    for command in commands:
        sys.argv = ["todsum-bench", *command]
        sys.setprofile(see)
        with suppress(SystemExit):
            main()
        sys.setprofile(None)
    paths = {Path(code.co_filename) for code in called}
    return sorted(path.relative_to(PACKAGE).as_posix() for path in paths if path.is_relative_to(PACKAGE))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        os.environ["TODSUM_CACHE"] = place
        suite, runs = Path(place, "suite.yaml"), str(Path(place, "runs"))
        suite.write_text(SUITE, encoding="utf-8")
        with redirect_stdout(sys.stderr):
            found = files_called(("run", str(suite), "--out", runs), ("table", runs))
    print(*found, len(found), sep="\n")
