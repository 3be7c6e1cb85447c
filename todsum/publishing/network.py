"""What can go wrong between here and the hub."""

from __future__ import annotations

from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError

#: Errors of connections and replies: the hub's own, and those of the HTTP client that it is made with.
NETWORK_ERRORS: tuple[type[Exception], ...] = (HfHubHTTPError.__bases__[0], OSError)

OFFLINE = "HF_HUB_OFFLINE is set, so that the hub is never asked: unset it"


def is_offline() -> bool:
    """Whether the user has forbidden all traffic with the hub (``HF_HUB_OFFLINE``)."""
    return bool(constants.is_offline_mode())
