import pytest
import torch

from todsum.modeling import scratch
from todsum.pretraining.start import make_copying_easy

TEXTS = ["the plorsk mill on friday at 10:15, please"] * 3 + ["a word or two more"]


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    made = scratch.build(TEXTS, seed=1, max_positions=128).model
    make_copying_easy(made, seed=1)
    return made


def test_the_first_head_sees_the_token_before(model: torch.nn.Module) -> None:
    model.set_attn_implementation("eager")
    ids = torch.randint(2, model.config.vocab_size, (3, 100), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        attention = model.get_encoder()(input_ids=ids, output_attentions=True).attentions[0][:, 0]
    before = attention[:, range(1, 100), range(99)]
    assert before.mean() > 0.65
    others = model.get_encoder()(input_ids=ids, output_attentions=True).attentions[0][:, 1]
    assert others[:, range(1, 100), range(99)].mean() < 0.1, "the other heads start at random"


def test_cross_attention_passes_on_what_it_attends_to(model: torch.nn.Module) -> None:
    for layer in model.get_decoder().layers:
        attention = layer.encoder_attn
        through = attention.out_proj.weight @ attention.v_proj.weight
        torch.testing.assert_close(through, torch.eye(model.config.d_model), atol=1e-5, rtol=0)


def test_seeded_and_without_a_trace_in_the_random_state() -> None:
    made = [scratch.build(TEXTS, seed=1, max_positions=64).model for _ in range(3)]
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    for model, seed in zip(made, (1, 1, 2), strict=True):
        make_copying_easy(model, seed)
    assert torch.equal(torch.rand(1), expected)
    first, same, other = (model.state_dict() for model in made)
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
