"""Suites: YAML files that say which cells to run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from todsum.bench.result import MAX_EXAMPLES, Name, Seed
from todsum.data.dialogues import speaker_pattern
from todsum.data.evaluation_settings import SETTINGS
from todsum.data.imported.reference import check_pinned, is_reference, parse_reference
from todsum.data.imported.rows import ColumnMap
from todsum.data.views import VIEWS, View
from todsum.errors import TodsumError, unknown_name
from todsum.files.validation import validated
from todsum.files.yaml_files import read_yaml

DATASETS = ("todsum", "qmsum", "mts-dialog")
WITHOUT_MARKERS = ("todsum", "mts-dialog")
#: The views of data sets from elsewhere.
IMPORTED_VIEWS: tuple[View, ...] = ("dialogue", "gold")
MAX_BYTES = 1 << 20
MAX_DIALOGUES, MAX_MEETINGS = 50_000, 2_000
"""Of a simulation: a suite, or a submission, may be a stranger's, and simulations are kept."""
MAX_CELLS = 100_000
"""Of a suite, each target of a setting counted where they are named."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _no_truth(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("expected a number, not true or false")
    return value


class SettingChoice(_Model):
    """A setting and what it is asked for. A bare name stands for its defaults."""

    name: str
    """``in-domain``, ``zero-shot``, ``transfer`` or ``few-shot``."""
    targets: tuple[str, ...] = ()
    """Target domains; none means all."""
    sources: tuple[str, ...] = ()
    """Source domains (``transfer`` only); none means all."""
    single_domain: bool = False
    """Use only dialogues of exactly one domain, the protocol of the domain-prefix paper."""
    k: Annotated[int | None, BeforeValidator(_no_truth)] = Field(default=None, ge=1, le=MAX_EXAMPLES)
    """How many training examples of the target (``few-shot`` only)."""

    @model_validator(mode="after")
    def _fits(self) -> SettingChoice:
        if self.name not in SETTINGS:
            raise ValueError(str(unknown_name("setting", self.name, SETTINGS)))
        if (self.k is not None) != (self.name == "few-shot"):
            raise ValueError("few-shot needs k" if self.name == "few-shot" else f"{self.name} takes no k")
        if self.sources and self.name != "transfer":
            raise ValueError(f"{self.name} takes no sources")
        if self.name == "in-domain" and (self.targets or self.single_domain):
            raise ValueError("in-domain takes no targets and no single_domain: it tests the whole test split")
        return self

    def options(self) -> dict[str, JsonValue]:
        """What, beside the target, tells this setting from others of its name."""
        chosen: dict[str, JsonValue] = {} if self.name == "in-domain" else {"single_domain": self.single_domain}
        return chosen | ({"k": self.k} if self.k is not None else {})


class MethodChoice(_Model):
    """A method and its settings. A bare name stands for its defaults."""

    name: str
    """Name in the registry: see ``todsum-bench methods``."""
    label: Name | None = None
    """Name in the tables; needed where a grid has a method twice."""
    settings: dict[str, JsonValue] = {}
    """The method's settings; what is left out has its default."""

    @property
    def shown(self) -> str:
        """The name in the tables."""
        return self.label or self.name


class Simulate(_Model):
    """Simulated data in place of published data."""

    dialogues: int = Field(ge=10, le=MAX_DIALOGUES)
    """Task-oriented dialogues."""
    meetings: int = Field(default=0, ge=0, le=MAX_MEETINGS)
    """Meetings; 0 for suites without QMSum."""
    seed: Annotated[Seed, BeforeValidator(_no_truth)] = 0
    """Seed of the simulator."""


