"""Does a change that a person sees lower the score, and does a paraphrase leave it alone?

    python benchmarks/consistency/perturb.py --data DIR [--seed 0] [--out benchmarks/consistency/results]

On the gold summaries of TODSum's test split, one seeded edit of each kind a dialogue. Writes results.json and
results.md.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
from collections.abc import Sequence
from pathlib import Path

from edits import CHANGES, PARAPHRASES, Slot

from todsum.data import schema
from todsum.data.state import oracle_line
from todsum.metrics.base import Gold
from todsum.metrics.consistency import Consistency
from todsum.metrics.consistency_official import OfficialConsistency

TIMES = ("time", "leaveAt", "arriveBy")
METRIC, OFFICIAL = Consistency(), OfficialConsistency()


def read(path: Path) -> list[tuple[str, list[str], Gold]]:
    """Id, sentences and gold standard of each dialogue."""
    found = []
    for record in json.loads(path.read_text(encoding="utf-8")):
        state = []
        for domain, parts in record["dst"].items():
            state += [schema.Slot(domain, "book", k, v) for k, v in parts["book"].items()]
            state += [schema.Slot(domain, "inform", k, v) for k, v in parts["semi"].items() if v != "not mentioned"]
        domains = tuple(record["dst"])
        gold = Gold(tuple(record["summary"]), domains, tuple(state), oracle_line(domains, state))
        found.append((record["dialog_id"], record["summary"], gold))
    return found


def f1(sentences: Sequence[str], gold: Gold) -> tuple[float, float]:
    """F1 of both metrics on one summary; the official one's undefined figures as 0."""
    text = " ".join(sentences)
    row = OFFICIAL.score(text, gold)
    official = float(OFFICIAL.combine(row)[OFFICIAL.scores[2]])
    return METRIC.score(text, gold)["consistency_f1"], 0.0 if math.isnan(official) else official


def pools(data: Sequence[tuple[str, list[str], Gold]]) -> dict[str, list[str]]:
    """The values that each slot takes in the data."""
    values: dict[str, set[str]] = {}
    for _, _, gold in data:
        for slot in gold.state or ():
            value = slot.value.strip().lower()
            ordinary = re.fullmatch(r"\d\d:\d\d", value) if slot.slot in TIMES else value.isdigit() or len(value) > 2
            if ordinary and value not in ("dont care", "not given"):
                values.setdefault(f"{slot.domain}-{slot.slot}", set()).add(value)
    return {name: sorted(found) for name, found in values.items()}


def run(
    data: Sequence[tuple[str, list[str], Gold]], seed: int, show: int = 0
) -> dict[str, dict[str, dict[str, float]]]:
    """Per kind: how many edits, and the share of them that lowers (changes) or does not lower (paraphrases) F1."""
    known = pools(data)
    base = {name: f1(sentences, gold) for name, sentences, gold in data}
    results: dict[str, dict[str, dict[str, float]]] = {"changes": {}, "paraphrases": {}}
    for kind, edit in CHANGES.items():
        rng = random.Random(f"{seed} {kind}")
        seen = []
        for name, sentences, gold in data:
            state = [Slot(s.domain, s.slot, s.value) for s in gold.state or () if s.value.strip()]
            if options := list(edit(sentences, state, known, rng)):
                changed = rng.choice(options)
                after = f1(changed, gold)
                seen.append((after[0] < base[name][0], after[1] < base[name][1]))
                if not seen[-1][0] and show:
                    print(f"{kind} | {name} | {' '.join(sentences)} | {' '.join(changed)} | {gold.state_line}")
        results["changes"][kind] = _rates(seen)
    for kind, paraphrase in PARAPHRASES.items():
        seen = []
        for name, sentences, gold in data:
            changed = paraphrase(sentences)
            if changed != sentences:
                after = f1(changed, gold)
                seen.append((after[0] >= base[name][0], after[1] >= base[name][1]))
                if not seen[-1][0] and show:
                    print(f"{kind} | {name} | {' '.join(sentences)} | {' '.join(changed)}")
        results["paraphrases"][kind] = _rates(seen)
    return results


def _rates(seen: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    n = len(seen)
    ours, theirs = (sum(pair[i] for pair in seen) / n if n else math.nan for i in (0, 1))
    return {"n": n, "consistency": ours, "consistency_official": theirs}


def markdown(report: dict[str, object], results: dict[str, dict[str, dict[str, float]]]) -> str:
    """The results as two tables."""
    lines = [f"Test split, {report['n']} gold summaries, seed {report['seed']}. `{report['signature']}`", ""]
    titles = {"changes": "changes that lower F1 (%)", "paraphrases": "paraphrases that do not lower F1 (%)"}
    for part, title in titles.items():
        lines += [f"| {title} | n | consistency | consistency_official |", "|---|---|---|---|"]
        for kind, row in results[part].items():
            figures = [f"{100 * row[name]:.1f}" for name in ("consistency", "consistency_official")]
            lines.append(f"| {kind} | {row['n']} | {figures[0]} | {figures[1]} |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with todsum/ in it, as published")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="where results.json and results.md go")
    parser.add_argument("--show", action="store_true", help="print the edits that the metric gets wrong")
    parser.add_argument("--split", default="test")
    arguments = parser.parse_args()
    data = read(arguments.data / "todsum" / "todsum" / f"{arguments.split}.json")
    results = run(data, arguments.seed, show=arguments.show)
    report: dict[str, object] = {"n": len(data), "seed": arguments.seed, "signature": METRIC.signature()}
    text = markdown(report, results)
    print(text)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "results.json").write_text(
            json.dumps({**report, **results}, indent=1) + "\n", encoding="utf-8"
        )
        (arguments.out / "results.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
