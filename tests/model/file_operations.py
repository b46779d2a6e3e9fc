"""Everything that a person can do to three items on one side, as a table; and what must be true after a run."""

from collections.abc import Callable
from dataclasses import dataclass

from file_world import D, P, Pair, assert_in_step

from maestro_procore.model.file_items import Agreed, FileItem, FileSide

Operation = Callable[[Pair, FileSide], None]


def rename(path: str, name: str) -> Operation:
    def act(pair: Pair, side: FileSide) -> None:
        item = pair.places[side].items[pair.find(side, path)]
        pair.places[side].move(item.id, item.parent_id, name)

    return act


def move(path: str, folder: str, name: str = "") -> Operation:
    def act(pair: Pair, side: FileSide) -> None:
        item = pair.places[side].items[pair.find(side, path)]
        pair.places[side].move(item.id, pair.find(side, folder), name or item.name)

    return act


def edit(path: str, content: str = "") -> Operation:
    def act(pair: Pair, side: FileSide) -> None:
        pair.places[side].write(pair.find(side, path), content or f"{path} by {side}")

    return act


def make(path: str, content: str | None = "") -> Operation:
    def act(pair: Pair, side: FileSide) -> None:
        folder, _, name = path.rpartition("/")
        text = None if content is None else content or f"new {path} by {side}"
        pair.places[side].make(pair.find(side, folder), name, text)

    return act


def delete(path: str) -> Operation:
    def act(pair: Pair, side: FileSide) -> None:
        pair.places[side].remove(pair.find(side, path))

    return act


def both(*operations: Operation) -> Operation:
    def act(pair: Pair, side: FileSide) -> None:
        for operation in operations:
            operation(pair, side)

    return act


def nothing(pair: Pair, side: FileSide) -> None:
    """Not touched."""


# World 1: A{x}, y. World 2: A{B{x}}. World 3: A{}, B{x}.
WORLDS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "A{x} y": (("A", None), ("A/x", "x"), ("y", "y")),
    "A{B{x}}": (("A", None), ("A/B", None), ("A/B/x", "x")),
    "A{} B{x}": (("A", None), ("B", None), ("B/x", "x")),
}

OPERATIONS: dict[str, dict[str, Operation]] = {
    "A{x} y": {
        "nothing": nothing,
        "edit x": edit("A/x"),
        "edit x alike": edit("A/x", "same"),
        "rename x": rename("A/x", "n"),
        "rename x otherwise": rename("A/x", "m"),
        "rename x to X": rename("A/x", "X"),
        "rename x and edit": both(edit("A/x"), rename("A/x", "n")),
        "move x out": move("A/x", ""),
        "move x out as n": move("A/x", "", "n"),
        "delete x": delete("A/x"),
        "replace x": both(delete("A/x"), make("A/x")),
        "x becomes a folder": both(delete("A/x"), make("A/x", None), make("A/x/i")),
        "move y in": move("y", "A"),
        "move y in as x, x out": both(move("A/x", "", "t"), move("y", "A", "x")),
        "x and y change places": both(rename("y", "t"), move("A/x", "", "y"), move("t", "A", "x")),
        "rename y to n": rename("y", "n"),
        "rename y to A, A to y": both(rename("y", "t"), rename("A", "y"), rename("t", "A")),
        "edit y": edit("y"),
        "delete y": delete("y"),
        "rename A": rename("A", "C"),
        "rename A otherwise": rename("A", "G"),
        "rename A and make another": both(rename("A", "C"), make("A", None), make("A/x")),
        "delete A": delete("A"),
        "delete A, make it again": both(delete("A"), make("A", None), make("A/x")),
        "A becomes a file": both(delete("A"), make("A")),
        "save x, delete A": both(move("A/x", ""), delete("A")),
        "make n in A": make("A/n"),
        "make n": make("n"),
        "make folder n": make("n", None),
        "make N": make("N"),
        "make folder C": both(make("C", None), make("C/i")),
        "wrap in a new folder": both(make("C", None), move("A", "C"), move("y", "C")),
        "delete all": both(delete("A"), delete("y")),
    },
    "A{B{x}}": {
        "nothing": nothing,
        "edit x": edit("A/B/x"),
        "delete x": delete("A/B/x"),
        "delete B": delete("A/B"),
        "delete A": delete("A"),
        "rename B": rename("A/B", "C"),
        "move B out": move("A/B", ""),
        "B above A": both(move("A/B", ""), move("A", "B")),
        "B above A, renamed": both(move("A/B", "", "t"), move("A", "t"), rename("t", "A"), rename("A/A", "B")),
        "move x out": move("A/B/x", ""),
        "move x up": move("A/B/x", "A"),
        "move x up, delete B": both(move("A/B/x", "A"), delete("A/B")),
        "rename both": both(rename("A/B", "D"), rename("A", "C")),
        "make n in B": make("A/B/n"),
        "make n in A": make("A/n"),
        "new folder between": both(make("A/C", None), move("A/B", "A/C")),
        "new folder above, A deleted": both(make("C", None), move("A/B", "C"), delete("A")),
        "x takes the place of B": both(move("A/B/x", "", "t"), delete("A/B"), move("t", "A", "B")),
    },
    "A{} B{x}": {
        "nothing": nothing,
        "A into B": move("A", "B"),
        "B into A": move("B", "A"),
        "B into A as x": move("B", "A", "x"),
        "x into A": move("B/x", "A"),
        "x into A, delete B": both(move("B/x", "A"), delete("B")),
        "A and B change names": both(rename("A", "t"), rename("B", "A"), rename("t", "B")),
        "edit x": edit("B/x"),
        "delete A": delete("A"),
        "delete B": delete("B"),
        "delete both": both(delete("A"), delete("B")),
        "rename A": rename("A", "C"),
        "rename B to C": rename("B", "C"),
        "make C{A}": both(make("C", None), make("C/A", None), move("A", "C/A")),
        "make n in A": make("A/n"),
        "make A/x": make("A/x"),
        "A into B as x, x out": both(move("B/x", ""), move("A", "B", "x")),
    },
}


