from todsum.data.made_up import NOUNS, reserved
from todsum.modeling import backbones
from todsum.pretraining import copying
from todsum.pretraining.copying import Case, Copied, copied
from todsum.pretraining.corpus import HELD_OUT, as_pair


def test_cases_are_of_held_out_domains_and_reserved_words() -> None:
    tests = copying.cases(40)
    assert tests == copying.cases(40)
    assert all(set(case.example.domains) <= set(HELD_OUT) for case in tests)
    values = [value for case in tests for value in case.values]
    assert len(values) > 60
    for value in values:
        made_up = [w.removesuffix("'s") for w in value.split() if w.removesuffix("'s") not in NOUNS]
        assert any(reserved(word) for word in made_up if len(word) > 3), value


def test_the_values_of_a_case_are_in_its_state_and_its_summary() -> None:
    for case in copying.cases(40):
        state, summary = as_pair(case.example, "state").source, as_pair(case.example, "state").target
        assert all(value in state and value in summary for value in case.values)


def test_what_counts_as_copied() -> None:
    example = copying.cases(1)[0].example
    tests = [Case(example, ("plorsk mill", "gantor")), Case(example, ("zib",))]
    assert copied(tests, ["it is Plorsk Mill or gant or", "zibb and zib"]) == Copied(2, 3)
    assert Copied(0, 0).share == 0


def test_the_shipped_backbone_copies_values_that_it_never_saw() -> None:
    """Domains and words that pretraining never saw; from random starting weights it was 2 % after 1,600 steps.
    The whole test is in the model card."""
    tests = copying.cases(40)
    mini = backbones.load(backbones.MINI)
    result = copied(tests, copying.summaries(mini, tests, "state"))
    assert result.values > 60
    assert result.share >= 0.9
