"""What must hold whatever two people and a cut-short engine do (F17, §5 of the anchors): laws, not examples.

People work on both sides, with names that one side cannot hold; the engine is stopped after any action; what is
open stays open for a while. Then, left alone, both sides end up equal, nothing that anybody wrote is lost, nothing is
deleted but what the other side deleted, a further run does nothing, and equal states give equal plans.
"""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from file_operations import look, lost, unfounded
from file_world import D, P, Pair, Refused, assert_in_step

from maestro_procore.model import file_names
from maestro_procore.model.file_items import FileSide, Flow, Waiting
from maestro_procore.model.file_plan import FileVerb
from maestro_procore.model.file_policy import ConflictRule, FilePolicy

NAMES = ["a", "b", "A", "c:d", "e.", "a (2)", "x.pdf", "X.pdf"]
KINDS = [
    "make file",
    "make folder",
    "edit",
    "edit alike",
    "rename",
    "move",
    "move and rename",
    "delete",
    "replace",
    "lock",
]

HOW = ["whole", "changes", "sweep"]

acts = st.tuples(
    st.sampled_from(KINDS), st.sampled_from([P, D]), st.integers(0, 11), st.integers(0, 11), st.sampled_from(NAMES)
)
rounds = st.lists(
    st.tuples(st.lists(acts, max_size=7), st.one_of(st.none(), st.integers(0, 9)), st.sampled_from(HOW)),
    min_size=1,
    max_size=4,
)
lawful = settings(
    max_examples=100, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def act(pair: Pair, what: tuple[str, FileSide, int, int, str]) -> None:
    """One thing that a person does; what the side refuses is not done."""
    kind, side, which, where, name = what
    place = pair.places[side]
    items = sorted(place.items.values())
    folders = [place.root_id, *(item.id for item in items if item.is_folder)]
    folder = folders[where % len(folders)]
    written = name if side is P else file_names.to_drive(name)
    item = items[which % len(items)] if items else None
    text = f"{'office ' if which % 3 == 0 else ''}{pair.clock.count} by {side}"
    try:
        if kind == "make file":
            place.make(folder, written, text)
        elif kind == "make folder":
            place.make(folder, written, None)
        elif item is None:
            return
        elif kind == "delete":
            place.remove(item.id)
        elif kind.startswith(("move", "rename")):
            kept = item.parent_id if kind == "rename" else folder
            place.move(item.id, kept, item.name if kind == "move" else written)
        elif not item.is_folder and kind == "lock":
            place.wait(item.id, Waiting.LOCKED)
        elif not item.is_folder and kind == "replace":
            place.remove(item.id)
            place.make(item.parent_id, item.name, text)
        elif not item.is_folder:
            place.write(item.id, text if kind == "edit" else "alike")
    except Refused:
        pass


def release(pair: Pair) -> None:
    for place in pair.places.values():
        for item in list(place.items.values()):
            place.wait(item.id, None)


@pytest.mark.parametrize(
    "policy",
    [
        FilePolicy(),
        FilePolicy(conflicts=ConflictRule.NEWEST_WINS_WITH_COPY),
        FilePolicy(conflicts=ConflictRule.KEEP_BOTH, flow=Flow.BOTH, drive_path_units=50),
    ],
    ids=["keep both", "newest wins with copy", "deep in a library"],
)
@lawful
@given(rounds=rounds)
def test_left_alone_both_sides_end_up_equal_and_nothing_is_lost(policy: FilePolicy, rounds: list) -> None:
    pair = Pair(policy, rewrites=True)
    for doings, stop_after, how in rounds:
        for doing in doings:
            act(pair, doing)
        before = look(pair)
        pair.binned_by_us = {P: [], D: []}
        plan = pair.plan_from(how)
        assert plan == pair.plan_from(how)
        if how == "sweep":
            assert [a._replace(size_bytes=0) for a in plan.actions] == [
                a._replace(size_bytes=0) for a in pair.plan().actions
            ]
        pair.run(plan, stop_after)
        release(pair)
        pair.settle(4)
        assert lost(pair, before) == []
        assert unfounded(pair, before) == []
        assert_in_step(pair)


@lawful
@given(rounds=rounds)
def test_the_newest_wins_and_the_loser_is_a_version_before(rounds: list) -> None:
    """F118, F119: what is not live any more is among the versions."""
    pair = Pair(FilePolicy(conflicts=ConflictRule.NEWEST_WINS))
    for doings, stop_after, _ in rounds:
        for doing in doings:
            act(pair, doing)
        before = look(pair)
        pair.run(stop_after=stop_after)
        release(pair)
        pair.settle(4)
        past = {content for place in pair.places.values() for content in place.past}
        assert [told for told in lost(pair, before) if told.partition(" of ")[0] not in past] == []
        assert_in_step(pair)


@pytest.mark.parametrize("flow", [Flow.TO_DRIVE, Flow.TO_PROCORE])
@lawful
@given(rounds=rounds)
def test_a_one_way_tool_never_writes_to_its_source_and_loses_nothing_of_its_copy(flow: Flow, rounds: list) -> None:
    """F127, F287."""
    pair = Pair(FilePolicy(flow=flow))
    source = flow.source
    assert source is not None
    for doings, stop_after, how in rounds:
        for doing in doings:
            act(pair, doing)
        before = look(pair)
        pair.binned_by_us = {P: [], D: []}
        shown = pair.places[source].paths()
        plan = pair.run(pair.plan_from(how), stop_after)
        assert {a.target for a in plan.actions if not a.verb.is_free and a.verb is not FileVerb.COMPARE} <= {
            source.other
        }
        release(pair)
        pair.settle(4)
        assert pair.places[source].paths() == shown
        written = {place.contents[i] for place in pair.places.values() for i in place.items if i in place.contents}
        copies = [i for i in before.edited[source.other] if i in before.contents[source.other]]
        assert {before.contents[source.other][i] for i in copies} <= written
        changed = look(pair).edited[source.other]  # reported, and left as people made it
        reported = {known.id_of(source) for known in pair.agreements if known.id_of(source.other) in changed}
        copied = {place.contents.get(i) for place in [pair.places[source.other]] for i in place.items}
        held = pair.places[source]
        assert {held.contents.get(i) for i in held.items if i not in reported} <= copied
        assert unfounded(pair, before) == []
