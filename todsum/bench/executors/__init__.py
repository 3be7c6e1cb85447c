"""Runs many cells: in this process, in several on this machine, or on a Ray cluster's."""

from todsum.bench.executors.base import Executor, InProcess, run_cells
from todsum.bench.executors.local import LocalProcesses
from todsum.bench.executors.ray_tasks import RayTasks

__all__ = ["Executor", "InProcess", "LocalProcesses", "RayTasks", "run_cells"]
