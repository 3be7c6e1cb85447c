"""Device, precision and determinism."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Literal

from todsum.errors import TodsumError

if TYPE_CHECKING:
    import torch

Precision = Literal["auto", "fp32", "bf16"]


def device_named(name: str) -> torch.device:
    """The device of this name. Never another one in its place.

    Raises:
        TodsumError: it does not exist on this machine.
    """
    import torch

    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise TodsumError(f"device {name!r} can't be used here ({reason}); pass cpu, or one that is there") from error
    return device


def uses_bf16(precision: Precision, device: torch.device) -> bool:
    """Whether to compute in bf16: ``auto`` does on CUDA devices that have it, since a CPU may only emulate it."""
    import torch

    if precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return precision == "bf16"


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager[object]:
    """Computes in the given precision; the weights stay in fp32."""
    import torch

    if uses_bf16(precision, device):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def seed_step(seed: int, step: int) -> None:
    """Seeds everything random anew for one step.

    What happens in a step then depends on its number alone: a resumed run needs no saved random state.
    """
    import numpy as np
    from transformers import set_seed

    set_seed(int(np.random.SeedSequence([seed, step]).generate_state(1)[0]))


@contextmanager
def deterministic() -> Iterator[None]:
    """Asks torch for deterministic algorithms where it has them, and restores its setting afterwards."""
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
    before, warn_only = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
