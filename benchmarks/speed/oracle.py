"""How much faster the R-L oracle is than scoring each candidate with rouge-score, with the same picks.

Run as ``python benchmarks/speed/oracle.py --data DIR [--dialogues N]``; prints one JSON object. Both run here, one
after the other, in one process. ``naive_cached`` is the slow search with the suite's cached tokens, to show
how much of the gain is the search itself.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

from rouge_score.rouge_scorer import RougeScorer

from todsum.methods.oracle import Oracle, OracleSettings
from todsum.metrics import rouge

Pair = tuple[list[str], str]
AT_MOST = 5


class CachedTokenizer:
    def tokenize(self, text: str) -> list[str]:
        return rouge.tokens(text)


def naive(units: list[str], reference: str, scorer: RougeScorer) -> list[int]:
    chosen: list[int] = []
    score = 0.0
    while len(chosen) < AT_MOST:
        best, pick = score, None
        for unit in range(len(units)):
            if unit in chosen:
                continue
            candidate = "\n".join(units[index] for index in sorted([*chosen, unit]))
            value = scorer.score(reference, candidate)["rougeL"].fmeasure
            if value > best:
                best, pick = value, unit
        if pick is None:
            break
        chosen.append(pick)
        score = best
    return chosen


def timed(choose: Callable[[list[str], str], list[int]], pairs: list[Pair]) -> tuple[float, list[list[int]]]:
    start = time.perf_counter()
    picks = [choose(units, reference) for units, reference in pairs]
    return time.perf_counter() - start, picks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with todsum/ in it")
    parser.add_argument("--dialogues", type=int, help="only the first so many test dialogues")
    options = parser.parse_args()
    records = json.loads((options.data / "todsum" / "todsum" / "test.json").read_text(encoding="utf-8"))
    pairs = [
        ([" ".join(text.split()) for text in record["text"]], "\n".join(record["summary"]))
        for record in records[: options.dialogues]
    ]
    plain = RougeScorer(["rougeL"], use_stemmer=True)
    cached = RougeScorer(["rougeL"], tokenizer=CachedTokenizer())
    oracle = Oracle(OracleSettings(objective="rl", max_units=AT_MOST))
    oracle.choose(["import"], "what is imported late")
    fast_seconds, fast = timed(oracle.choose, pairs)
    naive_seconds, slow = timed(lambda units, reference: naive(units, reference, plain), pairs)
    cached_seconds, slow_cached = timed(lambda units, reference: naive(units, reference, cached), pairs)
    report = {
        "dialogues": len(pairs),
        "seconds": {"suite": fast_seconds, "naive": naive_seconds, "naive_cached": cached_seconds},
        "ratio": naive_seconds / fast_seconds,
        "ratio_to_naive_cached": cached_seconds / fast_seconds,
        "same_picks": fast == slow == slow_cached,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
