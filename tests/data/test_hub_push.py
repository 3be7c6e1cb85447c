from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.toy import toy_data
from tests.data.hub_stub import TOKEN, Hub, content, hub, push
from todsum.data.hub.configs import hub_data
from todsum.data.hub.export import export

RIGHTS = "--i-have-the-rights"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TODSUM_CACHE", str(root / "cache"))
        export(hub_data("todsum", toy_data(root / "data"), "full"), root / "out")
    return root / "out"


@pytest.fixture
def stub() -> Iterator[Hub]:
    with hub() as running:
        yield running


def published(stub: Hub, branch: str = "main") -> dict[str, bytes]:
    repository = stub.repositories["me/toy"]
    files = dict(repository.commits[repository.branches[branch]])
    files.pop(".gitattributes")
    return files


def test_a_folder_is_published_in_one_commit(stub: Hub, built: Path, tmp_path: Path) -> None:
    code, out, err = push(stub, "data", built, tmp_path, RIGHTS, "--private")
    assert code == 0, err
    repository = stub.repositories["me/toy"]
    assert published(stub) == content(built)
    assert len(repository.commits) == 2 and repository.private
    assert out.splitlines()[-1] == f"{stub.url}/datasets/me/toy/commit/{repository.branches['main']}"
    assert f"Bearer {TOKEN}" in stub.tokens
    assert any(asked.startswith("PUT /objects/") for asked in stub.asked), "Parquet goes as LFS"


def test_what_is_not_there_any_more_is_removed_by_the_same_commit(stub: Hub, built: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.mkdir()
    for name in ("data/taxi/train-00007-of-00008.parquet", "notes.md"):
        (older / name).parent.mkdir(parents=True, exist_ok=True)
        (older / name).write_bytes(b"old")
    stub.add("me/toy", older)
    stub.repositories["me/toy"].commits[stub.repositories["me/toy"].branches["main"]][".gitattributes"] = b""
    assert push(stub, "data", built, tmp_path, RIGHTS)[0] == 0
    assert published(stub) == content(built) | {"notes.md": b"old"}, "what is not ours stays"
    assert len(stub.repositories["me/toy"].commits) == 2
    assert push(stub, "data", built, tmp_path, RIGHTS)[0] == 0
    assert len(stub.repositories["me/toy"].commits) == 2, "nothing has changed: no commit"


def test_a_revision_is_a_branch(stub: Hub, built: Path, tmp_path: Path) -> None:
    assert push(stub, "data", built, tmp_path, RIGHTS, "--revision", "v2")[0] == 0
    assert published(stub, "v2") == content(built)
    assert published(stub) == {}


@pytest.mark.parametrize("place", ["POST /api/repos/create", "GET /revision/", "POST /validate-yaml", "POST /commit/"])
def test_a_connection_that_breaks_once_is_tried_again(place: str, stub: Hub, built: Path, tmp_path: Path) -> None:
    stub.broken[place] = 1
    code, _, err = push(stub, "data", built, tmp_path, RIGHTS)
    assert code == 0 and "try 1 of 3 failed" in err, err
    assert published(stub) == content(built) and len(stub.repositories["me/toy"].commits) == 2


def test_a_busy_hub_is_tried_again(stub: Hub, built: Path, tmp_path: Path) -> None:
    stub.busy["POST /commit/"] = 2
    assert push(stub, "data", built, tmp_path, RIGHTS)[0] == 0
    assert published(stub) == content(built)


def test_a_commit_whose_answer_is_lost_is_not_made_twice(stub: Hub, built: Path, tmp_path: Path) -> None:
    stub.lost["POST /commit/"] = 1
    code, out, err = push(stub, "data", built, tmp_path, RIGHTS)
    assert code == 0, err
    repository = stub.repositories["me/toy"]
    assert len(repository.commits) == 2 and published(stub) == content(built)
    assert out.splitlines()[-1].endswith(repository.branches["main"])


def test_a_connection_that_keeps_breaking_publishes_nothing(stub: Hub, built: Path, tmp_path: Path) -> None:
    stub.broken["POST /commit/"] = 99
    code, _, err = push(stub, "data", built, tmp_path, RIGHTS)
    assert code == 2 and "me/toy: nothing was published" in err and "Traceback" not in err, err
    assert published(stub) == {}, "no half of it"
    stub.broken.clear()
    assert push(stub, "data", built, tmp_path, RIGHTS)[0] == 0
    assert published(stub) == content(built)


def test_what_is_public_does_not_take_private_data(stub: Hub, built: Path, tmp_path: Path) -> None:
    stub.add("me/toy", tmp_path / "none")
    code, _, err = push(stub, "data", built, tmp_path, RIGHTS, "--private")
    assert code == 2 and "it is public already" in err
    assert list(stub.repositories["me/toy"].commits.values()) == [{}]


def test_a_dry_run_talks_to_nobody(stub: Hub, built: Path, tmp_path: Path) -> None:
    code, out, err = push(stub, "data", built, tmp_path, "--dry-run", "--private")
    assert code == 0 and stub.asked == []
    assert {line.split()[1] for line in out.splitlines()} == set(content(built))
    assert f"{(built / 'README.md').stat().st_size:,}" in out
    assert f"to {stub.url}/datasets/me/toy, branch main, private" in err and "nothing was sent" in err


def test_what_may_not_be_published(stub: Hub, built: Path, tmp_path: Path) -> None:
    code, _, err = push(stub, "data", built, tmp_path)
    assert code == 2 and "no licence is stated" in err and RIGHTS in err
    code, _, err = push(stub, "data", built, tmp_path, RIGHTS, HF_HUB_OFFLINE="1")
    assert code == 2 and "HF_HUB_OFFLINE is set" in err
    code, _, err = push(stub, "data", built, tmp_path, RIGHTS, HF_TOKEN="", HF_TOKEN_PATH=str(tmp_path / "none"))
    assert code == 2 and "set HF_TOKEN, or log in" in err
    code, _, err = push(stub, "data", tmp_path, tmp_path, RIGHTS)
    assert code == 2 and "no README.md in it" in err
    other = shutil.copytree(built, tmp_path / "other")
    (other / "token.txt").write_text("secret", encoding="utf-8")
    code, _, err = push(stub, "data", other, tmp_path, RIGHTS)
    assert code == 2 and "token.txt was not written by" in err
    (other / "token.txt").unlink()
    (other / "data" / "taxi" / "test-00000-of-00001.parquet").unlink()
    code, _, err = push(stub, "data", other, tmp_path, RIGHTS)
    assert code == 2 and "data/taxi/test-*.parquet has 0 examples, the card says 11" in err
    assert stub.asked == [], json.dumps(stub.asked)
