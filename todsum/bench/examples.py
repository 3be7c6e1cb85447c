"""The test examples that results are about, made anew from the data."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from todsum.bench.grid_data import fingerprint
from todsum.bench.result import Spec
from todsum.bench.simulated import cached_simulation
from todsum.bench.suite import Simulate
from todsum.bench.task import how_shown, make_task, shown_test
from todsum.data.builder import SIMULATED, SPLITS, BuiltData, build
from todsum.data.evaluation_settings import ALL, check_target
from todsum.data.schema import Example, from_rows
from todsum.errors import TodsumError


@dataclass
class TestExamples:
    """Gives the test examples of cells, each data set built once.

    Attributes:
        data: the data folder; None downloads the pinned sources of published data.
        simulations: those that simulated data may come from.
    """

    __test__ = False  # a name for people, not for pytest

    data: Path | None
    simulations: tuple[Simulate, ...] = ()
    _built: dict[tuple[object, ...], BuiltData] = field(default_factory=dict)
    _whole: dict[str, dict[str, Example]] = field(default_factory=dict)
    _tested: dict[str, list[Example]] = field(default_factory=dict)
    _found: dict[str, Simulate | None] = field(default_factory=dict)

    def built(self, dataset: str, protocol: str, simulate: Simulate | None) -> BuiltData:
        """The test split of a data set, published or simulated.

        Raises:
            TodsumError: the data can't be had or is broken.
        """
        key = (dataset, protocol, simulate)
        if key not in self._built:
            if simulate is None:
                self._built[key] = build(dataset, self.data, protocol, ("test",))
            else:
                self._built[key] = build(f"{dataset}{SIMULATED}", cached_simulation(simulate), "full", ("test",))
        return self._built[key]

    def tested(self, spec: Spec, simulate: Simulate | None = None) -> list[Example]:
        """The examples that a cell tests, whole: dialogues as they are published, whatever its view shows.

        Args:
            spec: the cell's.
            simulate: what its data is simulated with; if None, as :meth:`simulation` finds it.

        Raises:
            TodsumError: the data can't be had, or has no such domain.
        """
        built = self._built_for(spec, simulate)
        about = (built.fingerprint, spec.setting, spec.target, spec.setting_options, spec.input)
        place = "\n".join(map(str, about))
        if place not in self._tested:
            if built.fingerprint not in self._whole:
                self._whole[built.fingerprint] = {e.id: e for e in from_rows(built.splits["test"])}
            task = make_task(spec, built)
            located = spec.input.get("view") == "located"  # the one view that some examples lack
            ids = [e.id for e in shown_test(task, spec, built)[0]] if located else task.test["id"]
            self._tested[place] = [self._whole[built.fingerprint][identity] for identity in ids]
        return self._tested[place]

    def shown(self, spec: Spec, simulate: Simulate | None = None) -> list[Example]:
        """The same examples as the cell's view shows them to a method."""
        built = self._built_for(spec, simulate)
        return shown_test(make_task(spec, built), spec, built)[0]

    def _built_for(self, spec: Spec, simulate: Simulate | None) -> BuiltData:
        simulate = simulate or self.simulation(spec)
        protocol = "low-resource" if spec.protocol == "low-resource" else "full"
        built = self.built(spec.dataset.removesuffix(SIMULATED), protocol, simulate)
        for domain in (spec.target, spec.source):
            if domain is not None and domain != ALL:
                check_target(domain, built.domains)
        return built

    def simulation(self, spec: Spec) -> Simulate | None:
        """What a cell's data was simulated with, by its fingerprint; None for published data and for the data folder's.

        Raises:
            TodsumError: it is simulated, and neither in the data folder nor made by any of :attr:`simulations`.
        """
        if not spec.dataset.endswith(SIMULATED):
            return None
        files = f"{spec.dataset} {spec.fingerprint} {spec.input}"
        if files not in self._found:
            self._found[files] = self._search(spec)
        return self._found[files]

    def _search(self, spec: Spec) -> Simulate | None:
        if self.data is not None and _is_of(spec, self.data):
            return None
        for simulate in self.simulations:
            if _is_of(spec, cached_simulation(simulate)):
                return simulate
        raise TodsumError(
            f"{spec.dataset}: its files are neither in the data folder nor those of a suite's simulation: "
            "pass --data with the simulation that it was run on"
        )


def _is_of(spec: Spec, folder: Path) -> bool:
    """Whether a cell was run on a simulation, by a method that needs the training split or by another."""
    view = how_shown(spec).view
    for training, splits in ((False, ("test",)), (True, SPLITS)):
        with suppress(TodsumError):  # published data, or a simulation without this data set
            built = build(spec.dataset, folder, "full", splits)
            if fingerprint(built, view, training) == spec.fingerprint:
                return True
    return False
