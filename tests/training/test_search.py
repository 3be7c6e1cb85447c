"""The quick paths of generation against the library's own, one source after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

import peft
import pytest
import torch
from transformers import DynamicCache, GenerationConfig

from tests.training import tiny
from todsum.errors import TodsumError
from todsum.modeling import StateAwareForConditionalGeneration
from todsum.modeling.domain_prefix import DomainPrefixConfig
from todsum.training import encoder_pieces, generation, greedy
from todsum.training.beams import BeamCache
from todsum.training.collator import Collator
from todsum.training.ending import Ending
from todsum.training.generation import Decoding, generate

CPU = torch.device("cpu")
SCALES = {
    r"encoder_attn.*\b(q|out)_proj\.weight": 20,
    r"EncDecAttention.*\b(q|o)\.weight": 20,
    r"lm_head\.weight": 6,
    r"attn\.c_(attn|proj)\.weight": 30,
}
WORDS = [[30, 31], [40], [50, 51, 52]]


def plain(family: str) -> Any:
    return tiny.model(family)


def state_aware(family: str) -> Any:
    return StateAwareForConditionalGeneration.from_backbone(tiny.model(family))


def dop(family: str) -> Any:
    made = peft.get_peft_model(tiny.model(family), DomainPrefixConfig(num_virtual_tokens=4, mid_dim=8))
    made.base_model.init_from_words("default", WORDS)
    return made


def baked(family: str) -> Any:
    made = dop(family)
    made.base_model.bake("default")
    return made


def lora(family: str) -> Any:
    torch.manual_seed(0)
    return peft.get_peft_model(tiny.model(family), peft.LoraConfig(init_lora_weights=False, target_modules=r".*q_proj"))


def prompted(family: str) -> Any:
    torch.manual_seed(0)
    kind = "CAUSAL_LM" if family in tiny.CAUSAL else "SEQ_2_SEQ_LM"
    return peft.get_peft_model(tiny.model(family), peft.PrefixTuningConfig(task_type=kind, num_virtual_tokens=3))


MODELS: list[tuple[Callable[[str], Any], str]] = [
    *((plain, family) for family in tiny.FAMILIES),
    *((state_aware, family) for family in ("bart", "pegasus")),
    *((dop, family) for family in ("bart", "pegasus", "t5", "llama", "qwen2")),
    *((baked, family) for family in ("bart", "llama")),
    *((lora, family) for family in ("bart", "llama")),
    *((prompted, family) for family in ("bart", "llama")),
]


def loud(model: Any) -> Any:
    """A random model that listens to its source, with generation defaults as :mod:`todsum.modeling.backbones` has."""
    ids = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
    saved = model.generation_config
    saved.__dict__.update(GenerationConfig(**{name: getattr(saved, name) for name in ids}).__dict__)
    tied = model.get_input_embeddings().weight
    with torch.no_grad():
        for name, weight in model.named_parameters():
            scale = next((scale for pattern, scale in SCALES.items() if re.search(pattern, name)), 1)
            if weight is not tied:
                weight.mul_(scale)
    return model.eval()


def sources(family: str, n: int = 9) -> tuple[Any, list[tuple[int, ...]], list[tuple[int, ...]]]:
    words = tiny.tokenizer(family)
    words.pad_token = words.pad_token or words.eos_token
    encode = tiny.encoder(words, family in tiny.CAUSAL, structure="state", max_state_tokens=40)
    made = [encode(example) for example in tiny.examples(n)]
    return words, [e.source for e in made], [() if i in (1, 4) else e.state for i, e in enumerate(made)]


def loop(model: Any, words: Any, collator: Collator, given: Any, states: Any, decoding: Decoding) -> list[str]:
    """What the library's ``generate`` says of one source after the other."""
    texts = []
    for place, source in enumerate(given):
        batch = collator.sources([source], [states[place]] if states else ())
        with torch.no_grad():
            output = model.generate(
                **batch,
                do_sample=False,
                num_beams=decoding.beams,
                max_new_tokens=decoding.max_tokens,
                min_new_tokens=decoding.min_tokens or None,
                pad_token_id=words.pad_token_id,
                eos_token_id=words.eos_token_id,
            )
        new = output[0, len(source) if collator.causal else 1 :]
        texts.append(words.decode(new, skip_special_tokens=True, clean_up_tokenization_spaces=False).strip())
    return texts


DECODINGS = [
    Decoding(beams=1, min_tokens=0, max_tokens=14, precision="fp32"),
    Decoding(beams=1, min_tokens=5, max_tokens=14, precision="fp32"),
    Decoding(beams=3, min_tokens=3, max_tokens=10, precision="fp32"),
]


