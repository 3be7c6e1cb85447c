from __future__ import annotations

import time

import pytest

from tests.methods.llm.conftest import KEY
from todsum.methods.llm.key import Key
from todsum.methods.llm.words import LONGEST, words_of

NO_KEY = Key(None)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "out of\\n order", "code": 7}}', "out of order"),
        (b'{"error": "no"}', "no"),
        (b'{"message": "no such model"}', "no such model"),
        (b'{"object": "error", "message": "too long"}', "too long"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"detail": [{"loc": ["body"], "msg": "field required"}]}', "field required"),
        (b'[{"error": {"code": 400, "message": "bad key"}}]', "bad key"),
        (b'{"errors": [{"message": "a"}, {"message": "b"}]}', "a"),
        (b'{"error": {"code": "x"}}', '{"error": {"code": "x"}}'),
        (b"plain \x1b[31mtext\x07\xc2\x9b\xe2\x80\xae\xe2\x80\xa8.", "plain [31mtext ."),
        (b"\xff\xfe", ""),
        (b"b\xe4d", "b\ufffdd"),
        (b"", ""),
        (b"<html><head><title>502 Bad Gateway</title><style>a{}</style></head><body><h1>Sorry &amp; bye</h1>"
         b"<script>alert(1)</script></body></html>", "502 Bad Gateway Sorry & bye"),
        (b"<p>", "<p>"),
        (b"  <!doctype html>\n<p>Log in<br>first", "Log in first"),
    ],
)  # fmt: skip
def test_the_words_of_a_body(body: bytes, words: str) -> None:
    assert words_of(body, NO_KEY) == words


@pytest.mark.parametrize("form", ['{"error": {"message": "%s"}}', "<p>%s</p>", "%s"])
def test_they_are_short_and_without_the_key(form: str) -> None:
    found = words_of((form % f"{'x' * 290}{KEY}{'y' * 5000}").encode(), Key("K", KEY))
    assert len(found) <= LONGEST and KEY[:8] not in found


@pytest.mark.parametrize("body", [b"<" * (8 << 20), b"<a " * (1 << 20), b'{"error":' * (1 << 19), b"[" * (8 << 20)])
def test_large_bodies_take_little_time(body: bytes) -> None:
    began = time.process_time()
    assert len(words_of(body, Key("K", KEY))) <= LONGEST
    assert time.process_time() - began < 3
