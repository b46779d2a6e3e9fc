"""What no real company should hold: each bad record gets a clear message of its own, and the others go on (issue 3)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from maestro_procore.model.problems import Problem, message
from maestro_procore.ports import Row
from tests.engine import companies_in_trouble as trouble
from tests.engine.companies_in_trouble import POS, P
from tests.engine.stories import Maker, Step, Story, made, played
from tests.engine.stories_of_orders import order
from tests.engine.world import World

GOOD = "T-GOOD"


def _shown(number: str, amount: str) -> Maker:
    """A commitment whose own answer holds an amount as this JSON."""

    async def make(world: World) -> str:
        name = await made(order(number), world)
        where = {"method": "GET", "path": f"*/purchase_order_contracts/{name}", "times": None}
        for right in ('"extended_amount":"100.00"', '"amount":"100.00"'):
            world.sandbox.faults.plant({**where, "alter": {right: right.partition(":")[0] + ":" + amount}})
        return name

    return make


async def _of_5000_lines(world: World) -> str:
    """Entered whole: 5,000 lines of a cent each."""
    name = await made(order("T-5000"), world)
    kept = world.sandbox.world.collection("purchase_order_contract_line_items")
    like = kept.where(purchase_order_contract_id=int(name))[0]
    for number in range(1, 5_000):
        more = {"id": world.sandbox.world.new_id(), "position": number + 1}
        kept.put({**like, **more, "amount": "0.01", "extended_amount": "0.01"})
    return name


ORDERS = Story(
    (
        Step(("projects", "suppliers")),
        Step(
            (POS,),
            {
                "three decimals": _shown("T-DECIMALS", '"12.345"'),
                "words": _shown("T-WORDS", '"about a hundred"'),
                "thousands separators": _shown("T-COMMAS", '"1,234.50"'),
                "not a number": _shown("T-NAN", '"NaN"'),
                "unknown currency": order("T-CURRENCY", currency_configuration={"currency_iso_code": "XTS"}),
                "good": order(GOOD),
            },
        ),
    ),
    is_strict=False,  # no documented answer holds such amounts
)
TOLD = {
    "three decimals": ("VAL-01", "12.345"),
    "words": ("VAL-01", "about a hundred"),
    "thousands separators": ("VAL-01", "1,234.50"),
    "not a number": ("VAL-01", "NaN"),
    "unknown currency": ("PO-15", "XTS"),
}


def heard(story: Story) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    found = played(story)
    if isinstance(found, Exception):
        raise found
    return found


def of(name: str, told: Mapping[str, Any]) -> list[Problem]:
    return [problem for each in told.values() for names, problem in each if name in names]


@pytest.mark.parametrize("case", TOLD)
def test_a_bad_order_says_what_is_wrong_with_it(case: str) -> None:
    told, wanted = heard(ORDERS)
    code, words = TOLD[case]
    said = {(p.code, words in message(p, "en"), words in message(p, "fr")) for p in of(wanted[case], told)}
    assert (code, True, True) in said


def test_of_the_order_beside_them_nothing_is_wrong() -> None:
    told, wanted = heard(ORDERS)
    assert of(wanted["good"], told) == []


# --- lists that are not what they should be --------------------------------------------------------


@pytest.fixture
async def linked(world: World) -> World:
    for element in ("projects", "suppliers"):
        await world.sync(element)
    world.calls()
    return world


async def test_an_order_of_five_thousand_lines_is_entered_whole_and_so_is_the_one_beside_it(linked: World) -> None:
    long, good = await _of_5000_lines(linked), await made(order(GOOD), linked)
    request = await linked.sync(POS)
    lines = {str(line.procore_id): line for line in linked.lines(POS)}
    assert request["errors"] == 0
    assert (lines[long].problems, lines[good].problems) == ((), ())
    (row,) = trouble.rows(linked, "m_order", external_no="T-5000")
    entered = trouble.rows(linked, "m_order_line", order_id=row["order_id"])
    assert (len(entered), sum(line["amount"] for line in entered)) == (5_000, Decimal("149.99"))


async def test_an_answer_that_lists_a_record_twice_makes_no_second_one(world: World) -> None:
    """The later of the two counts."""
    vendors = world.procore("vendors")
    shown = await _shown_list(world, "vendors")
    where = {"method": "GET", "path": "/rest/v1.0/vendors", "times": None, "headers": {"Total": str(len(shown))}}
    world.sandbox.faults.plant({**where, "status": 200, "body": [*shown, shown[0]]})
    request = await world.sync("suppliers")
    assert request["state"] in ("warned", "done"), request["problem"]
    made_ids = [row["id"] for row in world.procore("vendors")]
    assert len(made_ids) == len(set(made_ids)) == len(vendors) + request["created"]


async def _shown_list(world: World, collection: str) -> list[Row]:
    """A list of Procore as it answers it, all on one page."""
    page = await world.client.read_page(collection, 1, None)
    assert not page.has_next
    return page.rows


async def test_a_page_that_shifts_while_paging_loses_and_doubles_nothing(world: World) -> None:
    """Somebody deletes a record of the first page before the second is read."""
    rows = await _shown_list(world, "vendors")
    half = len(rows) // 2
    address = "https://sandbox.invalid/rest/v1.0/vendors"
    pages = [
        ("1", rows[:half], len(rows), f'<{address}?page=2>; rel="next"'),
        ("2", rows[half + 1 :], len(rows), ""),  # one record slipped to the page that was read already
    ]
    for _number, body, total, link in pages:
        headers = {"Total": str(total), "Per-Page": str(half), **({"Link": link} if link else {})}
        where = {"method": "GET", "path": "/rest/v1.0/vendors", "times": 1, "headers": headers}
        world.sandbox.faults.plant({**where, "status": 200, "body": body})
    before = len(world.procore("vendors"))
    request = await world.sync("suppliers")
    reads = [call for call in world.calls() if call["path"] == "/rest/v1.0/vendors" and call["method"] == "GET"]
    assert len(reads) > 2, "a list that shifted is read again"
    assert (request["state"], request["errors"]) == ("warned", 0)
    assert len(world.procore("vendors")) == before + request["created"]
    names = [row["name"] for row in world.procore("vendors")]
    slipped = rows[half]["name"]
    assert names.count(slipped) == sum(row["name"] == slipped for row in rows)


async def test_deletions_on_either_side_are_told_and_delete_nothing(linked: World) -> None:
    """LNK-02 on both; the other orders stay as they are."""
    await linked.sync(POS)
    rows = {row["external_no"]: row for row in linked.company.rows("m_order") if row["external_no"]}
    gone_here, gone_there = rows["26001-001"], rows["26006-001"]
    trouble.change(linked, "m_order", {"order_id": gone_here["order_id"]}, is_deleted=True)
    there = trouble.of_procore(linked, "purchase_order_contracts", "26006-001", "26006")
    stamp = {"deleted_at": "2026-11-20T12:00:00Z"}
    await linked.edit_procore("purchase_order_contracts", {"id": there["id"], **stamp})
    before = {row["id"] for row in linked.procore("purchase_order_contracts")}
    request = await linked.sync(POS, full=True)
    told = {
        (problem.code, problem.args["system"])
        for line in linked.lines(POS)
        for problem in line.problems
        if problem.code == "LNK-02"
    }
    assert told == {("LNK-02", "maestro*"), ("LNK-02", "Procore")}
    assert (request["created"], request["errors"]) == (0, 0)
    assert {row["id"] for row in linked.procore("purchase_order_contracts")} == before
    assert any(row["order_id"] == gone_there["order_id"] for row in linked.company.rows("m_order"))


async def test_an_origin_id_of_another_integration_is_never_overwritten(linked: World) -> None:
    """LNK-01; the order beside it is entered."""
    name = await made(order("T-SAGE", origin_id="SAGE:4711"), linked)
    good = await made(order(GOOD), linked)
    await linked.sync(POS)
    lines = {str(line.procore_id): [p.code for p in line.problems] for line in linked.lines(POS)}
    assert (lines[name], lines[good]) == (["LNK-01"], [])
    row = next(row for row in linked.procore("purchase_order_contracts") if str(row["id"]) == name)
    assert row["origin_id"] == "SAGE:4711"
    assert row["origin_code"] is None


# --- codes and budgets ------------------------------------------------------------------------------


def _circle(world: World) -> str:
    trouble.activity(world, "96-100", parent_code="96-200")
    return trouble.activity(world, "96-200", parent_code="96-100")


CODES = Story(
    (
        Step(("projects",)),
        Step(
            (f"budgets@{P}",),
            {
                "cyclic parents": _circle,
                "missing code": lambda world: trouble.budget(world, "98-765"),
                "good": lambda world: trouble.budget(world, "05-120", "EQP"),
            },
        ),
    )
)


@pytest.mark.parametrize(("case", "code"), [("cyclic parents", "COD-09"), ("missing code", "COD-01")])
def test_a_code_that_cannot_be_stops_its_record(case: str, code: str) -> None:
    told, wanted = heard(CODES)
    assert code in {problem.code for problem in of(wanted[case], told)}


def test_the_budget_beside_them_is_sent() -> None:
    told, wanted = heard(CODES)
    assert [p.code for p in of(wanted["good"], told) if p.is_error] == []
