"""Small folders laid out as the authors publish theirs, for tests; counts are those of a lock that the test sets."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from todsum.data import builder, lock, mts_dialog, sources


def todsum_record(identity: str = "SNG1.json", **changes: Any) -> dict[str, Any]:
    """A record as TODSum has them, with some fields changed (None removes a field)."""
    record = {
        "dialog_id": identity,
        "text": [f"i need a taxi, says {identity}", "where from ?", "from the cow to ely at 17:15", "done"],
        "dst": {
            "taxi": {
                "book": {},
                "semi": {"leaveAt": "17:15", "destination": "ely", "departure": "the cow", "arriveBy": "not mentioned"},
            }
        },
        "dst_str": {"taxi": ["inform ( leaveAt = 17:15 ; destination = ely ; departure = the cow )"]},
        "summary": ["the user asks for a taxi.", "the taxi leaves at 17:15, from the cow to ely."],
    } | changes
    return {name: value for name, value in record.items() if value is not None}


def write_todsum(root: Path, **splits: list[dict[str, Any]]) -> Path:
    """A TODSum folder with the given splits (train, valid, test)."""
    (root / "todsum" / "todsum").mkdir(parents=True, exist_ok=True)
    for split, records in splits.items():
        (root / "todsum" / "todsum" / f"{split}.json").write_text(json.dumps(records), encoding="utf-8")
    return root


def meeting(**changes: Any) -> dict[str, Any]:
    """A meeting's file as QMSum has them, with some fields changed (None removes a field)."""
    content = {
        "topic_list": [{"topic": "opening", "relevant_text_span": [["0", "1"]]}],
        "general_query_list": [{"query": "Summarize the meeting.", "answer": "They met. They left."}],
        "specific_query_list": [
            {"query": "What about it?", "answer": "It was fine.  ", "relevant_text_span": [["1", "2"]]},
            {"query": "What about it?", "answer": "It was late.", "relevant_text_span": [["3", "3"], ["2", "2"]]},
        ],
        "meeting_transcripts": [
            {"speaker": "Chair", "content": "Hello {vocalsound} all ."},
            {"speaker": "Grad A", "content": "It is fine {disfmarker} really ."},
            {"speaker": "Grad B", "content": ""},
            {"speaker": "Grad A", "content": "But late ."},
        ],
    } | changes
    return {name: value for name, value in content.items() if value is not None}


def write_qmsum(root: Path, meetings: dict[str, dict[str, Any]]) -> Path:
    """A QMSum folder; keys are paths such as ``Academic/test/M1``."""
    for name, content in meetings.items():
        path = root / "qmsum" / "data" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return root


def write_mts(root: Path, **files: list[dict[str, str]]) -> Path:
    """An MTS-Dialog folder; keys are how its ids begin, with ``_`` for ``-``: ``test_1``. Other files have a header."""
    (root / "mts-dialog" / "Main-Dataset").mkdir(parents=True, exist_ok=True)
    for begin, name in [pair for names in mts_dialog.FILES.values() for pair in names.items()]:
        with (root / "mts-dialog" / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, mts_dialog.COLUMNS)
            writer.writeheader()
            writer.writerows(files.get(begin.replace("-", "_"), []))
    return root


def relock(monkeypatch: Any, name: str, **counts: int) -> None:
    """Makes the lock file say other counts, as if the pinned revision were the test's folder."""
    real: Callable[[str], lock.Lock] = lock.read_lock
    changed = real(name).model_copy(update={"counts": {"train": 0, "validation": 0, "test": 0} | counts})
    for module in (builder, sources, lock):
        monkeypatch.setattr(module, "read_lock", lambda asked: changed if asked == name else real(asked))
