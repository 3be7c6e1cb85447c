"""How many cells this machine can run at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from todsum.bench.cell import Cell
from todsum.bench.executors.limits import free_memory, usable_cores

#: Foretells the peak memory of a cell in MB; None where it can't.
Memory = Callable[[Cell], float | None]
#: What is assumed of a cell, in MB, where nothing foretells it: of one that loads a model, and of others.
MODEL_MB, OTHERS_MB = 2000.0, 600.0


def unknown(cell: Cell) -> float | None:
    """Foretells nothing."""
    return None


@dataclass(frozen=True)
class Machine:
    """What there is for this process.

    Attributes:
        cores: a container may be given a part of one.
        memory: free, in MB.
        gpus: how many.
    """

    cores: float
    memory: float
    gpus: int

    @classmethod
    def here(cls, gpus: int) -> Machine:
        """This machine, as far as this process may use it."""
        return cls(usable_cores(), free_memory(), gpus)

    def fits(self, cells: Sequence[Cell], threads: int, per_gpu: int, memory: Memory) -> int:
        """How many of these cells can run at a time, at least one.

        Args:
            cells: what is to be run.
            threads: of each.
            per_gpu: how many a GPU takes.
            memory: foretells what a cell needs; the largest decides.
        """
        most = max(_needed(cell, memory) for cell in cells)
        limits = [float(len(cells)), self.cores // threads, self.memory // most]
        if self.gpus and any(cell.uses_device for cell in cells):
            limits.append(float(self.gpus * per_gpu))
        return max(1, int(min(limits)))


def _needed(cell: Cell, memory: Memory) -> float:
    return memory(cell) or (MODEL_MB if cell.uses_device else OTHERS_MB)
