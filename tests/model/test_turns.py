"""Requests of a person at the window are served before long runs, and never before what they lean on (C22)."""

import pytest

from maestro_procore.model.turns import may_pass, next_of


def request(element: str, scope: str = "all", cancelled_by: str | None = None) -> dict[str, object]:
    return {"element": element, "scope": scope, "cancel_requested_by": cancelled_by}


def test_without_requests_there_is_no_turn():
    assert next_of([]) is None


@pytest.mark.parametrize("scope", ["selection", "project"])
def test_a_small_request_goes_before_a_long_one(scope):
    clicked = request("purchase-orders", scope)

    assert next_of([request("budgets"), clicked, request("subcontracts")]) is clicked


def test_a_small_request_waits_for_what_it_leans_on():
    suppliers = request("suppliers")

    assert next_of([suppliers, request("purchase-orders", "selection")]) is suppliers


def test_long_requests_keep_their_order():
    first = request("suppliers")

    assert next_of([first, request("budgets")]) is first


def test_among_small_ones_the_first_is_first():
    first = request("suppliers", "selection")

    assert next_of([request("budgets"), first, request("suppliers", "project")]) is first


def test_what_somebody_cancelled_ends_at_once():
    given_up = request("costs", cancelled_by="MLAVOIE")

    assert next_of([request("suppliers", "selection"), given_up]) is given_up


def test_a_small_reconciliation_waits_for_every_element():
    """It sets against each other what they bring."""
    costs = request("costs")
    assert next_of([costs, request("reconciliation", "project")]) is costs
    alone = request("reconciliation", "project")
    assert next_of([alone]) is alone


def test_a_small_request_passes_a_long_one_under_way():
    clicked = request("purchase-orders", "selection")

    assert may_pass(request("budgets"), [request("suppliers-of-another"), clicked]) is clicked


@pytest.mark.parametrize(
    ("under_way", "asked"),
    [
        (request("suppliers"), request("purchase-orders", "selection")),  # leans on it
        (request("budgets"), request("suppliers")),  # not small
        (request("budgets", "project"), request("suppliers", "selection")),  # nothing long is under way
        (request("reconciliation"), request("suppliers", "selection")),  # compares all of it
        (request("budgets"), request("suppliers", "selection", cancelled_by="Anne")),
    ],
)
def test_others_wait_for_the_end(under_way, asked):
    assert may_pass(under_way, [asked]) is None
