"""A board and test sets that are made up, in which every text goes through one function: plain, or hostile."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from todsum.bench.result import Reads
from todsum.data.schema import Example, Slot, Turn
from todsum.report.significance import Win
from todsum.report.site.content import (
    Board,
    EntryData,
    FigureData,
    MarkData,
    Output,
    RowData,
    RunData,
    SlotCount,
    SystemData,
    TableData,
    TestSet,
)

Wording = Callable[[str], str]
DOMAINS = ["hotel", "taxi", "train"]
SCORES = ["rouge1", "rouge2", "rougeLsum", "consistency_f1"]
ATTACK = '</script><script>window.__pwned=1</script><img src=x onerror="window.__pwned=1">\'&lt;$x^$\u2028{{ 7*7 }}'
#: The same without what a name may not hold.
NAME_ATTACK = "<img src=x onerror=window.__pwned=1>\"'&lt;$x^$"


def plain(text: str) -> str:
    return text


def hostile(text: str) -> str:
    return f"{text}{ATTACK}"


def _name(text: str, wording: Wording) -> str:
    return text if wording is plain else f"{text}{NAME_ATTACK}"


def entry(seed: int, n: int, wording: Wording = plain, state: str = "finished") -> EntryData:
    draw = random.Random(seed)
    if state != "finished":
        return EntryData(n=0, seeds=[], missing=[0, 1], state=state, reasons=[wording("out of memory")])
    scores = {}
    for place, name in enumerate(SCORES):
        mean = draw.uniform(5, 95)
        win: Win | None = None if place else "method" if seed % 7 == 3 else "model" if seed % 7 == 6 else None
        scores[name] = FigureData(mean=mean, sd=draw.uniform(0.1, 2), low=mean - 2, high=mean + 2, win=win)
    return EntryData(n=n, seeds=[0, 1, 2], scores=scores)


def row(number: int, wording: Wording = plain, source: str | None = None) -> RowData:
    columns = [*DOMAINS, "average"]
    entries = {
        wording(c): entry(number * 31 + place, 100 + place, wording)
        for place, c in enumerate(columns)
        if c != source or number % 2
    }
    if number == 3:
        entries[wording("taxi")] = entry(0, 0, wording, "failed")
        entries[wording("average")] = entry(0, 0, wording, "missing")
    return RowData(
        system=f"system-{number}",
        name=wording(f"system {number}"),
        backbone=None if number == 0 else wording("tiny" if number % 2 else "small"),
        source=source and wording(source),
        reads=Reads(state=number == 1, reference=number == 2, unlabelled=number == 4),
        entries=entries,
        covered=2 if number == 3 else 3,
        wanted=3,
    )


def table(
    setting: str = "zero-shot",
    protocol: str = "full",
    dataset: str = "todsum",
    wording: Wording = plain,
    systems: int = 6,
) -> TableData:
    sources: Sequence[str | None] = DOMAINS if setting == "transfer" else [None]
    return TableData(
        dataset=wording(dataset),
        protocol=protocol if protocol in {"low-resource", "simulated"} else wording(protocol),
        setting="transfer" if setting == "transfer" else wording(setting),
        options={wording("k"): 10, "note": wording("an option")},
        input={"view": wording("dialogue")},
        heading=wording(f"{dataset} · {setting} · protocol {protocol}"),
        facts=[wording("Test examples: 100.")],
        verdicts=[wording("Without gold states, system 0 leads."), wording("With gold states, system 1 leads.")],
        notes=[wording("Scores × 100."), wording("Too few training examples of train.")],
        signatures=[wording("rouge|v:0.1.2")],
        columns=[wording(column) for column in [*DOMAINS, "average"]],
        headline=wording("average"),
        scores=SCORES if wording is plain else [*SCORES, wording("a score")],
        rows=[row(number, wording, source) for number in range(systems) for source in sources],
    )


def system(number: int, wording: Wording = plain) -> SystemData:
    return SystemData(
        slug=f"system-{number}",
        name=_name(f"system {number}", wording),
        description=wording("What it does."),
        authors=wording("A. Author"),
        url=f"https://example.org/{number}" if wording is plain else wording("javascript:window.__pwned=1//"),
        method=wording("finetune"),
        backbone=wording("tiny"),
        parameters=4_000_000,
        trainable=[0, None, 12_000, 4_000_000][number % 4],
        reads=Reads(state=number == 1, reference=False, unlabelled=False),
        training_data=wording("the training split"),
        runs=[
            RunData(
                dataset=wording("todsum"),
                protocol=wording("full"),
                setting=wording("zero-shot"),
                settings={wording("epochs"): 3, "nested": {wording("deep"): [wording("list"), None, True]}},
                seeds=[0, 1],
                signatures={wording("rouge"): wording("rouge|v:0.1.2")},
                provenance={wording("commit"): wording("abc"), "packages": {wording("torch"): wording("2.13")}},
                notes=[wording("A note of the run.")],
            )
        ],
        slots=[
            SlotCount(
                dataset=wording("todsum"),
                protocol=wording("full"),
                setting=wording("zero-shot"),
                domain=wording("hotel"),
                slot=wording(f"slot {place}"),
                right=place * 7 % 10,
                wrong=place * 3 % 5,
                missing=place,
                invented=place % 2,
            )
            for place in range(5)
        ],
    )


def board(wording: Wording = plain, systems: int = 6) -> Board:
    tables = [
        table("zero-shot", wording=wording, systems=systems),
        table("in-domain", "low-resource", wording=wording, systems=systems),
        table("in-domain", "simulated", "todsum-sim", wording, systems),
        table("transfer", wording=wording, systems=3),
    ]
    out = [system(number, wording) for number in range(systems)]
    for status in ("rejected", "dropped"):
        made = SystemData(slug=f"was-{status}", name=_name(f"was {status}", wording), method=wording("submission"))
        reason = wording("repeats the references").replace("\u2028", "")
        out.append(made.model_copy(update={"status": status, "reason": reason}))
    return Board(tables=tables, systems=out)


def example(number: int, wording: Wording = plain, turns: int = 6) -> Example:
    area = ["north", "south", "centre"][number % 3]
    spoken = [
        Turn(wording("user" if t % 2 == 0 else "agent"), wording(f"turn {t} of dialogue {number}"))
        for t in range(turns)
    ]
    return Example(
        id=wording(f"d{number}"),
        dataset=wording("todsum"),
        group=wording(f"d{number}"),
        domains=(wording(DOMAINS[number % 3]),),
        turns=(*spoken, Turn(wording("user"), wording(f"an unusual word{number}word"))),
        query=wording("What was said?") if number % 2 else None,
        evidence=(1, 2) if number % 2 else (),
        state=(Slot(wording("hotel"), "inform", wording("area"), wording(area)),),
        summary=(wording(f"the user wants a hotel in the {area}."), wording("thanks.")),
    )


def output(number: int, examples: Sequence[Example], wording: Wording = plain, system: str | None = None) -> Output:
    draw = random.Random(number)
    summaries, marks, missing = [], [], []
    for place, one in enumerate(examples):
        text = f"\N{HOTEL} a hotel in the north and the south, system {number}. {wording(one.id)}"
        summaries.append(text)
        north, south = text.index("north"), text.index("south")
        marks.append(
            [
                MarkData(north, north + 5, "right", wording("hotel · area")),
                MarkData(south, south + 5, ["wrong", "invented"][place % 2], wording("hotel · area: south, not north")),
            ]
        )
        missing.append([wording("hotel · stars: 4")] if place % 2 else [])
    figures = {name: [None if draw.random() < 0.05 else draw.random() for _ in examples] for name in SCORES}
    return Output(
        system=system or f"system-{number}",
        name=wording(f"system {number}"),
        seed=0,
        summaries=summaries,
        figures=figures,
        marks=marks,
        missing=missing,
    )


def one_set(
    slug: str = "all",
    n: int = 30,
    systems: int = 4,
    wording: Wording = plain,
    examples: Sequence[Example] | None = None,
    readable: bool = True,
) -> TestSet:
    examples = examples or [example(number, wording) for number in range(n)]
    return TestSet(
        slug=slug,
        title=wording(f"test set {slug}"),
        ids=[one.id for one in examples],
        domains=[list(one.domains) for one in examples],
        examples=examples if readable else None,
        why=None if readable else wording("There is no data folder."),
        outputs=[output(number, examples, wording) for number in range(systems)],
    )


def sets(wording: Wording = plain) -> list[TestSet]:
    whole = [example(number, wording) for number in range(30)]
    taxi = [one for one in whole if one.domains[0].startswith("taxi")]
    closed = one_set("closed", wording=wording, examples=whole, readable=False)
    silent = Output(
        "system-1", wording("system 1"), 0, [None] * 30, {}, [[]] * 30, [[]] * 30, wording("Summaries were not kept.")
    )
    closed = replace(closed, outputs=[*closed.outputs, silent])
    return [
        one_set("all", wording=wording, examples=whole),
        one_set("taxi", wording=wording, examples=taxi),
        closed,
    ]
