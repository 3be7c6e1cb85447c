from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from todsum.errors import TodsumError
from todsum.methods.llm.answer import Answer
from todsum.methods.llm.answer_cache import AnswerCache

NAME = "ab" * 32
ANSWER = Answer(text="A taxi.\u2028 ü", finish_reason="stop", prompt_tokens=3, completion_tokens=2, model="m")


def test_what_was_put_is_there(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "llm")
    assert cache.get(NAME) is None
    cache.put(NAME, ANSWER)
    assert AnswerCache(tmp_path / "llm").get(NAME) == ANSWER
    cache.put("cd" * 32, Answer(text="", refusal="no"))
    assert cache.get("cd" * 32) == Answer(text="", refusal="no"), "a refusal is an answer"
    (tmp_path / "llm" / "cd" / f"{'cd' * 32}.json").unlink()
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{NAME}.json"]


GOOD = {"version": 1, "request": NAME, "answer": ANSWER.model_dump()}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b" " * (9 << 20),
        json.dumps(GOOD | {"request": "cd" * 32}).encode(),
        json.dumps(GOOD | {"version": 2}).encode(),
        json.dumps(GOOD | {"headers": {}}).encode(),
        json.dumps(GOOD | {"answer": {"text": 7}}).encode(),
        json.dumps(GOOD | {"answer": {"text": "x", "prompt_tokens": -1}}).encode(),
    ],
)
def test_a_strangers_file_that_is_not_valid_is_not_there(tmp_path: Path, content: bytes) -> None:
    cache = AnswerCache(tmp_path)
    cache.put(NAME, ANSWER)
    (path,) = tmp_path.rglob("*.json")
    path.write_bytes(content)
    assert cache.get(NAME) is None
    cache.put(NAME, ANSWER)
    assert cache.get(NAME) == ANSWER


def test_a_request_is_asked_by_one(tmp_path: Path) -> None:
    asking, asked = threading.Lock(), []

    def work() -> None:
        cache = AnswerCache(tmp_path)
        with cache.held(NAME, lambda seconds: time.sleep(0.001)):
            if cache.get(NAME) is None:
                asked.append(asking.acquire(blocking=False))
                time.sleep(0.02)
                cache.put(NAME, ANSWER)
                asking.release()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [True], "each of the others finds the answer of the first"
    assert not list(tmp_path.rglob("*.lock"))


def test_who_waits_can_be_stopped(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(seconds: float) -> None:
        raise Stop

    cache = AnswerCache(tmp_path)
    with cache.held(NAME, stop), pytest.raises(Stop), cache.held(NAME, stop):
        pytest.fail("held twice")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "llm").touch()
    cache = AnswerCache(tmp_path / "llm")
    assert cache.get(NAME) is None
    with pytest.raises(TodsumError, match="set TODSUM_CACHE to another folder"):
        cache.put(NAME, ANSWER)
    with pytest.raises(TodsumError, match="can't be written"), cache.held(NAME, time.sleep):
        pass
