"""The command line with the test methods registered, for tests that need a process to kill."""

from todsum.cli import main
from todsum.methods.registry import BUILT_IN, Entry


def run() -> None:
    """Runs the command line of ``sys.argv``."""
    BUILT_IN["slow"] = Entry("tests.bench.slow_method:Slow", "a method for tests")
    main()
