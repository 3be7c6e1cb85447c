from __future__ import annotations

from datetime import UTC, datetime

import pytest

from todsum.methods.llm import patience
from todsum.methods.llm.patience import Patience, may_mend, seconds_asked

NOW = datetime(2024, 5, 1, 12, 0, 0, tzinfo=UTC)


def test_waits_grow_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_WAIT", 1.0)
    patient = Patience(attempts=10, longest_wait=60)
    waits = [patient.wait("r", attempt, None) for attempt in range(1, 11)]
    assert waits[-1] is None
    for attempt, wait in enumerate(waits[:-1]):
        assert wait is not None and min(60, 2**attempt) / 2 <= wait <= min(60, 2**attempt)
    assert waits == [patient.wait("r", attempt, None) for attempt in range(1, 11)], "the same again"
    assert waits != [patient.wait("s", attempt, None) for attempt in range(1, 11)], "others wait otherwise"


def test_what_a_server_asks_for_is_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_WAIT", 1.0)
    patient = Patience(attempts=3, longest_wait=60)
    assert patient.wait("r", 1, 30.0) == 30.0
    assert patient.wait("r", 1, 0.0) == patient.wait("r", 1, None)
    assert patient.wait("r", 1, 61.0) is None, "not that long"
    assert patient.wait("r", 3, 1.0) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        (" 0 ", 0.0),
        ("1.5", 1.5),
        ("Wed, 01 May 2024 12:00:30 GMT", 30.0),
        ("Wed, 01 May 2024 12:00:30 -0000", 30.0),
        ("Wed, 01 May 2024 14:00:30 +0200", 30.0),
        ("Wed, 01 May 2024 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("9" * 400, None),
        ("٣", None),
        ("Wed, 01 May 99999 12:00:30 GMT", None),
    ],
)
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert seconds_asked(text, NOW) == seconds


def test_which_failures_may_mend() -> None:
    assert all(map(may_mend, (408, 409, 425, 429, 500, 502, 503, 504, 529)))
    assert not any(map(may_mend, (201, 301, 307, 400, 401, 403, 404, 413, 422)))
