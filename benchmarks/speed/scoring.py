"""How much faster ROUGE is than rouge-score, and two scoring processes than one, with the same figures.

Run as ``python benchmarks/speed/scoring.py --data DIR [--copies N]``; prints one JSON object. Scores the Longest-3
summaries of the TODSum test dialogues: with ROUGE alone, each seen for the first time, against rouge-score's own
scorer; then with every metric of the results table, in one process, in two that must be started first, and in two
again when the server they come from is warm.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from rouge_score.rouge_scorer import RougeScorer

from todsum import sentences
from todsum.data.schema import Example, Slot, Turn
from todsum.methods.lead import CountSettings, Longest
from todsum.metrics.base import Gold, Metric
from todsum.metrics.rouge import TYPES, Rouge
from todsum.metrics.scoring import ExampleScores, default_metrics, score_examples

UNFILLED = "not mentioned"


def read(path: Path) -> list[Example]:
    """The published dialogues, as far as the metrics look at them."""
    examples = []
    for record in json.loads(path.read_text(encoding="utf-8")):
        slots = [
            Slot(domain, intent, slot, value)
            for domain, parts in record["dst"].items()
            for intent, key in (("book", "book"), ("inform", "semi"))
            for slot, value in parts[key].items()
            if value != UNFILLED
        ]
        turns = tuple(Turn("user", text) for text in record["text"])
        name = record["dialog_id"]
        examples.append(
            Example(name, "todsum", name, (*record["dst"],), turns, state=(*slots,), summary=(*record["summary"],))
        )
    return examples


def timed(hypotheses: list[str], golds: list[Gold], metrics: list[Metric], workers: int) -> tuple[float, ExampleScores]:
    start = time.perf_counter()
    found = score_examples(hypotheses, golds, metrics, workers=workers)
    return time.perf_counter() - start, found


def rouge(hypotheses: list[str], golds: list[Gold]) -> dict[str, Any]:
    """Against rouge-score, which is told of the same sentences."""
    metric, theirs = Rouge(), RougeScorer(list(TYPES), use_stemmer=True)
    metric.score("import", Gold(("what is imported late",)))
    start = time.perf_counter()
    mine = [metric.score(text, gold) for text, gold in zip(hypotheses, golds, strict=True)]
    between = time.perf_counter()
    found = []
    for text, gold in zip(hypotheses, golds, strict=True):
        scores = theirs.score("\n".join(gold.summary or ()), "\n".join(sentences.split_sentences(text)))
        found.append({name: scores[name].fmeasure for name in TYPES})
    seconds = {"suite": between - start, "rouge_score": time.perf_counter() - between}
    return {
        "examples": len(golds),
        "seconds": seconds,
        "ratio": seconds["rouge_score"] / seconds["suite"],
        "same_figures": mine == found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with todsum/ in it")
    parser.add_argument("--copies", type=int, default=5, help="how often the test split is scored in one call")
    parser.add_argument("--examples", type=int, help="only the first so many test dialogues")
    options = parser.parse_args()
    once = read(options.data / "todsum" / "todsum" / "test.json")[: options.examples]
    against = rouge(Longest(CountSettings()).summarize(once), [Gold.from_example(example) for example in once])
    examples = once * options.copies
    hypotheses = Longest(CountSettings()).summarize(examples)
    golds = [Gold.from_example(example) for example in examples]
    metrics = default_metrics()
    score_examples(hypotheses[:1], golds[:1], metrics, workers=1)  # imports
    one, alone = timed(hypotheses, golds, metrics, 1)
    cold, spread = timed(hypotheses, golds, metrics, 2)
    warm, again = timed(hypotheses, golds, metrics, 2)
    report = {
        "rouge": against,
        "examples": len(examples),
        "metrics": [metric.name for metric in metrics],
        "seconds": {"one": one, "two_cold": cold, "two_warm": warm},
        "ratio_cold": one / cold,
        "ratio": one / warm,
        "same_figures": str(alone.columns) == str(spread.columns) == str(again.columns),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
