"""How the files of a run are cut: the same everywhere, and a change moves little."""

from __future__ import annotations

import random  # noqa: TID251 - seeded

from hypothesis import given
from hypothesis import strategies as st

from verifier.bulk.shard import MOST, MOST_OCTETS, Item, Shard, cut

ITEMS = st.lists(
    st.builds(Item, st.text(min_size=1, max_size=20), st.integers(0, 2**34), st.integers(0, 2**63)), max_size=300
)


@given(ITEMS)
def test_each_file_is_in_one_shard_in_its_order(items: list[Item]) -> None:
    shards = list(cut(items))
    assert [item for shard in shards for item in shard.items] == items
    assert shards == list(cut(iter(items)))
    for shard in shards:
        assert 0 < len(shard.items) <= MOST
        assert len(shard.items) == 1 or sum(each.size for each in shard.items) <= MOST_OCTETS


def _many(count: int) -> list[Item]:
    return [Item(f"/in/{number:08}.pdf", 1000, 1) for number in range(count)]


def test_a_file_more_less_or_changed_moves_few_shards() -> None:
    chance = random.Random(7)
    items = _many(8_000)
    before = {shard.name for shard in cut(items)}
    for _ in range(5):
        place = chance.randrange(len(items))
        for after in (
            [*items[:place], Item(f"{items[place].path}.more", 5, 5), *items[place:]],
            items[:place] + items[place + 1 :],
            [*items[:place], Item(items[place].path, 1000, 2), *items[place + 1 :]],
        ):
            assert len({shard.name for shard in cut(after)} - before) <= 3


@given(st.lists(st.builds(Item, st.text(max_size=8), st.integers(0, 99), st.integers(0, 99)), max_size=4))
def test_a_name_tells_path_size_and_time(items: list[Item]) -> None:
    for place, item in enumerate(items):
        for other in (
            Item(item.path + "x", item.size, item.changed),
            Item(item.path, item.size + 1, item.changed),
            Item(item.path, item.size, item.changed + 1),
        ):
            changed = (*items[:place], other, *items[place + 1 :])
            assert Shard(changed).name != Shard(tuple(items)).name


def test_names_that_are_no_utf8_are_told_apart() -> None:
    assert Shard((Item("a\udcff", 1, 1),)).name != Shard((Item("a\udcfe", 1, 1),)).name