class Grid(_Model):
    """The cells of one data set: settings × methods × seeds."""

    dataset: str
    """The data set: ``todsum``, ``qmsum``, ``mts-dialog``, or one from elsewhere: ``hub:org/name@commit``,
    ``hub:/path/to/folder``."""
    config: str | None = None
    """Which config of a data set from elsewhere; its default one where left out."""
    columns: ColumnMap | None = None
    """Which columns of it hold what; not needed for data of the suite's own schema."""
    speakers: str | None = None
    """A pattern with one group, the speaker, for what begins a turn; usual layouts are recognised without one."""
    without: tuple[Name, ...] = Field(default=(), max_length=1000)
    """Ids of rows of a data set from elsewhere that are left out: those that are broken."""
    view: View | None = None
    """What of it is shown: the dialogue of TODSum and MTS-Dialog; QMSum's meeting (default), gold or located spans."""
    markers: bool = False
    """Keep QMSum's transcription markers in the source."""
    settings: tuple[Annotated[SettingChoice, BeforeValidator(_named)], ...] = Field(min_length=1)
    """The settings."""
    methods: tuple[Annotated[MethodChoice, BeforeValidator(_named)], ...] = Field(min_length=1)
    """The methods."""
    seeds: tuple[Annotated[Seed, BeforeValidator(_no_truth)], ...] = Field(default=(0,), min_length=1)
    """Seeds of the methods that learn; the others run once."""

    @model_validator(mode="after")
    def _fits(self) -> Grid:
        self._check_dataset()
        views = self._views
        if self.view is not None and self.view not in views:
            raise ValueError(f"{self.dataset} has no view {self.view}: it has {', '.join(views)}")
        if self.markers and self.dataset in WITHOUT_MARKERS:
            raise ValueError(f"{self.dataset} has no transcription markers to keep")
        labels = [method.shown for method in self.methods]
        if twice := sorted(label for label, count in Counter(labels).items() if count > 1):
            raise ValueError(f"{twice[0]} is there twice: give each a label of its own")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("a seed is there twice")
        return self

    def _check_dataset(self) -> None:
        if self.imported:
            try:
                check_pinned(parse_reference(self.dataset))
            except TodsumError as error:
                raise ValueError(str(error)) from error
            if self.speakers is not None:
                speaker_pattern(self.speakers)
            return
        if self.dataset not in DATASETS:
            raise ValueError(str(unknown_name("data set", self.dataset, (*DATASETS, "hub:org/name@commit"))))
        for name in ("config", "columns", "speakers", "without"):
            if getattr(self, name) not in (None, ()):
                raise ValueError(f"{self.dataset} takes no {name}: that is for data sets from elsewhere (hub:…)")

    @property
    def imported(self) -> bool:
        """Whether the data set is one from elsewhere."""
        return is_reference(self.dataset)

    @property
    def cells(self) -> int:
        """How many cells there are at least; settings that name no targets have one for each that the data has."""
        pairs = sum(max(1, len(setting.targets)) * max(1, len(setting.sources)) for setting in self.settings)
        return pairs * len(self.methods) * len(self.seeds)

    @property
    def _views(self) -> tuple[View, ...]:
        return IMPORTED_VIEWS if self.imported else VIEWS[self.dataset]

    @property
    def shown_view(self) -> View:
        """The view, defaults resolved."""
        return self.view or self._views[0]


class Band(_Model):
    """A range that a score must stay in: what an evaluation run fails on when it leaves it."""

    dataset: str
    """As in the table."""
    setting: str
    """As in the table."""
    target: str
    """As in the table."""
    method: str
    """The label."""
    score: str
    """Such as ``rouge1``."""
    low: float = Field(ge=0, le=100)
    """Lowest mean, × 100."""
    high: float = Field(ge=0, le=100)
    """Highest mean, × 100."""

    @model_validator(mode="after")
    def _fits(self) -> Band:
        if self.low > self.high:
            raise ValueError(f"low ({self.low}) is above high ({self.high})")
        return self

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Data set, setting, target and label: where in the table the score stands."""
        return self.dataset, self.setting, self.target, self.method


class Suite(_Model):
    """What a suite file holds."""

    name: str
    """Short name."""
    description: str
    """What the suite is for, in a line."""
    protocol: Literal["full", "low-resource"] = "full"
    """``full`` uses the published splits. ``low-resource`` cuts TODSum's train and dev from its validation split."""
    simulate: Simulate | None = None
    """Use simulated data."""
    backbone: str | None = None
    """The backbone of the methods that take one and name none."""
    grids: tuple[Grid, ...] = Field(min_length=1)
    """The cells."""
    bands: tuple[Band, ...] = ()
    """Expected ranges, checked after the run."""

    @model_validator(mode="after")
    def _fits(self) -> Suite:
        if (cells := sum(grid.cells for grid in self.grids)) > MAX_CELLS:
            raise ValueError(f"{cells} cells or more are too many: at most {MAX_CELLS}")
        if self.simulate is not None and self.protocol != "full":
            raise ValueError(f"simulated data has no {self.protocol} protocol: leave protocol out")
        if self.simulate is not None and any(grid.imported for grid in self.grids):
            raise ValueError("a suite with simulated data can't have a grid of a data set from elsewhere (hub:…)")
        if self.simulate is not None and not self.simulate.meetings and any(g.dataset == "qmsum" for g in self.grids):
            raise ValueError("a grid of qmsum needs meetings: set simulate.meetings")
        if self.simulate is not None and any(grid.dataset == "mts-dialog" for grid in self.grids):
            raise ValueError("mts-dialog can't be simulated: leave simulate out")
        return self


def read_suite(path: Path) -> Suite:
    """The suite in a file.

    Raises:
        TodsumError: no such file, not YAML, or not a suite; the message names the place.
    """
    content = read_yaml(path, MAX_BYTES)
    if not isinstance(content, dict):
        raise TodsumError(f"{path}: a suite is a mapping with name, description and grids")
    return validated(content, Suite, path)
