"""``meta.yaml``: what a submission says of itself. Its JSON schema is generated from these models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, JsonValue, model_validator

from todsum.bench.result import Line, Name, Reads, Seed
from todsum.bench.suite import MAX_DIALOGUES, MAX_MEETINGS, SettingChoice, Simulate
from todsum.data.evaluation_settings import ALL
from todsum.data.views import VIEWS, View
from todsum.report.site.slugs import Slug

Text = Annotated[str, Field(max_length=5000)]
Url = Annotated[str, Field(max_length=500, pattern=r"^https://[A-Za-z0-9.-]+(:\d+)?(/[^\s\"'<>\\]*)?$")]


#: What a setting allows to be trained on of the target domain.
_ALLOWED = {
    "zero-shot": ("none", "unlabelled"),
    "transfer": ("none", "unlabelled"),
    "few-shot": ("none", "unlabelled", "few-shot"),
}


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class TrainingData(_Model):
    """What the system has learnt from, as its authors declare."""

    description: Annotated[Text, Field(min_length=1)]
    """All data that it was trained on, pretraining included, in words."""
    test_examples: bool
    """Whether any test example, or its reference, was among it. Such a submission is refused."""


class CellNote(_Model):
    """What a reader has to know of the results at one target."""

    target: Name = ALL
    """The target domain."""
    source: Name | None = None
    """The source domain (``transfer``)."""
    text: Line
    """The note."""


class MissingCell(_Model):
    """A seed without predictions, and why."""

    target: Name = ALL
    """The target domain."""
    source: Name | None = None
    """The source domain (``transfer``)."""
    seed: Seed
    """The seed."""
    state: Literal["failed", "dropped"]
    """``dropped``: left out on purpose."""
    reason: Line
    """Why, in one line."""


class Run(_Model):
    """Results of one setting on one data set."""

    name: Slug
    """What the lines of the predictions name it by."""
    dataset: Literal["todsum", "qmsum", "mts-dialog"]
    """The data set."""
    protocol: Literal["full", "low-resource"] = "full"
    """Which splits were used."""
    simulate: Simulate | None = None
    """The simulation, where the data is simulated."""
    setting: Literal["in-domain", "zero-shot", "transfer", "few-shot"]
    """What was trained on and what is tested."""
    single_domain: bool = False
    """Only dialogues of exactly one domain were used."""
    k: Annotated[int, Field(ge=1)] | None = None
    """How many training examples of the target (``few-shot`` only)."""
    view: View | None = None
    """What the source was: the dialogue of TODSum and MTS-Dialog; QMSum's meeting (default), gold or located spans."""
    markers: bool = False
    """QMSum's transcription markers were kept in the source."""
    reads: Reads
    """What the system was shown beside the source at test time, and whether it was written from references of the
    target domain."""
    target_domain: Literal["none", "unlabelled", "few-shot", "full"]
    """What it was trained on of the domains that it is tested on: nothing, ``unlabelled`` dialogues, ``few-shot``
    labelled examples, or all of their training examples. In ``transfer``, what holds where source and target differ."""
    regenerated: Annotated[bool, Field(validation_alias=AliasChoices("regenerated", "made_anew"))] = False
    """There are no predictions in the file: the suite makes them from the data with its own untrained method. For
    methods whose summaries are the dialogues' own words, which are not published here. Earlier files say
    ``made_anew``."""
    settings: Annotated[dict[Name, JsonValue], Field(max_length=200)] = {}
    """The method's settings, in full."""
    parameters: Annotated[int, Field(ge=0)] | None = None
    """Of the whole model."""
    trainable_parameters: Annotated[int, Field(ge=0)] | None = None
    """Those that were trained."""
    provenance: Annotated[dict[Name, JsonValue], Field(max_length=50)] = {}
    """Commit, package versions, device … as far as known."""
    notes: Annotated[list[CellNote], Field(max_length=1000)] = []
    """What a reader has to know."""
    missing: Annotated[list[MissingCell], Field(max_length=1000)] = []
    """Seeds without predictions."""

    @model_validator(mode="after")
    def _fits(self) -> Run:
        SettingChoice(name=self.setting, single_domain=self.single_domain, k=self.k)
        if self.protocol == "low-resource" and (self.dataset != "todsum" or self.simulate):
            raise ValueError("the low-resource protocol is one of published TODSum")
        if self.simulate and self.dataset == "mts-dialog":
            raise ValueError("mts-dialog can't be simulated: leave simulate out")
        json.dumps([self.settings, self.provenance], allow_nan=False)
        if self.view is not None and self.view not in VIEWS[self.dataset]:
            raise ValueError(f"{self.dataset} has no view {self.view}: it has {', '.join(VIEWS[self.dataset])}")
        return self

    @property
    def shown_view(self) -> View:
        """The view, defaults resolved."""
        return self.view or VIEWS[self.dataset][0]

    @property
    def options(self) -> dict[str, JsonValue]:
        """What tells this setting from others of its name, as in a cell's spec."""
        return SettingChoice(name=self.setting, single_domain=self.single_domain, k=self.k).options()


class Meta(_Model):
    """A submission: one system, and what its predictions were made with."""

    system: Name
    """Its name in the table."""
    description: Text = ""
    """What it is, in a few sentences."""
    authors: Annotated[str, Field(max_length=500)]
    """Who made it."""
    url: Url | None = None
    """A paper or a repository."""
    method: Name
    """The kind of method; one of ``todsum-bench methods`` where it is the suite's own."""
    backbone: Line | None = None
    """The pretrained checkpoint."""
    backbone_revision: Line | None = None
    """Its commit, or a checksum of its files."""
    training_data: TrainingData
    """What it has learnt from."""
    status: Literal["accepted", "rejected", "dropped"] = "accepted"
    """Set by the maintainers. Rejected and dropped entries are shown with their reason, not ranked."""
    reason: Line | None = None
    """Why it was rejected or dropped."""
    runs: Annotated[list[Run], Field(min_length=1, max_length=100)]
    """Its results."""

    @model_validator(mode="after")
    def _fits(self) -> Meta:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        names = [run.name for run in self.runs]
        yield from (f"two runs are named {name}" for name in dict.fromkeys(names) if names.count(name) > 1)
        if self.status != "accepted" and not self.reason:
            yield f"a {self.status} entry needs a reason"
        simulated = {run.simulate for run in self.runs if run.simulate}
        for name, most in (("dialogues", MAX_DIALOGUES), ("meetings", MAX_MEETINGS)):
            if (count := sum(getattr(simulate, name) for simulate in simulated)) > most:
                yield f"its simulations have {count} {name}: at most {most}"
        data = self.training_data
        if data.test_examples and self.status == "accepted":
            yield "training_data: trained on test examples: it can't be ranked"
        for run in self.runs if self.status == "accepted" else []:
            allowed = _ALLOWED.get(run.setting, ("none", "unlabelled", "few-shot", "full"))
            if run.target_domain not in allowed:
                yield (
                    f"run {run.name}: {run.setting} allows {' or '.join(allowed)} of the target domain in training, "
                    f"not {run.target_domain}"
                )
            if run.target_domain == "unlabelled" and not run.reads.unlabelled:
                yield f"run {run.name}: reads.unlabelled must be true where target_domain is unlabelled"
