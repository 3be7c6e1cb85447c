"""The command line with a method that takes its time, for tests that need a process to kill."""

import time
from collections.abc import Sequence

from todsum.cli import VERBS, main
from todsum.data.schema import Example
from todsum.methods.base import Method, MethodSettings
from todsum.methods.registry import BUILT_IN, Entry
from todsum.summarizing import progress_file

VERBS.setdefault("summarize", ("todsum.cli.summarize:summarize", ""))
BUILT_IN["dawdle"] = Entry("tests.summarizing.driver:Dawdle", "a method for tests")
progress_file.EVERY = 0.0


class Dawdle(Method[MethodSettings]):
    """Takes the first utterance, slowly."""

    batch_size = 4

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        time.sleep(0.03)
        return [f"{example.turns[0].text}\näöü \u2028 {example.id}" for example in examples]


if __name__ == "__main__":
    main()
