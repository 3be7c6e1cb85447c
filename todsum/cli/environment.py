"""Environment variables that set options: ``TODSUM_BENCH_RUN_WORKERS`` stands for ``run --workers``."""

from __future__ import annotations

import os
import shlex

import click
from click.core import ParameterSource

PREFIX = "TODSUM_BENCH"
RULE = """\
Every option has an environment variable, named after its command: TODSUM_BENCH_RUN_WORKERS=auto is run --workers auto,
and TODSUM_BENCH_DATA_BUILD_OUT is data build --out. The command line wins; 1 sets a flag; several values are separated
by blanks and quoted as in a shell, several paths by colons."""


class Texts(click.types.StringParamType):
    """The texts of a repeatable option. A variable quotes them as a shell does: ``target=taxi 'label=lead 3'``."""

    def split_envvar_value(self, rv: str) -> list[str]:
        """Splits the value of a variable."""
        try:
            return shlex.split(rv)
        except ValueError as error:
            self.fail(f"{rv[:40]!r}: {error}")


def variable_of(option: click.Option, context: click.Context) -> str:
    """Returns the name of the variable that sets an option, ``--data`` aside."""
    return f"{context.auto_envvar_prefix}_{option.opts[-1].lstrip('-').replace('-', '_').upper()}"


def wrong_variable(error: click.ClickException) -> str | None:
    """Returns the name of the variable that holds the wrong value of an option, None if no variable does."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or not isinstance(error.param, click.Option):
        return None
    # A value that can't even be split has no source yet.
    if error.ctx.get_parameter_source(error.param.name or "") not in (ParameterSource.ENVIRONMENT, None):
        return None
    own = [error.param.envvar] if isinstance(error.param.envvar, str) else error.param.envvar or []
    return next((name for name in (*own, variable_of(error.param, error.ctx)) if os.environ.get(name)), None)
