"""Scores of a submission, always computed from its predictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from todsum.bench.cell import KEY_VERSION
from todsum.bench.examples import TestExamples
from todsum.bench.outputs import score_texts
from todsum.bench.predictions import some_examples
from todsum.bench.result import Result, Spec
from todsum.bench.runner import without_nan
from todsum.data.evaluation_settings import ALL
from todsum.data.schema import Example
from todsum.errors import TodsumError
from todsum.files.validation import validated
from todsum.leaderboard.submission import Place, Predicted, Submission
from todsum.methods.registry import BUILT_IN, method_class
from todsum.metrics.base import golds_of
from todsum.metrics.odd_texts import ScoredTexts
from todsum.report.site.shown import ShownCell, show_cell
from todsum.report.training import TRAINABLE


class ScoredCell(BaseModel):
    """The figures of one place of a submission."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str
    result: Result
    shown: ShownCell | None
    """What the explorer shows; of the first seed only."""
    made: list[str] | None
    """The summaries, where the suite made them anew; of the first seed only."""


def places(submission: Submission, examples: TestExamples) -> list[Place]:
    """Where a submission has predictions, or has them made anew; sorted.

    Raises:
        TodsumError: the data of a run that is made anew can't be had.
    """
    found = list(submission.predictions)
    for run in submission.meta.runs:
        if run.regenerated:
            built = examples.built(run.dataset, run.protocol, run.simulate)
            domains = [ALL] if run.setting == "in-domain" else built.targets
            sources = domains if run.setting == "transfer" else [None]
            found += [Place(run.name, target, source, 0) for target in domains for source in sources]
    return sorted(found, key=lambda place: (place.run, place.target, place.source or "", place.seed))


def spec_of(submission: Submission, place: Place, examples: TestExamples) -> Spec:
    """What a cell of the suite with the results of a place is called.

    Raises:
        TodsumError: the data can't be had.
    """
    meta, run = submission.meta, submission.run(place.run)
    built = examples.built(run.dataset, run.protocol, run.simulate)
    return Spec(
        key_version=KEY_VERSION,
        dataset=built.name,
        protocol="simulated" if built.facts.manifest else built.protocol,
        fingerprint=built.fingerprint,
        input={"view": run.shown_view, "markers": run.markers},
        setting=run.setting,
        setting_options=run.options,
        target=place.target,
        source=place.source,
        method=meta.method,
        label=meta.system,
        settings=dict(run.settings),
        backbone=meta.backbone,
        backbone_revision=meta.backbone_revision,
        seed=place.seed,
    )


def check(submission: Submission, examples: TestExamples) -> Iterator[str]:
    """What of a submission does not fit the data, a line each: unknown domains, missing or unknown examples."""
    for place in places(submission, examples):
        run = submission.run(place.run)
        where = f"{submission.folder}: {place}"
        try:
            tested = examples.tested(spec_of(submission, place, examples), run.simulate)
        except TodsumError as error:
            yield f"{where}: {error}"
            continue
        if run.regenerated:
            if run.missing or not _made_by_suite(submission.meta.method):
                yield f"{where}: regenerated is for the suite's own untrained methods, not for {submission.meta.method}"
            continue
        given, wanted = submission.predictions[place].summaries, {example.id for example in tested}
        if unknown := [identity for identity in given if identity not in wanted]:
            yield f"{where}: {some_examples(unknown)} not among its test examples"
        if missing := [example.id for example in tested if example.id not in given]:
            yield f"{where}: no prediction for {some_examples(missing)} of {len(tested)}"
        if not wanted:
            yield f"{where}: the data has no such test examples"


def score(submission: Submission, examples: TestExamples) -> list[ScoredCell]:
    """The figures of every place of a submission that :func:`check` finds nothing wrong with.

    Raises:
        TodsumError: the data can't be had, or the suite can't make anew what the submission says it can.
    """
    found = places(submission, examples)
    tests = [
        examples.tested(spec_of(submission, place, examples), submission.run(place.run).simulate) for place in found
    ]
    outputs = [_predicted(submission, place, examples) for place in found]
    first = {(p.run, p.target, p.source): p.seed for p in reversed(found)}
    cells = []
    for place, tested, output in zip(found, tests, outputs, strict=True):
        spec, run = spec_of(submission, place, examples), submission.run(place.run)
        summaries = [output.summaries[example.id] for example in tested]
        states = None if output.states is None else [output.states[example.id] for example in tested]
        golds = golds_of(tested)
        scored, odd = score_texts(summaries, states, golds), ScoredTexts.of(summaries, golds)
        facts: dict[str, Any] = {TRAINABLE: 0 if run.regenerated else run.trainable_parameters, "texts": odd.counts()}
        told = [n.text for n in run.notes if (n.target, n.source) == (place.target, place.source)]
        result = Result(
            key=spec.key(),
            spec=spec,
            n=len(tested),
            ids=[example.id for example in tested],
            groups=[example.group for example in tested],
            domains=[list(example.domains) for example in tested],
            columns=without_nan(scored.columns),
            scores={name: None if value != value else value for name, value in scored.scores().items()},
            signatures=scored.signatures(),
            leak=None,
            notes=list(dict.fromkeys([*odd.lines(), *told])),
            reads=run.reads,
            facts=facts,
            provenance={},
        )
        shown = first[place.run, place.target, place.source] == place.seed
        cells.append(
            ScoredCell(
                run=place.run,
                result=result,
                shown=show_cell(result, summaries, tested) if shown else None,
                made=summaries if shown and run.regenerated else None,
            )
        )
    return cells


def _predicted(submission: Submission, place: Place, examples: TestExamples) -> Predicted:
    run = submission.run(place.run)
    if not run.regenerated:
        return submission.predictions[place]
    name = submission.meta.method
    if not _made_by_suite(name):
        raise TodsumError(f"{submission.folder}: {name} is none of the suite's own untrained methods")
    chosen = method_class(name)
    method = chosen(validated(dict(run.settings), chosen.Settings, f"{submission.folder}: settings of {name}"))
    tests: list[Example] = examples.shown(spec_of(submission, place, examples), run.simulate)
    return Predicted({e.id: text for e, text in zip(tests, method.summarize(tests), strict=True)}, None)


def _made_by_suite(name: str) -> bool:
    return name in BUILT_IN and not method_class(name).needs_training_split