def begun(world: str, pair: Pair | None = None) -> Pair:
    """A world that both sides agree on."""
    pair = pair or Pair()
    for path, content in WORLDS[world]:
        make(path, content)(pair, P)
    pair.settle()
    assert_in_step(pair)
    return pair


@dataclass(frozen=True)
class Before:
    """What people see before a run: contents by side and id, and the pairs."""

    contents: dict[FileSide, dict[str, str]]
    pairs: tuple[Agreed, ...]
    present: dict[FileSide, frozenset[str]]
    edited: dict[FileSide, frozenset[str]]


def is_edited(pair: Pair, side: FileSide, item: FileItem) -> bool:
    """New, or with other content than both sides had: saved once more without a change is neither."""
    known = pair.agreements.of(side, item.id)
    if known is None:
        return True
    same = known.content_hash == f"quickxor:{pair.places[side].contents.get(item.id)}"
    return known.version_of(side) != item.version and not same


def look(pair: Pair) -> Before:
    edited = {
        side: frozenset(item.id for item in place.items.values() if is_edited(pair, side, item))
        for side, place in pair.places.items()
    }
    return Before(
        {side: dict(place.contents) for side, place in pair.places.items()},
        tuple(pair.agreements),
        {side: frozenset(place.items) for side, place in pair.places.items()},
        edited,
    )


def lost(pair: Pair, before: Before) -> list[str]:
    """Contents that stood somewhere before the run, that nobody replaced or deleted, and that are nowhere now."""
    agreed = {side: {p.id_of(side): p for p in before.pairs} for side in (P, D)}
    alive = {
        side: {place.contents[i] for i in place.items if i in place.contents} for side, place in pair.places.items()
    }
    plain = {side: {content.removesuffix("+properties") for content in contents} for side, contents in alive.items()}
    seen = {known.content_hash for known in before.pairs}
    missing = []
    for side in (P, D):
        for item_id in before.present[side]:
            content = before.contents[side].get(item_id)
            if content is None or f"quickxor:{content}" in seen:
                continue
            known = agreed[side].get(item_id)
            if known is not None and item_id not in before.edited[side]:
                other = known.id_of(side.other)
                if other not in before.present[side.other] or other in before.edited[side.other]:
                    continue  # deleted or replaced by somebody who had seen it
            absent = [where for where in (P, D) if content.removesuffix("+properties") not in plain[where]]
            missing += [f"{content} of {side} is not in {where}" for where in absent]
    return missing


def unfounded(pair: Pair, before: Before) -> list[str]:
    """What we deleted without its other half having been deleted, or though somebody had edited it."""
    agreed = {side: {p.id_of(side): p for p in before.pairs} for side in (P, D)}
    found = []
    for side in (P, D):
        for item_id in pair.binned_by_us[side]:
            known = agreed[side].get(item_id)
            if known is None:
                found.append(f"{item_id}: never agreed")
            elif known.id_of(side.other) in before.present[side.other]:
                found.append(f"{item_id}: its other half is there")
            elif item_id in before.edited[side]:
                found.append(f"{item_id}: edited")
    return found
