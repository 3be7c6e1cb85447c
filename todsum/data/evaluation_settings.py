"""Which examples train and which test: in-domain, zero-shot, transfer, few-shot.

Pure functions from a data set's splits to a :class:`Task`. What a domain's examples are:

* multi-domain (the default): an example belongs to a domain that its ``domains`` name, beside others;
* single-domain (``single_domain=True``, the protocol of the paper): only examples with exactly one domain are used.

Every task has passed the leak check (:func:`leak_check`): no training or dev example names the held-out domain in its
``domains`` or ``state``, and none has the same dialogue text as an example of the test split.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from todsum.errors import TodsumError, unknown_name

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

SETTINGS = ("in-domain", "zero-shot", "transfer", "few-shot")
#: The target of a setting that tests the whole test split.
ALL = "all"


@dataclass(frozen=True)
class SplitCheck:
    """What became of the candidates of one split.

    Attributes:
        candidates: examples that the split has.
        outside: left out because the setting does not use them (other source, more than one domain).
        refused: left out because their domains or state name the held-out domain.
        duplicates: left out because their dialogue text is that of a test example.
        kept: what is left.
        mentions: how many of those say the held-out domain's name in passing.
    """

    candidates: int = 0
    outside: int = 0
    refused: int = 0
    duplicates: int = 0
    kept: int = 0
    mentions: int = 0


@dataclass(frozen=True)
class LeakReport:
    """What the leak check did, for the result.

    Attributes:
        held_out: the domain that must not be trained on, or None.
        train, dev: counts a split.
        duplicate_ids: the examples dropped as duplicates of test examples.
        shots: examples of the target that were added on purpose (few-shot).
    """

    held_out: str | None
    train: SplitCheck
    dev: SplitCheck
    duplicate_ids: tuple[str, ...] = ()
    shots: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        report = asdict(self)
        return report | {"duplicate_ids": list(self.duplicate_ids), "shots": list(self.shots)}


@dataclass(frozen=True)
class Task:
    """One setting at one target.

    Attributes:
        train, dev, test: the examples, in the order of their splits.
        unlabelled: dialogues of the target from the training split; state, summary and evidence removed.
        leak: what the leak check did.
    """

    setting: str
    target: str
    source: str | None
    train: Dataset
    dev: Dataset
    test: Dataset
    unlabelled: Dataset
    leak: LeakReport


def in_domain(splits: DatasetDict) -> Task:
    """Trains on the whole training split, tests on the whole test split."""
    return _task("in-domain", ALL, None, splits, lambda domains: True, lambda domains: True, held_out=None)


def zero_shot(splits: DatasetDict, target: str, single_domain: bool = False) -> Task:
    """Leaves one domain out: trains on examples without it, tests on the test examples with it."""
    return _task(
        "zero-shot",
        target,
        None,
        splits,
        lambda domains: not single_domain or len(domains) == 1,
        lambda domains: _belongs(domains, target, single_domain),
        held_out=target,
    )


def transfer(splits: DatasetDict, source: str, target: str, single_domain: bool = False) -> Task:
    """Trains on one domain's examples, tests on another's: a cell of the source × target matrix.

    On the diagonal nothing is held out. Off it, a training example of the source that names the target too is refused.
    """
    return _task(
        "transfer",
        target,
        source,
        splits,
        lambda domains: _belongs(domains, source, single_domain),
        lambda domains: _belongs(domains, target, single_domain),
        held_out=None if source == target else target,
    )


def few_shot(splits: DatasetDict, target: str, k: int, seed: int = 0, single_domain: bool = False) -> Task:
    """Zero-shot plus ``k`` training examples of the target, drawn with ``seed``.

    Raises:
        TodsumError: the training split has fewer than ``k`` such examples.
    """
    from datasets import concatenate_datasets

    task = zero_shot(splits, target, single_domain)
    if "train" not in splits:
        return _renamed(task, "few-shot")
    train = splits["train"]
    fits = (i for i, domains in enumerate(train["domains"]) if _belongs(domains, target, single_domain))
    tested = _texts(splits["test"])
    pool = [i for i in fits if _text_key(train[i]) not in tested]
    if len(pool) < k:
        raise TodsumError(f"few-shot: {len(pool)} training examples of {target} are there, {k} were asked for")
    shots = train.select(sorted(random.Random(f"{seed}-{target}").sample(pool, k)))
    leak = LeakReport(target, task.leak.train, task.leak.dev, task.leak.duplicate_ids, tuple(shots["id"]))
    return _renamed(task, "few-shot", train=concatenate_datasets([task.train, shots]), leak=leak)


def leak_check(
    examples: Dataset, test: Dataset, held_out: str | None, use: Callable[[list[str]], bool] = lambda domains: True
) -> tuple[Dataset, SplitCheck, tuple[str, ...]]:
    """The examples that may be trained on.

    Args:
        examples: candidates for training or dev.
        test: the whole test split.
        held_out: the domain that no kept example may name in ``domains`` or ``state``, or None.
        use: which examples the setting uses, by their domains.

    Returns:
        the kept examples in their order, the counts, and the ids of the duplicates that were dropped.
    """
    tested = _texts(test)
    in_passing = re.compile(rf"\b{re.escape(held_out)}s?\b", re.IGNORECASE) if held_out else None
    outside = refused = mentions = 0
    kept: list[int] = []
    duplicates: list[str] = []
    for index, row in enumerate(examples.select_columns(["id", "domains", "state", "turns"])):
        if not use(row["domains"]):
            outside += 1
        elif held_out and held_out in {*row["domains"], *(entry["domain"] for entry in row["state"])}:
            refused += 1
        elif _text_key(row) in tested:
            duplicates.append(row["id"])
        else:
            kept.append(index)
            mentions += bool(in_passing and any(in_passing.search(turn["text"]) for turn in row["turns"]))
    counts = SplitCheck(len(examples), outside, refused, len(duplicates), len(kept), mentions)
    return examples.select(kept), counts, tuple(duplicates)


def domains_of(splits: DatasetDict, known: Iterable[str]) -> list[str]:
    """The known domains that occur in the test split, in the known order."""
    found = {domain for domains in splits["test"]["domains"] for domain in domains}
    return [domain for domain in known if domain in found]


def check_target(target: str, known: Iterable[str]) -> None:
    """Refuses a target that the data set does not have.

    Raises:
        TodsumError: with the nearest known domains.
    """
    names = tuple(known)
    if target not in names:
        raise unknown_name("domain", target, names)


def _belongs(domains: list[str], domain: str, single_domain: bool) -> bool:
    return domain in domains and (not single_domain or len(domains) == 1)


def _text_key(row: Mapping[str, Any]) -> bytes:
    """A checksum of the dialogue's exact text (speakers left out)."""
    return hashlib.sha256("\x1e".join(turn["text"] for turn in row["turns"]).encode()).digest()


