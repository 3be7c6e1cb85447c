"""Does the consistency metric decide as a reader does? Its verdicts beside hand-made ones on real outputs.

    python benchmarks/consistency/judged.py --data DIR [--set judged_later] [--out FOLDER] [--show]

``judged.jsonl`` has as many summaries from the references as from each of four kinds of systems, and
``judged_later.jsonl`` further ones that were judged when the metric was done. Each has a reader's verdict on every slot
of the state: ``right``, ``wrong`` with the value that the text gives, ``missing``, or ``unclear`` where people would
disagree; and the values that the text claims of no slot. The states are read from the data. Precision of a verdict is
the share of the metric's verdicts of this kind that the reader shares; unclear slots are left out.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from todsum.data.builder import build
from todsum.data.schema import from_rows
from todsum.metrics.base import Gold, golds_of
from todsum.metrics.consistency import Consistency, mark
from todsum.metrics.consistency.slots import canonical, family

HERE = Path(__file__).parent
SETS = ("judged", "judged_later")
KINDS = ("gold", "in-domain", "state-aware", "dop", "frozen")
VERDICTS = ("right", "wrong", "invented", "missing")


def read_golds(data: Path) -> dict[str, Gold]:
    """The gold standard of each test dialogue, by id."""
    examples = from_rows(build("todsum", data, "full", ("test",)).splits["test"])
    return dict(zip((example.id for example in examples), golds_of(examples), strict=True))


def read_judged(name: str = "judged") -> list[dict[str, Any]]:
    """The judged outputs of a set, a dictionary each."""
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def compared(item: Mapping[str, Any], gold: Gold) -> Iterator[tuple[str, str, bool]]:
    """The metric's verdicts on an output: verdict, what it is about, and whether the reader shares it."""
    found = mark(item["summary"], gold)
    slots: Mapping[str, list[str]] = item["slots"]
    for statement in (statement for marked in found.marks for statement in marked.statements):
        place = f"{statement.domain}.{statement.intent}.{statement.slot}"
        what = f"{place} = {statement.value}"
        if statement.kind == "invented":
            yield "invented", what, _is_invented(statement.domain, statement.slot, statement.value, item)
        elif slots[place][0] != "unclear":
            yield statement.kind, what, slots[place][0] == statement.kind
    for slot in found.missing:
        place = f"{slot.domain}.{slot.intent}.{slot.slot}"
        if slots[place][0] != "unclear":
            yield "missing", place, slots[place][0] == "missing"


def _is_invented(domain: str, slot: str, value: str, item: Mapping[str, Any]) -> bool:
    """Whether the reader calls this value invented, or one of the wrong values of this slot."""
    claims = [(own, name, text) for own, name, text in item["invented"]]
    for place, (verdict, *texts) in item["slots"].items():
        own, _, name = place.split(".")
        claims += [(own, name, text) for text in texts if verdict == "wrong"]
    return any(_same(domain, slot, value, *claim) for claim in claims)


def _same(domain: str, slot: str, value: str, own: str, name: str, text: str) -> bool:
    mine, theirs = family(slot, value, domain), family(name, text, own or domain)
    return own in ("", domain) and mine == theirs and canonical(mine, value) == canonical(theirs, text)


def precision(rows: Iterable[tuple[str, str, bool]]) -> dict[str, tuple[int, int]]:
    """Shared verdicts, and all verdicts of each kind."""
    shared: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for verdict, _, agrees in rows:
        every[verdict] += 1
        shared[verdict] += agrees
    return {verdict: (shared[verdict], every[verdict]) for verdict in VERDICTS}


def measure(judged: Iterable[Mapping[str, Any]], golds: Mapping[str, Gold]) -> dict[str, dict[str, tuple[int, int]]]:
    """Precision of each verdict by kind of output, and over all of them."""
    rows: dict[str, list[tuple[str, str, bool]]] = {kind: [] for kind in KINDS}
    for item in judged:
        rows[item["kind"]] += compared(item, golds[item["id"]])
    found = {kind: precision(own) for kind, own in rows.items()}
    found["frozen and dop"] = precision(rows["frozen"] + rows["dop"])
    found["all"] = precision(row for own in rows.values() for row in own)
    return found


def markdown(found: Mapping[str, Mapping[str, tuple[int, int]]], signature: str) -> str:
    """The figures as a table."""
    lines = [f"Precision of the metric's verdicts by those of readers, %. `{signature}`", ""]
    lines += [f"| outputs | {' | '.join(VERDICTS)} |", "|---|" + "---:|" * len(VERDICTS)]
    for kind, row in found.items():
        texts = (f"{100 * shared / every:.1f} ({shared}/{every})" if every else "–" for shared, every in row.values())
        lines.append(f"| {kind} | {' | '.join(texts)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with todsum/ in it, as published")
    parser.add_argument("--out", type=Path, help="where the set's .json and .md go")
    parser.add_argument("--set", dest="name", choices=SETS, default="judged", help="which outputs")
    parser.add_argument("--show", action="store_true", help="print the verdicts that the reader does not share")
    arguments = parser.parse_args()
    golds, judged = read_golds(arguments.data), read_judged(arguments.name)
    if arguments.show:
        for item in judged:
            for verdict, what, agrees in compared(item, golds[item["id"]]):
                if not agrees:
                    print(
                        item["number"],
                        item["kind"],
                        verdict,
                        what,
                        "|",
                        item["summary"].replace("\n", " "),
                        "|",
                        item["slots"],
                        item["invented"],
                    )
    found, signature = measure(judged, golds), Consistency().signature()
    text = markdown(found, signature)
    print(text)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        content = {kind: {v: list(pair) for v, pair in row.items()} for kind, row in found.items()}
        (arguments.out / f"{arguments.name}.json").write_text(
            json.dumps({"n": len(judged), "signature": signature, "precision": content}, indent=1) + "\n",
            encoding="utf-8",
        )
        (arguments.out / f"{arguments.name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