@pytest.mark.parametrize(("make", "family"), MODELS, ids=[f"{make.__name__}-{family}" for make, family in MODELS])
@pytest.mark.parametrize("decoding", DECODINGS, ids=["greedy", "at-least-5", "beams"])
def test_the_texts_are_those_of_a_plain_loop(
    make: Any, family: str, decoding: Decoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(loud(make(family)), make, family, decoding, monkeypatch)


@pytest.mark.parametrize(("make", "family"), [(plain, "pegasus"), (plain, "qwen2"), (state_aware, "bart")])
@pytest.mark.parametrize("decoding", DECODINGS, ids=["greedy", "at-least-5", "beams"])
def test_so_they_are_with_plain_attention(
    make: Any, family: str, decoding: Decoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = loud(make(family))
    model.set_attn_implementation("eager")
    check(model, make, family, decoding, monkeypatch)


def check(model: Any, make: Any, family: str, decoding: Decoding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_pieces, "PIECE_TOKENS", 60)  # so that there are several pieces
    words, given, states = sources(family)
    collator = Collator(words.pad_token_id, family in tiny.CAUSAL)
    told = states if make is state_aware else ()
    expected = loop(model, words, collator, given, told, decoding)
    assert generate(model, words, collator, given, decoding, CPU, told) == expected
    assert len(set(expected)) > 1, "a model that ignores its source would prove nothing"
    assert generate(model, words, collator, given[::-1], decoding, CPU, told[::-1]) == expected[::-1]


def test_summaries_end_at_different_places_and_take_no_part_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of each step: never more than before, and in the end fewer."""
    _, given, _ = sources("pegasus", 16)
    model = loud(tiny.model("pegasus"))
    first: list[int] = []
    with torch.no_grad():  # some token that is written early by some becomes the end
        batch = Collator(0, False).sources(given)
        written = model.generate(**batch, do_sample=False, max_new_tokens=8, eos_token_id=None)[:, 1:]
    counts = {int(token): int((written == token).any(1).sum()) for token in written.unique()}
    end = next(token for token, rows in counts.items() if 3 <= rows <= 12)
    rows: list[int] = []
    decoder = model.get_decoder()
    hook = decoder.register_forward_pre_hook(
        lambda _, args, kw: rows.append(kw["input_ids"].shape[0]), with_kwargs=True
    )
    made = greedy.greedy_search(model, batch, False, Ending(0, 8, (end,), 0))
    hook.remove()
    for row, whole in zip(made, written.tolist(), strict=True):
        kept = whole[: whole.index(end) + 1] if end in whole else whole
        assert row == kept + [0] * (8 - len(kept))
        first.append(len(kept))
    assert rows == sorted(rows, reverse=True) and rows[0] == 16 and len(set(rows)) > 1
    for step, count in enumerate(rows):
        running = sum(length > step for length in first)
        assert running <= count, "no row is dropped that is not finished"
        assert running > (1 - greedy.FINISHED) * count or running == count, "the finished ones are dropped"


def test_every_batch_is_within_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    words, given, _ = sources("pegasus", 20)
    shapes: list[tuple[int, int]] = []

    def spy(model: Any, batch: Any, *rest: Any) -> list[list[int]]:
        shapes.append(tuple(batch["input_ids"].shape))
        return [[5]] * len(batch["input_ids"])

    model = loud(tiny.model("pegasus"))
    monkeypatch.setattr(greedy, "greedy_search", spy)
    budget = 3 * (max(map(len, given)) + 10)
    decoding = Decoding(beams=1, min_tokens=0, max_tokens=10, precision="fp32", most_tokens=budget)
    generate(model, words, Collator(0, False), given, decoding, CPU)
    assert sum(rows for rows, _ in shapes) == 20
    assert all(rows * (width + 10) <= budget for rows, width in shapes)
    assert max(rows for rows, _ in shapes) > min(rows for rows, _ in shapes), "short sources share a larger batch"
    shapes.clear()
    monkeypatch.setattr(generation, "CPU_TOKENS", budget // 2)
    generate(model, words, Collator(0, False), given, decoding, CPU)
    assert all(rows == 1 or rows * (width + 10) <= budget // 2 for rows, width in shapes)


@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: 9 bytes."),
    ],
)
def test_a_batch_that_does_not_fit_is_halved(beams: int, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    words, given, _ = sources("pegasus", 7)
    model = loud(tiny.model("pegasus"))
    collator, decoding = Collator(0, False), Decoding(beams=beams, min_tokens=0, max_tokens=8, precision="fp32")
    expected = generate(model, words, collator, given, decoding, CPU)
    forward, most = model.forward, 2 * beams

    @wraps(forward)
    def small(*args: Any, **kwargs: Any) -> Any:
        if kwargs["decoder_input_ids"].shape[0] > most:
            raise error
        return forward(*args, **kwargs)

    monkeypatch.setattr(model, "forward", small)
    halved: list[int] = []
    assert generate(model, words, collator, given, decoding, CPU, (), halved.append) == expected
    assert halved == [4, 2, 2]
    most = 0
    with pytest.raises(TodsumError, match="out of memory with one example alone"):
        generate(model, words, collator, given, decoding, CPU)


def test_other_errors_are_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    words, given, _ = sources("pegasus", 4)
    model = loud(tiny.model("pegasus"))

    @wraps(model.forward)
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(model, "forward", broken)
    with pytest.raises(RuntimeError, match="mat1"):
        generate(
            model,
            words,
            Collator(0, False),
            given,
            Decoding(beams=1, min_tokens=0, max_tokens=8, precision="fp32"),
            CPU,
        )


@pytest.mark.parametrize("shared", [None, 0, 3, 5])
def test_a_cache_for_beams_is_the_librarys(shared: int | None) -> None:
    """Given beams that agree on the shared tokens, both hold the same after a step's new order."""
    torch.manual_seed(0)
    config = tiny.model("llama").config
    ours, theirs = BeamCache(config, shared), DynamicCache(config=config)
    keys, values = torch.randn(2, 6, 2, 5, 4)
    same = 5 if shared is None else shared
    for tensor in (keys, values):
        tensor[:, :, :same] = tensor[::3, :, :same].repeat_interleave(3, 0)
    order = torch.tensor([2, 0, 0, 4, 5, 4])
    for cache in (ours, theirs):
        cache.update(keys.clone(), values.clone(), 0)
        cache.reorder_cache(order)
    assert torch.equal(ours.layers[0].keys, theirs.layers[0].keys)
    assert torch.equal(ours.layers[0].values, theirs.layers[0].values)


def test_pieces_are_what_the_whole_is(monkeypatch: pytest.MonkeyPatch) -> None:
    _, given, states = sources("pegasus")
    batch = Collator(0, False).sources(given, states)
    model = state_aware("pegasus").eval()
    with torch.no_grad():
        whole = encoder_pieces.encode(model, batch)
        monkeypatch.setattr(encoder_pieces, "PIECE_TOKENS", 40)
        pieces = encoder_pieces.encode(model, batch)
    assert type(pieces) is type(whole) and pieces.keys() == whole.keys()
    seen = batch["attention_mask"][..., None].bool()
    assert (seen * (pieces.last_hidden_state - whole.last_hidden_state)).abs().max() < 1e-5
    assert not (~seen * pieces.last_hidden_state).any()
    read = batch["state_attention_mask"][..., None].bool()
    assert (read * (pieces.state_last_hidden_state - whole.state_last_hidden_state)).abs().max() < 1e-5


@pytest.mark.parametrize(
    "default", [{"forced_eos_token_id": 1}, {"no_repeat_ngram_size": 2}, {"repetition_penalty": 3.0}]
)
def test_what_a_checkpoint_asks_for_is_done(default: dict[str, Any]) -> None:
    words, given, _ = sources("bart")
    model = loud(tiny.model("bart"))
    collator, decoding = Collator(0, False), Decoding(beams=1, min_tokens=0, max_tokens=14, precision="fp32")
    without = generate(model, words, collator, given, decoding, CPU)
    model.generation_config.update(**default)
    expected = loop(model, words, collator, given, (), decoding)
    assert generate(model, words, collator, given, decoding, CPU) == expected != without


def slow_greedy(model: Any, source: Sequence[int], most: int, size: int, end: int) -> list[int]:
    """Writes the likeliest token that ends no sequence of ``size`` tokens that was written before, without a cache."""
    written: list[int] = []
    while len(written) < most and end not in written:
        with torch.no_grad():
            scores = model(torch.tensor([[*source, *written]])).logits[0, -1]
        known = {tuple(written[i : i + size]) for i in range(len(written) - size + 1)}
        tail = tuple(written[len(written) - size + 1 :]) if len(written) >= size - 1 else None
        banned = [] if tail is None else [token for token in range(len(scores)) if (*tail, token) in known]
        scores[banned] = -torch.inf
        written.append(int(scores.argmax()))
    return written


@pytest.mark.parametrize("beams", [1, 2])
def test_no_sequence_is_written_twice(beams: int) -> None:
    words, given, _ = sources("bart")
    model, collator = loud(tiny.model("bart")), Collator(words.pad_token_id, causal=False)
    free = Decoding(beams=beams, min_tokens=0, max_tokens=20, precision="fp32")
    expected = []
    for source in given:
        with torch.no_grad():
            output = model.generate(
                **collator.sources([source]),
                do_sample=False,
                num_beams=beams,
                max_new_tokens=20,
                no_repeat_ngram_size=2,
            )
        expected.append(words.decode(output[0, 1:], skip_special_tokens=True).strip())
    found = generate(model, words, collator, given, replace(free, no_repeat=2), CPU)
    assert found == expected
    assert found != generate(model, words, collator, given, free, CPU), "a model that never repeats would prove nothing"


def test_a_causal_model_may_repeat_its_source() -> None:
    words, given, _ = sources("llama")
    model, collator = loud(tiny.model("llama")), Collator(words.pad_token_id, causal=True)
    decoding = Decoding(beams=1, min_tokens=0, max_tokens=20, precision="fp32", no_repeat=1)
    found = generate(model, words, collator, given, decoding, CPU)
    for source, text in zip(given, found, strict=True):
        row = slow_greedy(model, source, 20, 1, words.eos_token_id)
        assert text == words.decode(row, skip_special_tokens=True, clean_up_tokenization_spaces=False).strip()
        assert set(row) & set(source), "a text without tokens of its source would prove nothing"
    single = replace(decoding, beams=2)
    assert len(generate(model, words, collator, given, single, CPU)) == len(given)
