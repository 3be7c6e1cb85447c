"""The card of a model: what it was trained on, what it scored and by which metrics, and how to use it."""

from __future__ import annotations

from typing import Any

import yaml

from todsum.bench.result import Spec
from todsum.data.hub.card import UNKNOWN
from todsum.data.lock import read_lock
from todsum.methods.trained_settings import SCRATCH
from todsum.summarizing.manifest import Manifest

CARD = "README.md"
_SIMULATED, _IMPORTED = "-sim", "hub-"
_TRAINED_ON = {
    "in-domain": "the training split",
    "zero-shot": "the training examples that do not name the target domain",
    "transfer": "the training examples of the source domain alone",
    "few-shot": "the training examples that do not name the target domain, and a few that do",
}


def card(manifest: Manifest, adapter: bool) -> str:
    """The card's text.

    Args:
        manifest: the cell with its scores.
        adapter: whether the weights are an adapter of peft's.
    """
    spec = manifest.spec
    header = yaml.safe_dump(_header(manifest, adapter), sort_keys=False, allow_unicode=True, width=1000).strip()
    notes = "".join(f"- {note}\n" for note in manifest.notes)
    return f"""---
{header}
---

# {spec.label}: {spec.dataset}, {spec.setting}, {spec.target}

A dialogue summarizer, method `{spec.method}` of the TODSum benchmark suite, seed {spec.seed}. {cell_key(spec)}.

## Use

```python
import todsum

model = todsum.load(PATH_OR_ID)
model.summarize([[("user", "i need a taxi to ely"), ("agent", "it is booked")]]{_beside(spec)})
```

```sh
todsum-bench summarize --model PATH_OR_ID dialogues.jsonl --out summaries.jsonl
```

{_plain(spec, adapter)}

## Scores

Over {manifest.n} test examples{"" if spec.target == "all" else f" of {spec.target}"}, × 100, measured:

| score | |
|---|---|
{_scores(manifest)}

By these metrics:

{"".join(f"- `{signature}`{chr(10)}" for signature in manifest.signatures.values())}{notes}
## Training data

{_data(spec)} It was trained on {_TRAINED_ON.get(spec.setting, spec.setting)}{_source(spec)}; protocol {spec.protocol}.
Fingerprint of the files: `{spec.fingerprint}`.

{_leak(manifest)}
{_backbone(spec, adapter)}

## Licence

`license` in this card's header is that of the weights: `{UNKNOWN}` until whoever publishes them states one. It need not
be that of the training data ({data_licence(spec)}){_beside_data(spec)}.

## Settings

{"".join(f"- {name}: {value}{chr(10)}" for name, value in sorted(spec.settings.items()))}
## Training

{_facts(manifest)}"""


def cell_key(spec: Spec) -> str:
    """What a card says of the cell: by this it is known to be the card of a model."""
    return f"Cell key `{spec.key()}`"


def data_licence(spec: Spec) -> str:
    """That of the training data, as its authors state it. It says nothing of the weights."""
    if spec.dataset.endswith(_SIMULATED):
        return "none, simulated data"
    return "not known here" if _is_imported(spec) else read_lock(spec.dataset).licence


def _is_imported(spec: Spec) -> bool:
    return spec.dataset.startswith(_IMPORTED)


def _beside_data(spec: Spec) -> str:
    return "" if spec.backbone in (None, SCRATCH) else f", and the backbone `{spec.backbone}` has its own"


def _facts(manifest: Manifest) -> str:
    plain = {name: value for name, value in manifest.facts.items() if isinstance(value, int | float | str)}
    return "".join(f"- {name}: {value}\n" for name, value in plain.items())


def _header(manifest: Manifest, adapter: bool) -> dict[str, Any]:
    spec = manifest.spec
    metrics = [
        {"type": "rouge" if name.startswith("rouge") else name, "name": name, "value": round(100 * value, 2)}
        for name, value in manifest.scores.items()
        if value is not None
    ]
    result = {
        "task": {"type": "summarization", "name": f"{spec.setting}, {spec.target}"},
        "dataset": {"type": spec.dataset, "name": spec.dataset, "split": "test"},
        "metrics": metrics,
    }
    base = {"base_model": spec.backbone} if spec.backbone and spec.backbone.count("/") == 1 else {}
    return {
        "license": UNKNOWN,
        "language": ["en"],
        "library_name": "peft" if adapter else "transformers",
        "pipeline_tag": "summarization",
        **base,
        "tags": ["todsum", "dialogue-summarization", spec.method],
        "model-index": [{"name": spec.label, "results": [result]}],
    }


def _beside(spec: Spec) -> str:
    structure = spec.settings.get("prompt", spec.settings.get("structure"))
    if structure == "query":
        return ', queries=["what is booked?"]'
    gold = structure == "state" and spec.settings.get("states") == "oracle"
    return ', states=["taxi inform ( destination = ely )"]' if gold else ""


def _plain(spec: Spec, adapter: bool) -> str:
    """How it loads without the suite's command line."""
    if adapter:
        known = (
            "import todsum.modeling.domain_prefix  # makes the adapter known to peft\n" if spec.method == "dop" else ""
        )
        what = f"It is an adapter for the backbone `{spec.backbone}`:"
        code = (
            f"{known}from peft import PeftModel\nfrom transformers import GenerationConfig\n\n"
            "backbone.generation_config = GenerationConfig.from_pretrained(PATH_OR_ID)\n"
            "model = PeftModel.from_pretrained(backbone, PATH_OR_ID)"
        )
    else:
        own = (
            "import todsum.modeling  # makes the model known to the Auto classes\n"
            if spec.method == "state-aware"
            else ""
        )
        what = "Or with transformers alone, if the model's input is made as the suite makes it:"
        kind = "AutoModelForSeq2SeqLM"
        code = f"{own}from transformers import {kind}\n\nmodel = {kind}.from_pretrained(PATH_OR_ID)"
    return f"{what}\n\n```python\n{code}\n```"


def _scores(manifest: Manifest) -> str:
    return "\n".join(
        f"| {name} | {'–' if value is None else f'{100 * value:.2f}'} |" for name, value in manifest.scores.items()
    )


def _data(spec: Spec) -> str:
    if _is_imported(spec):
        return f"Data from elsewhere: {spec.input.get('hub', 'a folder')}, as `{spec.dataset}`."
    name = spec.dataset.removesuffix(_SIMULATED)
    if name != spec.dataset:
        return f"Simulated dialogues in the form of {name}, not {name} itself."
    lock = read_lock(name)
    return f"{lock.name} ({lock.citation}), {lock.url}, licence: {lock.licence}."


def _source(spec: Spec) -> str:
    return f" ({spec.source})" if spec.source else ""


def _leak(manifest: Manifest) -> str:
    """What the setting kept and refused of the splits that were learnt from."""
    lines = []
    for split in ("train", "dev"):
        counts = (manifest.leak or {}).get(split)
        if isinstance(counts, dict):
            refused = f"{counts.get('refused', 0)} refused as they name the target"
            lines.append(f"- {split}: {counts.get('kept')} of {counts.get('candidates')} examples; {refused}\n")
    return "".join(lines)


def _backbone(spec: Spec, adapter: bool) -> str:
    if spec.backbone in (None, SCRATCH):
        return "It starts from random weights."
    stays = "needs" if adapter else "started from"
    return f"It {stays} the backbone `{spec.backbone}`, checksum `{spec.backbone_revision}`."
