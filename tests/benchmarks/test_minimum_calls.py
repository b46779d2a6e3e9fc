"""The computed minimum is that of the note's own table (limits-and-faults.md §1.5), row by row and switch by switch."""

from dataclasses import replace

import pytest

from tests.benchmarks.minimum_calls import (
    Calls,
    Company,
    Profile,
    Project,
    Pulled,
    first_run,
    later_run,
    shortest_seconds,
    total,
)

PROJECTS = 120


def skewed(whole: int, count: int) -> list[int]:
    """The whole shared out as 1/rank^0.8, largest remainders first."""
    weights = [1 / rank**0.8 for rank in range(1, count + 1)]
    exact = [whole * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact]
    order = sorted(range(count), key=lambda n: parts[n] - exact[n])
    for n in order[: whole - sum(parts)]:
        parts[n] += 1
    return parts


def reference(count: int = PROJECTS) -> Company:
    """The company of the table, spread over so many open projects."""
    shares = (skewed(whole, count) for whole in (4_000, 1_500, 2_500, 16_000, 40_000))
    return Company(
        projects_held=120,
        vendors_held=3_500,
        projects_written=120,
        vendors_written=3_500,
        projects=[
            Project(
                codes_held=900,
                codes_written=900,
                items_held=900,
                combinations=350,
                budget_lines=350,
                orders=Pulled(orders, orders, orders),
                subcontracts=Pulled(subcontracts, subcontracts, subcontracts),
                packages=Pulled(packages, packages, packages),
                prime_contracts=1,
                costs=costs,
                cost_lines=lines,
            )
            for orders, subcontracts, packages, costs, lines in zip(*shares, strict=True)
        ],
    )


def quiet(count: int = PROJECTS) -> Company:
    """The same company when nothing changed on either side."""
    return Company(projects_held=120, vendors_held=3_500, projects=[Project()] * count)


def test_the_first_run_of_the_reference_company_is_the_table():
    rows = first_run(reference())

    assert rows["projects"] == Calls(1, 1)
    assert rows["suppliers"] == Calls(3, 4)
    assert rows["cost types"] + rows["units"] + rows["tax codes"] == (1, 0, 1, 0, 1, 0)
    assert rows["codes"] == Calls(120, 120)
    assert rows["budgets"] == Calls(243, 240)
    assert rows["purchase-orders"] == Calls(4_120, 120)
    assert rows["subcontracts"] == Calls(1_620, 120)
    assert rows["change-orders"] == Calls(2_620, 0)
    assert rows["prime-contracts"] == Calls(120, 0)
    assert rows["costs"] == Calls(0, 122 + 130)
    assert total(rows) == Calls(8_850, 857)
    assert total(rows).total == 9_707


def test_eight_closed_projects_leave_the_generated_company_a_hundred_and_eleven_calls_less():
    assert total(first_run(reference(112))).total == 9_596


@pytest.mark.parametrize(
    ("switched", "more"),
    [
        ({"order_sync_takes_ids": False}, 3_880),
        ({"code_tiers": 2}, 120),
        ({"change_orders_are_marked": True}, 2_500),
        ({"packages_hold_prime_side": False}, 120),
        ({"items_have_code_ids": True}, -120),
        ({"has_commitments_v2": True}, -101),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_switch_costs_or_saves_what_the_table_says(switched, more):
    assert total(first_run(reference(), Profile(**switched))).total - 9_707 == more


@pytest.mark.parametrize(("has_v2", "calls"), [(False, 362), (True, 242)])
def test_an_idle_run_asks_each_list_that_people_change_once_and_writes_nothing(has_v2, calls):
    rows = later_run(quiet(), Profile(has_commitments_v2=has_v2))

    assert total(rows) == Calls(calls, 0)


@pytest.mark.parametrize(("has_v2", "calls"), [(False, 439), (True, 319)])
def test_a_typical_day_costs_its_touched_projects_and_records_besides(has_v2, calls):
    touched = [
        Project(
            combinations=0,
            budget_lines=3 if n < 3 else 0,
            orders=Pulled(0, 2 if n < 2 else 1 if n < 10 else 0, 1 if n < 10 else 0),
            subcontracts=Pulled(0, 1 if n < 5 else 0, 1 if n < 5 else 0),
            packages=Pulled(0, 1 if n < 10 else 0),
            costs=4,
            cost_lines=9,
        )
        for n in range(15)
    ]
    day = replace(
        quiet(), projects_written=1, vendors_written=1, projects=[*touched, *[Project()] * (PROJECTS - len(touched))]
    )

    rows = later_run(day, Profile(has_commitments_v2=has_v2))

    assert total(rows).total == calls


def test_a_page_is_read_even_where_there_is_nothing_and_one_row_more_takes_another():
    project = Project(orders=Pulled(held=2_001), subcontracts=Pulled(held=2_000))

    rows = first_run(Company(projects_held=301, vendors_held=0, projects=[project]))

    assert rows["projects"].read == 2
    assert rows["suppliers"].read == 2
    assert (rows["purchase-orders"].read, rows["subcontracts"].read) == (2, 1)
    assert rows["change-orders"].read == 1


def test_a_list_of_small_pages_is_used_only_where_it_is_cheaper():
    project = Project(orders=Pulled(held=1_500), subcontracts=Pulled(held=1_500))

    rows = first_run(Company(1, 1, projects=[project]), Profile(has_commitments_v2=True))

    assert rows["purchase-orders"].read + rows["subcontracts"].read == 2


def test_elements_share_their_look_ups():
    rows = first_run(reference())

    assert total(rows, ("purchase-orders",)) == Calls(4_122, 120)
    assert total(rows, ("purchase-orders", "subcontracts")) == Calls(4_122 + 1_620, 240)
    assert total(rows, ("projects", "suppliers")) == Calls(4, 5)


@pytest.mark.parametrize(("a_second", "hours"), [(2.5, 2.28), (10.0, 2.07)])
def test_the_shortest_time_is_that_of_the_limits(a_second, hours):
    assert round(shortest_seconds(9_707, a_second=a_second) / 3_600, 2) == hours
