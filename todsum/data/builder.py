"""Builders: published or simulated sources to data sets of the one schema, counts checked."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import datasets

from todsum.data import mts_dialog, qmsum, todsum
from todsum.data.dialogues import Doubts
from todsum.data.evaluation_settings import domains_of
from todsum.data.lock import Lock, read_lock
from todsum.data.manifest import Manifest, read_manifest
from todsum.data.schema import features
from todsum.data.sources import Source, find_source, open_source
from todsum.data.table_lock import table_held
from todsum.errors import RecordError, TodsumError, unknown_name
from todsum.files.cache import cache_folder, unwritable_cache

SPLITS = ("train", "validation", "test")
PROTOCOLS = ("full", "low-resource")
SIMULATED = "-sim"


@dataclass
class SourceConfig(datasets.BuilderConfig):  # type: ignore[misc]
    """What a builder is made of: where the source lies, which protocol and splits, and a checksum of its files."""

    path: str = ""
    protocol: str = "full"
    splits: tuple[str, ...] = SPLITS
    fingerprint: str = ""


class SourceBuilder(datasets.GeneratorBasedBuilder):  # type: ignore[misc]
    """Streams a source's examples into Arrow; subclasses name the source and the module that reads it."""

    BUILDER_CONFIG_CLASS = SourceConfig
    #: Raised when the same files are read differently: older built tables are then left alone.
    VERSION = datasets.Version("1.0.0")
    DEFAULT_WRITER_BATCH_SIZE = 1000
    source_name: ClassVar[str]
    reader: ClassVar[ModuleType]
    config: SourceConfig

    def _info(self) -> datasets.DatasetInfo:
        lock = read_lock(self.source_name)
        return datasets.DatasetInfo(
            features=features(), homepage=lock.url, license=lock.licence, citation=lock.citation
        )

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        self._seen: set[str] = set()
        return [datasets.SplitGenerator(name=split, gen_kwargs={"split": split}) for split in self.config.splits]

    def _generate_examples(self, split: str) -> Iterator[tuple[int, dict[str, Any]]]:
        source = open_source(self.source_name, Path(self.config.path))
        facts = Facts.of(self.source_name, source)
        count = -1
        stream = self.reader.examples(source, split, self.config.protocol, facts.dataset, facts.domains)
        for count, example in enumerate(stream):
            if example.id in self._seen:
                raise RecordError(source.label, example.id, f"duplicate id (again in {split})")
            self._seen.add(example.id)
            yield count, example.to_row()
        expected = facts.count(split, self.config.protocol)
        if count + 1 != expected:
            raise TodsumError(f"{source.label}: {split} has {count + 1} examples, the {facts.origin} says {expected}")


class TodsumBuilder(SourceBuilder):
    """TODSum, published or simulated."""

    source_name: ClassVar[str] = "todsum"
    reader: ClassVar[ModuleType] = todsum


class QmsumBuilder(SourceBuilder):
    """QMSum, published or simulated."""

    source_name: ClassVar[str] = "qmsum"
    reader: ClassVar[ModuleType] = qmsum


class MtsDialogBuilder(SourceBuilder):
    """MTS-Dialog, published."""

    source_name: ClassVar[str] = "mts-dialog"
    reader: ClassVar[ModuleType] = mts_dialog


BUILDERS: dict[str, type[SourceBuilder]] = {
    "todsum": TodsumBuilder,
    "qmsum": QmsumBuilder,
    "mts-dialog": MtsDialogBuilder,
}
#: The data sets that the simulator stands in for.
SIMULATES = ("todsum", "qmsum")
NAMES = (*BUILDERS, *(name + SIMULATED for name in SIMULATES))


@dataclass(frozen=True)
class Facts:
    """What is known of a source beside its examples.

    Attributes:
        dataset: the data set's name; simulated data never bears the published one's.
        domains: all domains, in the order of the tables.
        lock: the pinned source that the data follows, or stands in for.
        manifest: of simulated data, else None.
    """

    dataset: str
    domains: tuple[str, ...]
    lock: Lock
    manifest: Manifest | None

    @classmethod
    def of(cls, name: str, source: Source) -> Facts:
        """The facts of a source of the data set ``name``."""
        lock, manifest = read_lock(name), read_manifest(source) if name in SIMULATES else None
        if manifest:
            return cls(name + SIMULATED, manifest.domains, lock, manifest)
        return cls(name, lock.domains, lock, None)

    @property
    def origin(self) -> str:
        """Where the expected counts stand."""
        return "manifest" if self.manifest else "lock file"

    def count(self, split: str, protocol: str) -> int:
        """How many examples a split must have."""
        counts = self.manifest.counts if self.manifest else self.lock.counts
        if protocol == "low-resource" and split != "test":
            kept = min(todsum.LOW_RESOURCE_TRAIN, counts["validation"])
            return kept if split == "train" else counts["validation"] - kept
        return counts.get(split, 0)


