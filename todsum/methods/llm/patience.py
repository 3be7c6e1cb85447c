"""When to ask again, and after how long."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Statuses that another try may mend, beside those from 500.
RETRIED = frozenset({408, 409, 425, 429})
FIRST_WAIT = 1.0


@dataclass(frozen=True)
class Patience:
    """How often to try, and how long to wait in between.

    Attributes:
        attempts: tries in all.
        longest_wait: seconds between two tries at most.
    """

    attempts: int
    longest_wait: float

    def wait(self, request: str, attempt: int, asked: float | None) -> float | None:
        """Seconds to wait after a failed try: 1, 2, 4 … less up to half of it, or what the server asks for.

        Args:
            request: checksum of the request, which seeds the part that is random.
            attempt: number of the try, from 1.
            asked: seconds that the server asked for, if it did.

        Returns:
            None where there is no other try, or not that soon.
        """
        if attempt >= self.attempts or (asked is not None and asked > self.longest_wait):
            return None
        jitter: float = random.Random(f"{request}/{attempt}").uniform(0.5, 1.0)
        usual = min(self.longest_wait, FIRST_WAIT * 2.0 ** min(attempt - 1, 30)) * jitter
        return max(usual, asked or 0.0)


def may_mend(status: int) -> bool:
    """Whether the same request may succeed later."""
    return status in RETRIED or status >= 500


def seconds_asked(retry_after: str | None, now: datetime) -> float | None:
    """What a ``Retry-After`` asks for: a number of seconds, or a date (RFC 9110, 10.2.3); None if it is neither."""
    text = (retry_after or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())