def _texts(test: Dataset) -> set[bytes]:
    return {_text_key(row) for row in test.select_columns(["turns"])}


def _unlabelled(train: Dataset, target: str, uses: Callable[[list[str]], bool]) -> Dataset:
    if target == ALL:
        return train.select([])
    chosen = train.select([i for i, domains in enumerate(train["domains"]) if uses(domains)])
    return chosen.map(
        lambda row: {"state": [], "summary": [], "evidence": []}, features=train.features, keep_in_memory=True
    )


def _task(
    setting: str,
    target: str,
    source: str | None,
    splits: DatasetDict,
    trains: Callable[[list[str]], bool],
    tests: Callable[[list[str]], bool],
    held_out: str | None,
) -> Task:
    test = splits["test"]
    nothing = test.select([])
    train, in_train, twins = leak_check(splits.get("train", nothing), test, held_out, trains)
    dev, in_dev, dev_twins = leak_check(splits.get("validation", nothing), test, held_out, trains)
    chosen = test.select([i for i, domains in enumerate(test["domains"]) if tests(domains)])
    leak = LeakReport(held_out, in_train, in_dev, twins + dev_twins)
    unlabelled = _unlabelled(splits.get("train", nothing), target, tests)
    return Task(setting, target, source, train, dev, chosen, unlabelled, leak)


def _renamed(task: Task, setting: str, train: Dataset | None = None, leak: LeakReport | None = None) -> Task:
    return Task(
        setting,
        task.target,
        task.source,
        task.train if train is None else train,
        task.dev,
        task.test,
        task.unlabelled,
        leak or task.leak,
    )
