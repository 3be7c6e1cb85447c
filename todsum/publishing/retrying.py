"""Trying again where a connection breaks or the hub is busy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from todsum.publishing.network import NETWORK_ERRORS

#: Seconds before each further try after a broken connection.
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)

Answer = TypeVar("Answer")


def retrying(call: Callable[[], Answer], waits: Sequence[float], log: Callable[[str], None]) -> Answer:
    """What a call returns, made again after errors that may be gone the next time.

    Args:
        call: what is done; from its beginning each time.
        waits: seconds before each further try.
        log: is told of every try that failed, but the last.
    """
    for number, wait in enumerate(waits, 1):
        try:
            return call()
        except Exception as error:
            if not any(map(_passes, _causes(error))):
                raise
            log(f"try {number} of {len(waits) + 1} failed ({type(error).__name__}); again in {wait:g} s")
            time.sleep(wait)
    return call()


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _passes(error: BaseException) -> bool:
    """Whether an error may be gone the next time: a broken connection, a busy hub."""
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if status is not None:
        return bool(status == 429 or status >= 500)
    if isinstance(error, OSError):
        return isinstance(error, ConnectionError | TimeoutError)
    return isinstance(error, NETWORK_ERRORS)
