"""The parts of the speed benchmark: a script each, and how it is run in full and quickly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CPU, CUDA = "cpu", "cuda"


@dataclass(frozen=True)
class Part:
    """A script that prints one JSON object.

    Attributes:
        name: of the part.
        script: its file.
        full: options of a full run.
        quick: options of a quick run; None where there is none.
        data: whether it takes the published data.
        cuda: further options on a GPU; None where it has nothing to do there.
    """

    name: str
    script: Path
    full: tuple[str, ...] = ()
    quick: tuple[str, ...] | None = ()
    data: bool = False
    cuda: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Run:
    """A part on a device.

    Attributes:
        key: its name in the report.
        part: what is run.
        arguments: all that decides the figures but for code, data and machine.
    """

    key: str
    part: Part
    arguments: tuple[str, ...]


def _part(name: str, full: str, quick: str | None, data: bool = False, cuda: str | None = None) -> Part:
    options = [None if text is None else tuple(text.split()) for text in (quick, cuda)]
    return Part(name, HERE / f"{name}.py", tuple(full.split()), options[0], data, options[1])


#: In the order in which they are run: the quick ones first.
PARTS = (
    _part("build", "--rounds 3", "--rounds 1", data=True),
    _part("simulate", "--dialogues 50000 --build", "--dialogues 3000 --build"),
    _part("scoring", "--copies 5", "--copies 1 --examples 300", data=True),
    _part("oracle", "", "--dialogues 50", data=True),
    _part("domain_prefix", "--rounds 7", "--rounds 3 --batch-size 4 --source 128", cuda=""),
    _part("compiled", "", "--rounds 3 --batch-size 4 --source 128", cuda=""),
    _part(
        "length",
        "--lengths 128 256 512 1024 2048 --dialogues 48",
        "--lengths 128 256 512 --dialogues 16 --rounds 1",
        data=True,
        cuda="",
    ),
    _part("workers", "--steps 200", "--cells 2 --steps 60"),
    _part("training", "--examples 400 --rounds 1", "--examples 40 --epochs 1 --rounds 1", data=True, cuda=""),
    _part(
        "generation",
        "--dialogues 192 --rounds 3",
        "--dialogues 24 --beam-dialogues 4 --rounds 1 --steps 60",
        data=True,
        cuda="--precision fp32 --rounds 1",
    ),
    _part("cells", "--cells 100 1000 10000", "--cells 100 1000 --rounds 1"),
    _part("pages", "--rounds 1", None, data=True),
)


def runs(parts: Sequence[Part], devices: Sequence[str], quick: bool) -> list[Run]:
    """What there is to run: each part on the CPU, then those that compute on a GPU there.

    Args:
        parts: to run.
        devices: ``cpu``, ``cuda`` or both.
        quick: whether with the options of a quick run, where there are any.
    """
    found = []
    for part in parts:
        chosen = part.quick if quick else part.full
        if chosen is None:
            continue
        if CPU in devices:
            found.append(Run(part.name, part, chosen))
        if CUDA in devices and part.cuda is not None:
            found.append(Run(f"{part.name}-{CUDA}", part, (*chosen, "--device", CUDA, *part.cuda)))
    return found
