"""States: what may follow what, and which symbol the reader sees (F002–F009, C20)."""

from itertools import product

import pytest

from maestro_procore.model.status import (
    ENDED,
    NEXT,
    OPEN,
    OPEN_ACTIONS,
    ActionState,
    LineStatus,
    RequestState,
    Symbol,
    symbol_of,
)

# Line, state of the request that holds it (None: nobody) → symbol. Only a running line looks at its request.
SYMBOLS = {
    LineStatus.NEVER: Symbol.DASH,
    LineStatus.QUEUED: Symbol.HOURGLASS,
    LineStatus.RUNNING: Symbol.WHEEL,
    LineStatus.DONE: Symbol.CHECK,
    LineStatus.FAILED: Symbol.CROSS,
}


@pytest.mark.parametrize(("status", "state"), list(product(LineStatus, [None, *RequestState])))
def test_every_line_shows_one_symbol(status, state):
    waits = status is LineStatus.RUNNING and state is RequestState.WAITING
    assert symbol_of(status, state) is (Symbol.HOURGLASS if waits else SYMBOLS[status])


def test_only_a_line_that_is_done_is_green():
    """F003: never optimistic."""
    green = {
        (status, state) for status in LineStatus for state in RequestState if symbol_of(status, state) is Symbol.CHECK
    }
    assert {status for status, _ in green} == {LineStatus.DONE}


def test_open_and_ended_states_part_all_states():
    assert set(RequestState) == OPEN | ENDED and not OPEN & ENDED
    assert all(state.has_ended == (state in ENDED) for state in RequestState)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_whatever_is_open_can_be_stopped_and_found_again_after_a_crash(state):
    assert RequestState.CANCELLED in NEXT[state]
    assert state is RequestState.QUEUED or RequestState.QUEUED in NEXT[state]


def test_a_request_that_is_done_is_done():
    assert NEXT[RequestState.DONE] == frozenset()
    assert all(NEXT[state] == {RequestState.QUEUED} for state in ENDED - {RequestState.DONE})


def test_every_end_can_be_reached_from_the_start():
    reached, todo = set(), [RequestState.QUEUED]
    while todo:
        state = todo.pop()
        reached.add(state)
        todo += NEXT[state] - reached
    assert reached == set(RequestState)


@pytest.mark.parametrize("state", ActionState)
def test_an_action_is_open_until_its_request_is_through_with_it(state):
    """Design §4: unknown outcomes are looked up by a new comparison, never sent again as they stand."""
    ended = {ActionState.DONE, ActionState.WARNED, ActionState.FAILED, ActionState.SKIPPED, ActionState.UNKNOWN}
    assert state.is_open is (state not in ended) is (state in OPEN_ACTIONS)
