"""Simulated TODSum and QMSum in their authors' own formats, of any size.

``simulate`` writes files; :func:`~todsum.data.simulation.dialogues.generate` and
:func:`~todsum.data.simulation.dialogues.dialogues` give the dialogues themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from todsum.data.simulation.dialogues import Simulated, dialogues, generate, simulated
from todsum.data.simulation.meetings import MEETING_DOMAINS, meeting
from todsum.data.simulation.ontology import DOMAINS, domain
from todsum.data.state import oracle_line
from todsum.errors import TodsumError
from todsum.files.folders import DONE, PART, filling, foreign_entries
from todsum.files.plain import check_folder
from todsum.files.writing import naming, write_atomic

__all__ = ["DOMAINS", "MEETING_DOMAINS", "VERSION", "dialogues", "generate", "meeting", "simulate", "simulated"]

VERSION = 1
"""Version of the simulator: another version writes other data for the same seed."""

MEETINGS = 60
"""How many meetings are written where nobody says."""
FEWEST_DIALOGUES = 3
FEWEST_MEETINGS = 9
SPLITS = ("train", "validation", "test")

_MARK = ".simulation"
_PUBLISHED = {"train": "train", "validation": "valid", "test": "test"}
_FOLDERS = {"train": "train", "validation": "val", "test": "test"}
_OURS = re.compile(
    r"\.simulation|(todsum|qmsum)/simulation\.json|todsum/todsum/(train|valid|test)\.json"
    r"|todsum/consistency/(test\.oracle|ontology\.json)"
    r"|qmsum/extracted_span/(val|test)\.txt|qmsum/data/(Academic|Committee|Product)/(train|val|test)/S[ACP]\d{5,}\.json"
)
_encode = json.JSONEncoder(ensure_ascii=False).encode


def split_of(number: int) -> str:
    """The split of the dialogue of this index, or of a domain's meeting: 80 % train, 10 % each validation and test."""
    return {1: "validation", 2: "test"}.get(number % 10, "train")