@dataclass(frozen=True)
class BuiltData:
    """A built data set and what a result must say of it.

    Attributes:
        name: of the data set, ``…-sim`` where simulated.
        protocol: ``full`` or ``low-resource``.
        domains: all domains, in the order of the tables.
        splits: the examples.
        fingerprint: checksum of the files that were read.
        pinned: whether each file whose checksum is known is the pinned one.
        source: the folder or zip.
        facts: what the lock file or the manifest says.
        doubts: counts of what was read otherwise than it may be meant; nothing of a data set of the suite.
    """

    name: str
    protocol: str
    domains: tuple[str, ...]
    splits: datasets.DatasetDict
    fingerprint: str
    pinned: bool
    source: Source
    facts: Facts
    doubts: Doubts = field(default_factory=Doubts)

    @property
    def targets(self) -> list[str]:
        """The domains that settings test where a suite names none: of the test split those that the lock file names,
        or all."""
        return domains_of(self.splits, self.facts.lock.targets or self.domains)


def build(
    name: str, data: Path | None, protocol: str = "full", splits: tuple[str, ...] = SPLITS, cache: Path | None = None
) -> BuiltData:
    """Builds a data set, or takes the built one from the cache where the source is the same.

    Args:
        name: ``todsum``, ``qmsum`` or ``mts-dialog``; with ``-sim`` the source must be simulated.
        data: a folder with the data set in it, its root, or a zip; None downloads the pinned revision.
        protocol: ``full`` (published splits) or ``low-resource`` (TODSum without its training split).
        splits: which splits to build; a test split alone needs no training data.
        cache: where built tables are kept.

    Raises:
        TodsumError: unknown name, no source, a broken record, or counts that differ from the lock file.
    """
    if name.startswith("hub-"):
        raise TodsumError(f"{name}: a data set from elsewhere is only read by the suite that names it (hub:…)")
    if name not in NAMES:
        raise unknown_name("data set", name, NAMES)
    if protocol not in PROTOCOLS:
        raise unknown_name("protocol", protocol, PROTOCOLS)
    base = name.removesuffix(SIMULATED)
    if data is None and name.endswith(SIMULATED):
        raise TodsumError(f"{name}: make it with `todsum-bench simulate --dialogues N --out DIR` and pass --data DIR")
    source = find_source(base, data)
    builder_class = BUILDERS[base]
    facts = Facts.of(base, source)
    if name.endswith(SIMULATED) and not facts.manifest:
        raise TodsumError(f"{source.label}: this is published data, not simulated: use the name {base}")
    builder_class.reader.check_protocol(source, protocol, splits)
    if protocol == "low-resource" and "validation" in splits and not facts.count("validation", protocol):
        raise TodsumError(
            f"{source.label}: the low-resource protocol takes {todsum.LOW_RESOURCE_TRAIN} training dialogues from the "
            f"validation split, which has {facts.count('validation', 'full')}: no dev dialogue would be left"
        )
    files = builder_class.reader.files(source, protocol)
    digests = {file: source.sha256(file) for file in sorted({f for split in splits for f in files[split]})}
    pinned = not facts.manifest and all(facts.lock.files.get(f) in (None, digest) for f, digest in digests.items())
    content = json.dumps([facts.dataset, str(SourceBuilder.VERSION), digests], sort_keys=True)
    fingerprint = hashlib.sha256(content.encode()).hexdigest()
    path = data if data is not None else Path(source.label)
    table = _table(builder_class, path, protocol, splits, fingerprint, cache or cache_folder() / "tables")
    return BuiltData(facts.dataset, protocol, facts.domains, table, fingerprint, pinned, source, facts)


def _table(
    builder_class: type[SourceBuilder],
    path: Path,
    protocol: str,
    splits: tuple[str, ...],
    fingerprint: str,
    cache: Path,
) -> datasets.DatasetDict:
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    options = {"path": str(path), "protocol": protocol, "splits": splits, "fingerprint": fingerprint}

    def prepared() -> datasets.DatasetDict:
        with table_held(cache, fingerprint[:16]):
            builder = builder_class(cache_dir=str(cache), config_name="default", hash=fingerprint[:16], **options)
            builder.download_and_prepare(verification_mode="no_checks")
            return builder.as_dataset()

    try:
        return prepared()
    except datasets.exceptions.DatasetGenerationError as error:
        if isinstance(error.__cause__, TodsumError):
            raise error.__cause__ from None
        if isinstance(error.__cause__, OSError):
            raise unwritable_cache(cache, error.__cause__) from error
        raise
    except TodsumError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.ENOENT):
            raise unwritable_cache(cache, error) from error
        # What was built before can't be opened: it is made again, once.
        for folder in cache.rglob(fingerprint[:16]):
            shutil.rmtree(folder)
        return prepared()
