"""The hub: what can go wrong between here and it, and publishing a folder in one commit or not at all.

Data sets and models alike.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from huggingface_hub import constants
from huggingface_hub.errors import HfHubHTTPError

from todsum.errors import TodsumError

#: Errors of connections and replies: the hub's own, and those of the HTTP client that it is made with.
NETWORK_ERRORS: tuple[type[Exception], ...] = (HfHubHTTPError.__bases__[0], OSError)

OFFLINE = "HF_HUB_OFFLINE is set, so that the hub is never asked: unset it"

#: Seconds before each further try after a broken connection.
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)

Answer = TypeVar("Answer")

MAIN = "main"
#: How a push ends that fails: some of the hub's errors come wrapped.
PUSH_ERRORS: tuple[type[Exception], ...] = (*NETWORK_ERRORS, RuntimeError, ValueError)

#: What a repository is to the hub.
Kind = Literal["dataset", "model"]
_VERB = {"dataset": "data push", "model": "models push"}
_PAGES = {"dataset": "datasets/", "model": ""}


@dataclass(frozen=True)
class Target:
    """Where a folder is published.

    Attributes:
        kind: of the repository.
        repository: ``org/name``.
        private: whether only its owners may read it.
        revision: the branch, made where it is not there.
    """

    kind: Kind
    repository: str
    private: bool = False
    revision: str = MAIN

    @property
    def url(self) -> str:
        """The page of the repository."""
        return f"{endpoint()}/{_PAGES[self.kind]}{self.repository}"


@dataclass(frozen=True)
class There:
    """What a branch holds before the commit.

    Attributes:
        names: of its files.
        read: the content of one.
    """

    names: tuple[str, ...]
    read: Callable[[str], bytes]


#: Which files of a branch an earlier push wrote: the commit removes those of them that are no longer in the folder.
Written = Callable[[There], Collection[str]]


def endpoint() -> str:
    """The hub: ``$HF_ENDPOINT``, or the public one."""
    return os.environ.get("HF_ENDPOINT", constants.ENDPOINT).rstrip("/")


def push(
    folder: Path,
    files: Sequence[Path],
    target: Target,
    written: Written,
    waits: Sequence[float] = WAITS,
    log: Callable[[str], None] = lambda line: None,
) -> str:
    """Publishes files in one commit; those of an earlier push that are no longer there are removed by it.

    The token is the one of ``HF_TOKEN`` or of the hub's login. Tries again where the connection breaks or the hub is
    busy: all of it is sent before the commit, so that nothing is published by half.

    Args:
        folder: what the names in the repository start from.
        files: what is published.
        target: where.
        written: tells which files there are from an earlier push.
        waits: seconds before each further try.
        log: is told of every try that failed.

    Returns:
        the URL of the commit.

    Raises:
        TodsumError: nothing was published, and why.
    """
    from huggingface_hub import HfApi, get_token

    if is_offline():
        raise TodsumError(f"{target.repository}: nothing was published: {OFFLINE}")
    token = get_token()
    if token is None:
        raise TodsumError(f"{target.repository}: no token of the hub: set HF_TOKEN, or log in with `hf auth login`")
    api = HfApi(endpoint=endpoint(), token=token)

    def attempt() -> str:
        return _publish(api, folder, files, target, written)

    try:
        return retrying(attempt, waits, log)
    except TodsumError:
        raise
    except PUSH_ERRORS as error:
        reason = str(error.__cause__ or error).replace(token, "***")
        raise TodsumError(f"{target.repository}: nothing was published: {reason}") from None


def _publish(api: Any, folder: Path, files: Sequence[Path], target: Target, written: Written) -> str:
    """One try, from the beginning: what an earlier one has done already is seen, and not done again."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    where = {"repo_id": target.repository, "repo_type": target.kind}
    api.create_repo(**where, private=target.private, exist_ok=True)
    if target.revision != MAIN:
        api.create_branch(**where, branch=target.revision, exist_ok=True)
    info = api.repo_info(**where, revision=target.revision)
    if target.private and info.private is False:
        raise TodsumError(f"{target.repository}: it is public already: nothing was published; choose another name")

    def read(name: str) -> bytes:
        return Path(api.hf_hub_download(**where, filename=name, revision=info.sha)).read_bytes()

    names = {file.relative_to(folder).as_posix(): file for file in files}
    old = tuple(sibling.rfilename for sibling in info.siblings or ())
    gone = set(old) & set(written(There(old, read))) - names.keys()
    operations = [
        *(CommitOperationDelete(name) for name in sorted(gone)),
        *(CommitOperationAdd(name, file) for name, file in names.items()),
    ]
    commit = api.create_commit(
        **where,
        operations=operations,
        commit_message=f"Upload from todsum-bench {_VERB[target.kind]}",
        revision=target.revision,
        parent_commit=info.sha,
    )
    return str(commit.commit_url)


def is_offline() -> bool:
    """Whether the user has forbidden all traffic with the hub (``HF_HUB_OFFLINE``)."""
    return bool(constants.is_offline_mode())


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
