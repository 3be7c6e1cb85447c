"""The command line as one of several processes, and a method that fails in only one of them."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import ClassVar

from todsum import distributed
from todsum.cli import main
from todsum.data.schema import Example
from todsum.methods.base import Context, Method, MethodSettings
from todsum.methods.registry import BUILT_IN, Entry


class BrokenSettings(MethodSettings):
    """Settings of the test method."""

    where: str = ""
    """``fit`` or ``summarize``: what fails in the second process."""


class Broken(Method[BrokenSettings]):
    """Takes part in training in all processes; the second one fails."""

    Settings: ClassVar[type[MethodSettings]] = BrokenSettings
    needs_training_split = has_seeds = uses_device = sorts_by_length = True
    trains_together = True
    batch_size = 4

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        self._fail("fit")
        distributed.agree()

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        self._fail("summarize")
        return [f"process {distributed.index()}"] * len(examples)

    def _fail(self, where: str) -> None:
        if distributed.index() == 1 and self.settings.where == where:
            raise MemoryError(f"no memory to {where}")


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``todsum-bench run``."""
    BUILT_IN["broken"] = Entry("tests.bench.launched:Broken", "a method for tests")
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["todsum-bench", "run", *arguments]
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()
