"""The command line ``todsum-bench``: one verb a file, imported when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from todsum import __version__
from todsum.cli.completing import COMPLETION, PROGRAM, complete
from todsum.cli.environment import PREFIX, RULE, wrong_variable
from todsum.cli.groups import Group
from todsum.distributed import check_launch, prints
from todsum.errors import TodsumError
from todsum.out_of_memory import is_out_of_memory
from todsum.terminal import end_of_output, open_streams, say, tell

#: Where each verb lives and what it does, so that ``--help`` imports none of them.
VERBS = {
    "quickstart": ("todsum.cli.quickstart:quickstart", "Simulated data, a first table, in minutes."),
    "run": ("todsum.cli.run:run", "Run a suite's cells; again: only what is missing."),
    "table": ("todsum.cli.table:table", "The results table of a run directory."),
    "compare": ("todsum.cli.compare:compare", "Tests of one system against another."),
    "score": ("todsum.cli.score:score", "Score summaries from a file."),
    "data": ("todsum.cli.data:data", "Build, push, check, show and count data sets; their domains' words."),
    "summarize": ("todsum.cli.summarize:summarize", "Summarize your own dialogues with a trained model."),
    "models": ("todsum.cli.models:models", "Export a finished cell as a model folder, and push it."),
    "simulate": ("todsum.cli.simulate:simulate", "Write simulated data in the authors' formats."),
    "pretrain": ("todsum.cli.pretrain:pretrain", "Make the small backbone that comes with the suite."),
    "leaderboard": ("todsum.cli.leaderboard:leaderboard", "Check and score submissions; write the pages."),
    "human": ("todsum.cli.human:human", "Sheets for raters, and their ratings in the table."),
    "methods": ("todsum.cli.methods:methods", "List the methods, or one method's settings."),
    "suites": ("todsum.cli.suites:suites", "List the suites that come with the project."),
}


class LazyGroup(Group):
    """A group whose verbs are imported only when one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order in which one needs them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, or None if there is none."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": PREFIX},
    epilog=f"{RULE}\n\n{COMPLETION}",
)
@click.version_option(__version__, prog_name="todsum-bench", allow_from_autoenv=False)
def cli() -> None:
    """Dialogue summarization across domains: data, methods, evaluation, one table.

    \b
    A first look, no data needed:   todsum-bench quickstart
    The published data sets:        todsum-bench run heuristics --data DIR --out runs
    Your own summaries:             todsum-bench score --hypotheses F --references F

    DIR is a folder with todsum/, qmsum/ and mts-dialog/ in it, each as its authors publish it (a clone or its zip); it
    can be set once and for all as $TODSUM_DATA. Without it the pinned revisions are downloaded.

    Exit codes: 0 done, 1 some cells failed, 2 wrong use or bad input, 3 another process is running some of the cells.
    """


def main() -> Any:
    """Runs the command line; an error of the user ends in one line and exit code 2."""
    # Threads that spin while they wait make training five times slower when another process needs the core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    code: Any = 0
    open_streams()
    try:
        check_launch()
        if not complete(cli):
            with cli.make_context(PROGRAM, sys.argv[1:]) as context:
                code = cli.invoke(context)
    except click.exceptions.Exit as exit_:
        code = exit_.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message())
    except (TodsumError, click.ClickException) as error:
        code = _fail(_message(error))
    except (KeyboardInterrupt, click.Abort):
        tell("stopped; the same command goes on from here")
        code = 130
    except BrokenPipeError:
        code = 0
    except OSError as error:
        code = _fail(f"{error.filename or 'system'}: {error.strerror or error}")
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        code = _fail("out of memory: free some, or raise the limit of this process")
    end_of_output()
    sys.exit(code if isinstance(code, int) else 0)


def _message(error: TodsumError | click.ClickException) -> str:
    if isinstance(error, TodsumError):
        return str(error)
    variable = wrong_variable(error)
    return f"${variable}: {error.format_message()}" if variable else error.format_message()


def _fail(message: str) -> int:
    if prints():
        tell(f"todsum-bench: error: {' '.join(message.split())}")
    return 2
