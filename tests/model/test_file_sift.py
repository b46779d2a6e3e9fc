"""A full sweep keeps its news only, and says what is deleted after its last page (F10, F21)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from file_operations import begun, delete, edit, make, rename
from file_world import P, Pair

from maestro_procore.model.file_items import Gone, Tree, Waiting
from maestro_procore.model.file_sift import Sift


def swept(pair: Pair) -> Tree:
    sift = Sift(P, "p0", pair.agreements)
    for item in pair.live(P):
        sift.add([item])  # a page of one
    return sift.tree()


def test_a_sweep_without_news_keeps_nothing() -> None:
    tree = swept(begun("A{x} y"))
    assert (tree.items, tree.deleted, tree.is_complete) == ({}, {}, False)


def test_what_changed_is_new_or_waits_is_kept_and_what_is_missing_is_deleted() -> None:
    pair = begun("A{B{x}}")
    make("y", "y")(pair, P)
    pair.settle()
    edit("A/B/x")(pair, P)
    rename("A/B", "C")(pair, P)
    make("n")(pair, P)
    gone = pair.find(P, "y")
    delete("y")(pair, P)
    pair.places[P].wait(pair.find(P, "A"), Waiting.LOCKED)
    tree = swept(pair)
    assert sorted(item.name for item in tree.items.values()) == ["A", "C", "n", "x"]
    assert tree.deleted == {gone: Gone.LISTING}


def test_an_item_that_comes_twice_counts_as_it_came_last() -> None:
    """F15: a page shift repeats items."""
    pair = begun("A{x} y")
    item = pair.places[P].items[pair.find(P, "y")]
    sift = Sift(P, "p0", pair.agreements)
    sift.add([*pair.live(P), item._replace(name="n")])
    assert sift.tree().items[item.id].name == "n"
    again = Sift(P, "p0", pair.agreements)
    again.add([item._replace(name="n"), *pair.live(P)])
    assert again.tree().items == {}
    assert again.tree().deleted == {}
