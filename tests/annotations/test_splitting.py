import tracemalloc
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.splitting import Item, score, sizes, split, straddling

FAR = 0x9E3779B97F4A7C15  # multiples of it differ in about half of their bits


def item(n: int, **facts: object) -> Item:
    defaults: dict[str, object] = {"document": "", "phash": f"{n * FAR % 2**64:016x}", "has_regions": True}
    return Item(key=f"picture {n}", **{**defaults, **facts})  # type: ignore[arg-type]


def items(count: int, start: int = 1) -> list[Item]:
    return [item(n) for n in range(start, start + count)]


def kept(some: list[Item], sides: list[str]) -> list[Item]:
    return [
        Item(i.key, i.document, i.phash, i.has_regions, i.chosen, side) for i, side in zip(some, sides, strict=True)
    ]


@pytest.mark.parametrize(
    ("count", "test"), [(2, 0), (3, 1), (4, 2), (5, 2), (9, 2), (10, 2), (13, 3), (50, 10), (241, 48)]
)
def test_a_fifth_is_held_out_and_never_fewer_than_two_where_four_are_there(count: int, test: int) -> None:
    some = items(count)
    assert sizes(some, split(some)) == {"train": count - test, "test": test}


def test_the_same_images_and_seed_give_the_same_split_in_any_order() -> None:
    some = items(40)
    sides = dict(zip([i.key for i in some], split(some), strict=True))
    turned = some[::-1]
    assert dict(zip([i.key for i in turned], split(turned), strict=True)) == sides
    assert split(some, seed=1) != split(some, seed=2)


def test_an_image_stays_where_it_was_as_more_are_added() -> None:
    some = items(7)
    sides = split(some)
    for more in (8, 20, 60, 200):
        grown = kept(some, sides) + items(more - len(some), start=len(some) + 1)
        grown_sides = split(grown)
        assert grown_sides[: len(some)] == sides
        some, sides = grown, grown_sides
    assert sizes(some, sides)["test"] == 40


def test_pages_of_a_document_and_near_duplicates_stay_together() -> None:
    some = [item(n, document=f"scan {n // 4}") for n in range(40)]
    some += [item(100 + n, phash=f"{(50 * FAR % 2**64) ^ (1 << n):016x}") for n in range(3)]
    sides = split(some)
    by_document = defaultdict(set)
    for i, side in zip(some, sides, strict=True):
        by_document[i.document].add(side)
    by_document.pop("")
    assert all(len(seen) == 1 for seen in by_document.values())
    assert len(set(sides[40:])) == 1
    assert straddling(some, sides, 50) == (0, [])
    assert {"train", "test"} == set(sides)


def test_pages_of_one_single_document_are_split_all_the_same() -> None:
    some = [item(n, document="scan") for n in range(20)]
    assert sizes(some, split(some)) == {"train": 16, "test": 4}


def test_what_a_person_chose_holds_and_takes_near_duplicates_along() -> None:
    some = items(20)
    some[0] = item(1, chosen="train")
    some[1] = item(2, chosen="test")
    some.append(item(99, phash=some[1].phash))
    for seed in range(20):
        sides = split(some, seed)
        assert (sides[0], sides[1], sides[20]) == ("train", "test", "test")


def test_a_split_chosen_whole_is_used_as_it_is() -> None:
    some = [item(n, chosen="test" if n % 3 == 0 else "train", before="train") for n in range(30)]
    assert split(some) == [i.chosen for i in some]


def test_pictures_without_regions_do_not_count_towards_the_two() -> None:
    some = items(4) + [item(n, has_regions=False) for n in range(10, 40)]
    sides = split(some)
    assert sizes(some, sides) == {"train": 2, "test": 2}
    assert set(sides[4:]) == {"train", "test"}


@given(st.lists(st.integers(0, 2**64 - 1), max_size=60), st.integers(0, 5))
def test_every_image_gets_a_side_whatever_it_looks_like(hashes: list[int], seed: int) -> None:
    some = [item(n, phash=f"{h:016x}", document=f"d{h % 3}") for n, h in enumerate(hashes)]
    sides = split(some, seed)
    assert len(sides) == len(some)
    assert set(sides) <= {"train", "test"}


def test_scores_are_spread_evenly() -> None:
    scores = [score(str(n), 0) for n in range(2000)]
    assert 0.17 < sum(s < 0.2 for s in scores) / 2000 < 0.23


@pytest.mark.parametrize("bits", [0, 3], ids=["the same hash", "hashes a few bits apart"])
def test_thousands_of_pictures_that_are_all_alike_take_no_more_memory_than_different_ones(bits: int) -> None:
    """A fixed camera, forms of one layout: four million pairs, none of which is kept."""
    some = [
        item(n, phash=f"{FAR ^ sum(1 << (n * step) % 64 for step in range(1, bits + 1)):016x}") for n in range(3000)
    ]
    tracemalloc.start()
    try:
        sides = split(some)
        count, positions = straddling(some, sides, 50)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 600 * 2400
    assert len(positions) == 50
    assert peak < 8_000_000  # the pairs alone, as tuples, would be some 300 MB
