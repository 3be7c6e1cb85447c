"""An OpenAI-compatible endpoint: several requests at a time, asked again where that may help, answers kept on disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pydantic import JsonValue

from todsum.errors import TodsumError
from todsum.methods.llm.address import OPENAI_URL, URL_VARIABLE, is_users, keeps_secrets
from todsum.methods.llm.answer import Answer
from todsum.methods.llm.answer_cache import AnswerCache
from todsum.methods.llm.completion import Malformed, read_answer
from todsum.methods.llm.key import KEY_VARIABLE, Key
from todsum.methods.llm.marks import parted
from todsum.methods.llm.model import Chat
from todsum.methods.llm.no_answer import answer_of_reply
from todsum.methods.llm.patience import Patience, may_mend, seconds_asked
from todsum.methods.llm.request import Request
from todsum.methods.llm.settings import LlmSettings
from todsum.methods.llm.transport import Http, NoReply, Transport
from todsum.methods.llm.words import words_of

PATH = "/chat/completions"
#: Waves of requests in a batch: in each batch some threads wait for the slowest answer.
WAVES = 8


class Stopped(Exception):
    """Another request has failed: this one is given up."""


@dataclass(frozen=True)
class _Failure:
    """A try that came to nothing: why, whether another may help, and when."""

    reason: str
    final: bool
    asked: float | None = None


class Endpoint:
    """A model at an endpoint.

    Args:
        settings: of the method.
        seed: sent along; servers that can, sample by it.
        cache: where answers are kept.
        key: the user's; sent only if the address is the user's own, too.
        log: called with short lines.
        transport: what sends; by default HTTP.

    Raises:
        TodsumError: the key can't be sent there, or there is none for OpenAI's own.
    """

    def __init__(
        self,
        settings: LlmSettings,
        seed: int,
        cache: AnswerCache,
        key: Key,
        log: Callable[[str], None],
        transport: Transport | None = None,
    ) -> None:
        s = settings
        self.url = f"{s.base_url}{PATH}"
        if not is_users(str(s.base_url)):  # a suite can't choose where a key goes
            key = Key(None)
        self._settings, self._seed, self._cache, self._key, self._log = s, seed, cache, key, log
        if key and not keeps_secrets(self.url):
            raise TodsumError(
                f"{s.base_url}: the key in {key.name} would travel in the open; use https, or set key_env to null"
            )
        if not key and s.base_url == OPENAI_URL:  # before any dialogue is sent there
            raise TodsumError(f"{s.base_url} asks for a key; {self._mend()}, or {URL_VARIABLE} to another address")
        self._transport = transport or Http(self.url, key, s.connect_timeout, s.timeout)
        self._patience = Patience(s.attempts, s.longest_wait)
        self._stop = threading.Event()

    @property
    def facts(self) -> dict[str, Any]:
        """Nothing is known of the model but its name and address, which are settings."""
        return {}

    def plain(self, chat: Chat) -> Chat:
        """The chat without marks of any chat template in use: what the server's marks are is not known."""
        return chat.changed(parted)

    def request(self, chat: Chat) -> Request:
        """What is sent for a chat."""
        s = self._settings
        body: dict[str, JsonValue] = {
            "model": s.model,
            "messages": [dict(message) for message in chat.messages],
            "temperature": s.temperature,
            "max_tokens": s.max_tokens,
            "seed": self._seed,
        }
        body |= s.body
        return Request(chat.id, self.url, {name: value for name, value in body.items() if value is not None})

    def answers(self, chats: Sequence[Chat], asks: Callable[[int], None]) -> list[Answer]:
        """One answer a chat, in their order; equal requests are sent once."""
        requests = [self.request(chat) for chat in chats]
        first: dict[str, int] = {}
        for place, request in enumerate(requests):
            first.setdefault(request.sha256, place)
        self._stop.clear()
        with ThreadPoolExecutor(self._settings.concurrency, "llm") as pool:
            waiting = {
                sha256: pool.submit(self._answer, requests[place], partial(asks, place))
                for sha256, place in first.items()
            }
            try:
                failed = None
                for done, future in enumerate(waiting.values(), start=1):
                    if (error := future.exception()) is not None and not isinstance(error, Stopped):
                        failed = failed or error
                    self._log(f"{self._settings.model}: {done} of {len(waiting)} answers")
                if failed is not None:
                    raise failed
            except BaseException:  # an interrupt as well: whoever waits to try again gives up
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return [waiting[request.sha256].result() for request in requests]

    def _answer(self, request: Request, asks: Callable[[], None]) -> Answer:
        """From the cache, or else from the endpoint. One failure stops the requests that wait."""
        try:
            if kept := self._kept(request):
                return kept
            with self._cache.held(request.sha256, self._pause):
                if kept := self._kept(request):
                    return kept
                asks()
                answer = self._ask(request)
                if answer.lack != "too_long":  # it has cost nothing, and the server may have more room later
                    self._cache.put(request.sha256, answer)
                return answer
        except Exception:
            self._stop.set()
            raise

    def _kept(self, request: Request) -> Answer | None:
        """The answer in the cache. One without a summary is asked for again where it ends the cell."""
        kept = self._cache.get(request.sha256)
        return None if kept and kept.lack and self._settings.on_no_answer == "fail" else kept

    def _ask(self, request: Request) -> Answer:
        attempt = 0
        while True:
            attempt += 1
            self._pause(0)
            answer = self._try(request)
            if isinstance(answer, Answer):
                return answer
            wait = None if answer.final else self._patience.wait(request.sha256, attempt, answer.asked)
            if wait is None:
                tries = "" if answer.final else f" ({_tries(attempt, answer.asked)})"
                raise TodsumError(f"{request.id}: {self.url}: {answer.reason}{tries}")
            self._log(f"{request.id}: {answer.reason}; again in {wait:.1f} s")
            self._pause(wait)

    def _try(self, request: Request) -> Answer | _Failure:
        try:
            reply = self._transport.post(request.content)
            if reply.status == 200:
                return read_answer(reply.body, self._key)
        except NoReply as error:
            return _Failure(str(error), final=False)
        except Malformed as error:
            return _Failure(str(error), error.final)
        if answer := answer_of_reply(reply.status, reply.body, self._key):
            return answer
        asked = seconds_asked(reply.retry_after, datetime.now(UTC))
        return _Failure(self._refusal(reply.status, reply.body), not may_mend(reply.status), asked)

    def _refusal(self, status: int, body: bytes) -> str:
        if status == 401 and self._key:  # nothing of the body: such a message may be about the key
            return f"status {status}: the endpoint does not accept the key in {self._key.name}"
        said = words_of(body, self._key)
        told = f"status {status}{f': {said}' if said else ''}"
        if status in (401, 403) and not self._key:
            asks = "the endpoint asks for a key" if status == 401 else "the endpoint may ask for a key"
            return f"{told}; {asks}; {self._mend()}"
        if 300 <= status < 400:
            return f"status {status}: it redirects, and a key is sent nowhere else; set base_url to where it leads"
        return told

    def _mend(self) -> str:
        """What to do for a key to be sent."""
        s = self._settings
        if not is_users(str(s.base_url)):
            return f"one goes only to the address in {URL_VARIABLE}; set it to {s.base_url}"
        return f"set {KEY_VARIABLE}" if s.key_env else "leave out key_env"

    def _pause(self, seconds: float) -> None:
        """Waits, but no longer than until another request has failed."""
        if self._stop.wait(seconds):
            raise Stopped


def _tries(count: int, asked: float | None) -> str:
    told = f"; it asks to wait {asked:g} s" if asked else ""
    return f"{count} {'try' if count == 1 else 'tries'}{told}"
