"""Device, precision and determinism."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Literal

from todsum.errors import TodsumError

if TYPE_CHECKING:
    import torch

Precision = Literal["auto", "fp32", "bf16"]

#: Characters of torch's reason that a message repeats; it may list all that it was built without.
LONGEST_REASON = 200


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
        reason = str(error).splitlines()[0][:LONGEST_REASON]
        raise TodsumError(f"device {name!r} can't be used here ({reason}); pass cpu, or one that is there") from error
    return device


def uses_bf16(precision: Precision, device: torch.device) -> bool:
    """Whether to train in bf16: ``auto`` does where the device multiplies bf16 numbers itself, not by emulation."""
    import torch

    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and _cpu_multiplies_bf16()


def dtype_name(precision: Precision, device: torch.device) -> Literal["fp32", "bf16"]:
    """What a precision comes to on a device: results differ by it in their last digits."""
    return "bf16" if uses_bf16(precision, device) else "fp32"


def generation_precision(precision: Precision, device: torch.device) -> Precision:
    """The precision to generate in: ``auto`` is fp32 on a CPU.

    Token by token there is little to multiply: bf16 gained 5% where it gave training 1.7 times the speed, and nearly
    tied tokens then depend on which examples are in a batch together.
    """
    return "fp32" if precision == "auto" and device.type == "cpu" else precision


def _cpu_multiplies_bf16() -> bool:
    """Whether this is an x86 processor with instructions for it, as far as this version of torch can tell."""
    import torch

    capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


@contextmanager
def autocast(precision: Precision, device: torch.device) -> Iterator[None]:
    """Computes in the given precision, and without cuDNN's attention; the weights stay in fp32.

    torch prefers cuDNN's attention on some GPUs. It builds a plan for every new shape, which in training and generation
    is nearly every step, it is not deterministic, and with torch 2.11 on an H200 some padded batches had gradients that
    were NaN.
    """
    import torch

    attention: Any = torch.backends.cuda
    cudnn = attention.cudnn_sdp_enabled()
    attention.enable_cudnn_sdp(False)
    try:
        bf16 = uses_bf16(precision, device)
        with torch.autocast(device.type, dtype=torch.bfloat16) if bf16 else nullcontext():
            yield
    finally:
        attention.enable_cudnn_sdp(cudnn)


def seed_step(seed: int, step: int, process: int = 0) -> None:
    """Seeds everything random anew for one step, in each of the processes that share it.

    What happens in a step then depends on its number alone: a resumed run needs no saved random state.
    """
    import numpy as np
    from transformers import set_seed

    entropy = [seed, step, process] if process else [seed, step]
    set_seed(int(np.random.SeedSequence(entropy).generate_state(1)[0]))


@contextmanager
def deterministic() -> Iterator[None]:
    """Asks torch for deterministic algorithms where it has them, and restores its settings afterwards."""
    import torch

    settings: Any = torch.utils.deterministic
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
    before, warn_only = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    fill = settings.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True, warn_only=True)
    settings.fill_uninitialized_memory = False  # costs a tenth of the time
    try:
        yield
    finally:
        settings.fill_uninitialized_memory = fill
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
