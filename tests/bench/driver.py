"""The command line with the test methods registered, for tests that need a process to kill."""

from todsum.cli import main
from todsum.methods.registry import BUILT_IN, Entry

BUILT_IN["slow"] = Entry("tests.bench.slow_method:Slow", "a method for tests")

if __name__ == "__main__":
    main()