def simulate(
    out: Path,
    dialogues: int,
    seed: int,
    meetings: int = MEETINGS,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write ``todsum/`` and ``qmsum/`` as their authors lay them out, with a manifest in each.

    Streams: the memory does not grow with the size, apart from the made-up values of the test split. The same
    arguments give the same bytes everywhere, and a larger simulation of the same seed contains the smaller one.

    Args:
        out: a new or empty folder, or one that holds an earlier simulation, which is replaced.
        dialogues: how many dialogues, 3 or more.
        seed: of all choices.
        meetings: how many meetings, 9 or more, or 0 for no ``qmsum/`` at all.
        progress: called now and then with the number of dialogues and meetings written so far.

    Raises:
        TodsumError: a size is too small, ``out`` holds something else, or can't be written.
    """
    if dialogues < FEWEST_DIALOGUES:
        raise TodsumError(f"can't simulate {dialogues} dialogues: at least {FEWEST_DIALOGUES} fill the three splits")
    if meetings and meetings < FEWEST_MEETINGS:
        raise TodsumError(
            f"can't simulate {meetings} meetings: at least {FEWEST_MEETINGS} fill three splits in three domains, "
            "or 0 for none"
        )
    if seed < 0:
        raise TodsumError(f"seed {seed} is negative: pass 0 or more")
    report = progress or (lambda done: None)
    check_folder(out)
    with filling(out, check=lambda: _check_room(out), alone=True) as new:
        write_atomic(new / _MARK, "written by todsum-bench simulate\n", lasting=False)
        _write_todsum(new / "todsum", dialogues, seed, report)
        if meetings:
            _write_qmsum(new / "qmsum", meetings, seed, lambda done: report(dialogues + done))


def _check_room(out: Path) -> None:
    """Refuses a folder that anything but an earlier simulation is in."""
    if (names := foreign_entries(out)) and not (out / _MARK).is_file():
        raise TodsumError(f"{out}: not empty and not a simulation (it holds {names[0]}): pass a new folder")
    for path in out.rglob("*"):
        name = path.relative_to(out).as_posix()
        if name.split("/")[0] in (PART, DONE) or (path.is_dir() and not path.is_symlink()):
            continue
        if path.is_symlink() or not _OURS.fullmatch(name):
            raise TodsumError(f"{out}: a simulation with something else in it ({name}): pass a new folder")


def _open(stack: ExitStack, path: Path) -> TextIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    stack.enter_context(naming(path))
    return stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))


def _write(stream: TextIO, text: str) -> None:
    with naming(Path(stream.name)):
        stream.write(text)


def _write_todsum(root: Path, number: int, seed: int, report: Callable[[int], None]) -> None:
    counts = dict.fromkeys(SPLITS, 0)
    seen: set[str] = set()
    ontology = ValueLists()
    with ExitStack() as stack:
        files = {split: _open(stack, root / "todsum" / f"{_PUBLISHED[split]}.json") for split in SPLITS}
        oracle = _open(stack, root / "consistency" / "test.oracle")
        for index, item in enumerate(dialogues(seed, 0, number)):
            split = split_of(index)
            _write(files[split], ("[\n" if not counts[split] else ",\n") + _encode(item.record))
            counts[split] += 1
            seen.update(item.record["dst"])
            if split == "test":
                _write(oracle, oracle_line(tuple(item.record["dst"]), item.state) + "\n")
                ontology.add(item)
            if not index % 1000:
                report(index)
        for file in files.values():
            _write(file, "\n]\n")
    write_atomic(root / "consistency" / "ontology.json", _pretty(ontology.lists()), lasting=False)
    report(number)
    _write_manifest(root, seed, [name for name in DOMAINS if name in seen], counts)


def _write_qmsum(root: Path, number: int, seed: int, report: Callable[[int], None]) -> None:
    counts = dict.fromkeys(SPLITS, 0)
    meetings = dict.fromkeys(SPLITS, 0)
    with ExitStack() as stack:
        located = {split: _open(stack, root / "extracted_span" / f"{_FOLDERS[split]}.txt") for split in SPLITS[1:]}
        for index in range(number):
            item = meeting(index, seed)
            split = split_of(index // len(MEETING_DOMAINS))
            path = root / "data" / item.folder / _FOLDERS[split] / f"{item.name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, _pretty(item.record), lasting=False)
            counts[split] += item.pairs
            meetings[split] += 1
            if split in located:
                _write(located[split], "".join(line + "\n" for line in item.located))
            report(index + 1)
    _write_manifest(root, seed, MEETING_DOMAINS, counts, meetings=meetings)


def _pretty(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=4) + "\n"


def _write_manifest(
    root: Path, seed: int, domains: Sequence[str], counts: dict[str, int], **more: dict[str, int]
) -> None:
    content = {"simulator": VERSION, "seed": seed, "domains": list(domains), "counts": counts, **more}
    write_atomic(root / "simulation.json", _pretty(content), lasting=False)


_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def published_name(name: str, intent: str, slot: str) -> str:
    """The published notation: ``restaurant-book people``, ``train-arrive by``, ``hotel-price range``."""
    words = _CAMEL.sub(" ", slot).lower().replace("pricerange", "price range")
    return f"{name}-{'book ' if intent == 'book' else ''}{words}"


class ValueLists:
    """Per domain and slot the values of the ontology, then those made up for the dialogues that are added."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, None]] = {
            published_name(name, slot.intent, slot.name): dict.fromkeys(slot.values)
            for name in DOMAINS
            for slot in domain(name).slots.values()
        }

    def add(self, dialogue: Simulated) -> None:
        """Take in the values of a dialogue's state."""
        for entry in dialogue.state:
            if entry.value:
                self._values[published_name(entry.domain, entry.intent, entry.slot)][entry.value] = None

    def lists(self) -> dict[str, list[str]]:
        """All values, in the order in which they came up."""
        return {name: list(values) for name, values in self._values.items()}
