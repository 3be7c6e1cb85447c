from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training import tiny
from todsum.data.schema import Turn
from todsum.errors import TodsumError
from todsum.training.encoding import ExampleEncoder
from todsum.training.texts import Prompt, dialogue_text, prompt_text, structure_text, target_text

TOKENIZERS = {family: tiny.tokenizer(family) for family in tiny.FAMILIES}
EXAMPLE = tiny.examples(1)[0]


def encoder(family: str, prompt: Prompt = "none", source: int = 200, target: int = 60) -> ExampleEncoder:
    return tiny.encoder(
        TOKENIZERS[family], family in tiny.CAUSAL, prompt=prompt, max_source_tokens=source, max_target_tokens=target
    )


@pytest.mark.parametrize("family", tiny.ENCODER_DECODERS)
def test_without_prompt_it_is_the_tokenizers_own_encoding(family: str) -> None:
    encoded = encoder(family)(EXAMPLE)
    assert list(encoded.source) == TOKENIZERS[family](dialogue_text(EXAMPLE))["input_ids"]
    assert list(encoded.target) == TOKENIZERS[family](target_text(EXAMPLE))["input_ids"]


@pytest.mark.parametrize("family", tiny.CAUSAL)
def test_a_causal_sequence_reads_as_source_mark_summary(family: str) -> None:
    encoded = encoder(family, "state")(EXAMPLE)
    text = TOKENIZERS[family].decode(encoded.source + encoded.target, skip_special_tokens=True)
    assert text == f"{prompt_text(EXAMPLE, 'state')} {dialogue_text(EXAMPLE)}\nsummary: {target_text(EXAMPLE)}"
    assert encoded.target[-1] == TOKENIZERS[family].eos_token_id
    assert (encoded.source[0] == TOKENIZERS[family].bos_token_id) == (family == "llama")


@given(
    family=st.sampled_from(tiny.FAMILIES),
    prompt=st.sampled_from(["none", "state", "query"]),
    words=st.integers(0, 80),
    limit=st.integers(70, 140),
)
@settings(deadline=None, max_examples=60)
def test_only_the_end_of_the_dialogue_is_ever_cut(family: str, prompt: Prompt, words: int, limit: int) -> None:
    example = replace(EXAMPLE, turns=(Turn("user", " ".join(f"w{i}" for i in range(words))),))
    make, long = encoder(family, prompt, limit), encoder(family, prompt, 10_000)
    source, whole = make.source(example), long.source(example)
    assert len(source) == min(limit, len(whole))
    text = TOKENIZERS[family].decode(source, skip_special_tokens=True).removesuffix("\nsummary:")
    assert f"{prompt_text(example, prompt)} {dialogue_text(example)}".strip().startswith(text.strip())
    assert text.startswith(prompt_text(example, prompt))
    closing = len(long.source(replace(EXAMPLE, turns=()))) - len(
        encoder(family, prompt)._ids(prompt_text(example, prompt))
    )
    assert source[len(source) - min(closing, 1) :] == whole[len(whole) - min(closing, 1) :]


def test_a_prompt_beyond_the_limit_is_an_error_not_a_cut() -> None:
    with pytest.raises(TodsumError, match=r"tiny e0: the query prompt alone takes \d+ tokens; raise max_source_tokens"):
        encoder("bart", "query", source=8).source(EXAMPLE)


def test_a_long_summary_still_ends() -> None:
    example = replace(EXAMPLE, summary=("word " * 200,))
    for family in tiny.FAMILIES:
        target = encoder(family, target=20).target(example)
        assert len(target) == 20
        assert target[-1] == TOKENIZERS[family].eos_token_id


@pytest.mark.parametrize("family", tiny.ENCODER_DECODERS)
def test_a_state_is_encoded_like_a_text_of_its_own(family: str) -> None:
    make = tiny.encoder(TOKENIZERS[family], structure="state", max_state_tokens=40)
    encoded = make(EXAMPLE)
    assert list(encoded.state) == TOKENIZERS[family](structure_text(EXAMPLE, "state"))["input_ids"]
    assert encoded.source == encoder(family).source(EXAMPLE)
    assert len(encoded) == len(encoded.source) + len(encoded.target) + len(encoded.state)
    short = tiny.encoder(TOKENIZERS[family], structure="state", max_state_tokens=8).state(EXAMPLE)
    assert len(short) == 8 and short[:6] == encoded.state[:6] and short[-1] == encoded.state[-1]
    assert make.state(replace(EXAMPLE, state=())) == ()
    assert encoder(family)(EXAMPLE).state == ()


@given(limit=st.integers(8, 60))
def test_an_example_fits_where_its_source_can_be_made(limit: int) -> None:
    make = encoder("pegasus", "state", limit)
    try:
        make.source(EXAMPLE)
    except TodsumError:
        assert not make.fits(EXAMPLE)
    else:
        assert make.fits(EXAMPLE)


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_what_is_cut_is_told(family: str) -> None:
    """Of each part, exactly where the text comes out shorter than with room for all of it."""
    causal = family in tiny.CAUSAL
    whole = tiny.encoder(
        TOKENIZERS[family],
        causal,
        max_source_tokens=5000,
        max_target_tokens=5000,
        structure="state",
        max_state_tokens=5000,
    )(EXAMPLE)
    assert whole.cut == ()
    lengths = {"source": len(whole.source), "state": len(whole.state), "reference": len(whole.target)}
    for part in lengths:
        for less in (0, 1):
            room = {name: length - (less if name == part else 0) for name, length in lengths.items()}
            make = tiny.encoder(
                TOKENIZERS[family],
                causal,
                max_source_tokens=room["source"],
                max_target_tokens=room["reference"],
                structure="state",
                max_state_tokens=room["state"],
            )
            assert make(EXAMPLE).cut == ((part,) if less else ())
            assert set(make.shown(EXAMPLE).cut) == set(make(EXAMPLE).cut) - {"reference"}
            learnt = make(EXAMPLE).learnt()
            texts = {name: value for name, value in asdict(make(EXAMPLE)).items() if name not in ("extra", "cut")}
            assert texts == {name: learnt[name] for name in texts}
    asked = tiny.encoder(
        TOKENIZERS[family],
        causal,
        max_source_tokens=5000,
        max_target_tokens=5000,
        structure="query",
        max_state_tokens=8,
    )
    assert asked(replace(EXAMPLE, query="why " * 50)).cut == ("query",)
