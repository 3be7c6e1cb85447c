from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.bench.executors.shards import Shard
from todsum.errors import TodsumError


@given(st.integers(0, 60), st.integers(1, 20))
def test_every_cell_is_in_one_shard_and_they_are_of_a_size(cells: int, count: int) -> None:
    shards = [Shard.parse(f"{index}/{count}").of(range(cells)) for index in range(1, count + 1)]
    assert sorted(cell for shard in shards for cell in shard) == list(range(cells))
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


@pytest.mark.parametrize("text", ["0/2", "3/2", "1/0", "1", "1/2/3", "a/b", "-1/2", "1 / 2", "", "1/2\n", "٣/٤"])
def test_what_is_no_shard(text: str) -> None:
    with pytest.raises(TodsumError, match="expected i/n with i from 1 to n"):
        Shard.parse(text)
