"""Finds pretrained checkpoints, and downloads them if need be.

Imports nothing that could load one: a plan pins backbones and must not wait for torch. ``todsum.modeling`` loads them.
"""

from __future__ import annotations

import re
from pathlib import Path

from todsum.checkpoints import smollm
from todsum.errors import TodsumError
from todsum.files.plain import path_of

MINI = "todsum-mini"
"""The name of the small backbone that lies in this package, made by ``todsum-bench pretrain``."""
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
HUB_FILES = ["*.json", "*.safetensors", "*.model", "tokenizer.model.*", "*.spm", "*.tiktoken", "*.txt", "*.jinja"]
HUB_TIMEOUT = 5.0
"""Seconds to wait for the hub's answer. Asking once keeps a machine without network from retrying for minutes."""


def find(backbone: str, revision: str | None = None) -> Path:
    """The folder of a backbone: a folder, ``todsum-mini``, ``smollm2-135m``, or a hub id.

    A hub id is downloaded, or taken from the local cache where there is no network.
    """
    if backbone in (MINI, smollm.NAME):
        if revision is not None:
            raise TodsumError(f"backbone {backbone}: comes with the package and has no revision; leave revision out")
        return Path(__file__).parents[1] / "modeling" / "mini" if backbone == MINI else smollm.find()
    path = path_of(backbone)
    if path.is_dir():
        if revision is not None:
            raise TodsumError(f"backbone {backbone}: a folder has no revision; leave revision out")
        return path
    if path.exists():
        raise TodsumError(f"backbone {backbone}: is a file; pass the folder with config.json and *.safetensors")
    if not HUB_ID.fullmatch(backbone) or backbone.startswith("."):
        raise TodsumError(f"backbone {backbone}: no such folder; pass one with config.json and *.safetensors")
    return _from_hub(backbone, revision)


def _from_hub(name: str, revision: str | None) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    mend = "pass a folder with config.json, *.safetensors and a tokenizer"
    try:
        info = HfApi().model_info(name, revision=revision, timeout=HUB_TIMEOUT)
    except HfHubHTTPError as error:
        reason = str(error).splitlines()[0]
        raise TodsumError(f"backbone {name!r} is no folder here, and the hub says: {reason}; {mend}") from error
    except Exception as error:  # the HTTP client's own errors: no network, offline mode, a timeout
        try:
            return Path(snapshot_download(name, revision=revision, local_files_only=True, allow_patterns=HUB_FILES))
        except (OSError, ValueError):  # not in the cache, or no possible hub id
            raise TodsumError(
                f"backbone {name!r} is no folder here, is not in the hub's local cache, "
                f"and the hub can't be reached ({type(error).__name__}); {mend}"
            ) from error
    if not any(file.rfilename.endswith(".safetensors") for file in info.siblings or ()):
        raise TodsumError(f"backbone {name!r}: no *.safetensors at revision {info.sha}; pickled weights are never read")
    return Path(snapshot_download(name, revision=info.sha, allow_patterns=HUB_FILES))
