from __future__ import annotations

import pytest
import torch

from todsum.training.runtime import Precision, autocast, deterministic, dtype_name, generation_precision, uses_bf16

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx512_f": True, "avx512_bf16": False}, False)],
)
def test_auto_is_bf16_where_the_processor_has_it(
    capabilities: dict[str, bool], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert uses_bf16("auto", CPU) == expected
    assert dtype_name("auto", CPU) == ("bf16" if expected else "fp32")
    assert uses_bf16("bf16", CPU) and not uses_bf16("fp32", CPU)


def test_what_the_processor_says_is_what_the_kernel_says() -> None:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as stream:  # noqa: PTH123
            flags = next(line for line in stream if line.startswith("flags")).split()
    except (OSError, StopIteration):
        pytest.skip("no /proc/cpuinfo of an x86 processor")
    assert uses_bf16("auto", CPU) == ("avx512_bf16" in flags or "amx_bf16" in flags)


def test_generation_on_a_processor_is_in_fp32_unless_asked_for() -> None:
    assert generation_precision("auto", CPU) == "fp32"
    assert generation_precision("bf16", CPU) == "bf16"
    assert generation_precision("auto", torch.device("cuda")) == "auto"


def test_settings_of_determinism_are_put_back() -> None:
    before = torch.are_deterministic_algorithms_enabled(), torch.utils.deterministic.fill_uninitialized_memory
    with pytest.raises(RuntimeError), deterministic():
        assert torch.are_deterministic_algorithms_enabled()
        raise RuntimeError
    after = torch.are_deterministic_algorithms_enabled(), torch.utils.deterministic.fill_uninitialized_memory
    assert before == after


@pytest.mark.parametrize(("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16)])
def test_autocast_computes_in_what_it_says(precision: Precision, dtype: torch.dtype) -> None:
    with autocast(precision, CPU):
        assert torch.nn.Linear(2, 2)(torch.ones(1, 2)).dtype == dtype


def test_computing_is_without_the_attention_of_cudnn() -> None:
    with pytest.raises(RuntimeError), autocast("fp32", torch.device("cpu")):
        assert not torch.backends.cuda.cudnn_sdp_enabled()
        raise RuntimeError
    assert torch.backends.cuda.cudnn_sdp_enabled()
