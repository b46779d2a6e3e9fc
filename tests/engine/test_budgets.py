"""Project Budgets on a real run: codes, lines and modifications against the strict sandbox (F080; COD-, BUD-)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from maestro_procore.model.status import Symbol
from maestro_procore.ports import Row
from tests.engine.beginnings import world_after
from tests.engine.world import World

TOOLS_ON = {"tools_without_template": "active"}
P = "26001"
"""A project that is linked by its number and has modifications."""


def made(folder: Path, **switches: Any) -> World:
    return World(folder, switches={**TOOLS_ON, **switches})


async def link_projects(world: World) -> None:
    await world.sync("projects")


async def send_one_budget(world: World) -> None:
    await link_projects(world)
    await world.sync("budgets", project=P)


@pytest.fixture
async def linked(tmp_path: Path) -> Any:
    """The small company with its projects linked, every budget tool on."""
    world = await world_after(tmp_path, link_projects, switches=TOOLS_ON)
    yield world
    await world.close()


@pytest.fixture
async def sent(tmp_path: Path) -> Any:
    """The same after the budget of one project has been sent."""
    world = await world_after(tmp_path, send_one_budget, switches=TOOLS_ON)
    yield world
    await world.close()


def codes(world: World, request: Row) -> set[str]:
    return {problem.code for action in world.actions(request) for problem in action.problems}


def errors(world: World, request: Row) -> set[str]:
    failed = [action for action in world.actions(request) if action.state in ("failed", "unknown")]
    return {problem.code for action in failed for problem in action.problems}


def written(world: World) -> list[tuple[str, str, int]]:
    """Method, last words of the path and status of each call that was no reading."""
    calls = [call for call in world.calls() if call["method"] != "GET"]
    return [(call["method"], call["path"].rpartition("/")[2], call["status"]) for call in calls]


def of_maestro(world: World) -> dict[str, Decimal]:
    """Project → its original cost budget in maestro*, projects without a link left out."""
    linked = {link.maestro_key for link in world.lines("projects") if link.is_linked}
    revenue = {row["group_code"] for row in world.company.rows("m_cost_group") if row["family"] == "billing"}
    found: dict[str, Decimal] = {}
    for row in world.company.rows("m_budget"):
        if row["project_code"] in linked and row["group_code"] not in revenue:
            found.setdefault(row["project_code"], Decimal(0))
            found[row["project_code"]] += row["original_cost"]
    return found


def of_procore(world: World) -> dict[str, Decimal]:
    """The same of Procore's budget lines."""
    numbers = {row["id"]: row["project_number"] for row in world.procore("projects")}
    found: dict[str, Decimal] = {}
    for line in world.procore("budget_line_items"):
        amount = Decimal(str(line["original_budget_amount"]))
        found[numbers[line["project_id"]]] = found.get(numbers[line["project_id"]], Decimal(0)) + amount
    return found


def project_id(world: World, code: str = P) -> int:
    return next(int(row["id"]) for row in world.procore("projects") if row["project_number"] == code)


def budget_rows(world: World, code: str = P) -> Iterator[Mapping[str, Any]]:
    return (r for r in world.company.rows("m_budget", where={"project_code": [code]}) if r["group_code"] != "REV")


def change_budget(world: World, row: Mapping[str, Any], **values: Any) -> str:
    """An accountant changes a budget line; its key."""
    where = {name: row[name] for name in ("company_id", "project_code", "activity_code", "group_code")}
    assert world.company.update("m_budget", where, values, world.clock.now())
    return f"{row['project_code']}/{row['activity_code']}/{row['group_code']}"


def enter(world: World, table: str, like: Mapping[str, Any], **values: Any) -> None:
    """An accountant enters a row."""
    kept = {name: value for name, value in like.items() if name not in ("rowver", "changed_at", "is_deleted")}
    world.company.insert(table, {**kept, **values}, world.clock.now())


def modify(world: World, row: Mapping[str, Any], amount: str, **values: Any) -> int:
    """An accountant enters a modification of a budget line."""
    number = 1 + max((each["change_id"] for each in world.company.rows("m_budget_change")), default=0)
    names = ("company_id", "project_code", "activity_code", "group_code")
    columns = {"change_id": number, "amount": Decimal(amount), "reference": f"MB-{number}", "status": "approved"}
    enter(world, "m_budget_change", {name: row[name] for name in names}, **columns, **values)
    return number


def doubled(world: World) -> list[str]:
    """What stands twice in Procore: budget lines by code, budget changes by title, cost codes by full code."""
    keys = [
        *(f"line {row['wbs_code_id']}" for row in world.procore("budget_line_items")),
        *(f"change {row['title']}" for row in world.procore("budget_changes")),
        *(f"code {row['project_id']} {row['full_code']}" for row in world.procore("cost_codes")),
        *(f"wbs {row['project_id']} {row['flat_code']}" for row in world.procore("wbs_codes")),
    ]
    return sorted({key for key in keys if keys.count(key) > 1})


async def lock(world: World, code: str = P) -> None:
    await world.edit_procore("budget", {"project_id": project_id(world, code), "locked": True})


# --- the first run and those after it -------------------------------------------------------------


async def test_f080_after_a_run_both_budgets_agree_to_the_cent(linked: World):
    """F080."""
    request = await linked.sync("budgets")
    assert (request["state"], request["errors"]) == ("warned", 0)
    assert request["created"] == len(linked.procore("budget_line_items")) > 80
    assert of_maestro(linked) == of_procore(linked)
    in_step = [line for line in linked.lines("budgets") if line.is_linked]
    assert {line.symbol for line in in_step} == {Symbol.CHECK}


async def test_the_first_run_makes_the_fewest_calls(linked: World):
    """limits-and-faults.md §1.5: views, pattern, types and items once; four calls a project, and the codes' own."""
    await linked.sync("budgets")
    paths = [call["path"] for call in linked.calls()]
    projects = [line for line in linked.lines("projects") if line.is_linked]
    once = ("budget_views", "line_item_types", "work_breakdown_structure/patterns")
    assert [sum(path.endswith(word) for path in paths) for word in once] == [1, 1, 1]
    assert sum("/companies/" in path and path.endswith("segment_items") for path in paths) == 1
    budgeted = len(of_maestro(linked))
    modified = {row["project_code"] for row in linked.company.rows("m_budget_change")}
    per_project = {
        "detail_rows": len(projects),
        "/cost_codes": len(projects),
        "bulk_create": budgeted,
        "budget_line_items/sync": budgeted,
    }
    for word, most in per_project.items():
        assert 0 < sum(path.endswith(word) for path in paths) <= most, word
    assert sum("/projects/" in path and path.endswith("segment_items") for path in paths) == len(projects)
    lists = [call for call in paths if call.endswith("budget_changes")]
    assert len(lists) <= 2 * len(modified) + 1


async def test_the_run_after_it_makes_no_call_at_all(sent: World):
    """An idle run of budgets: 0."""
    request = await sent.sync("budgets", project=P)
    assert sent.calls() == []
    assert (request["state"], request["errors"], request["created"], request["updated"]) == ("done", 0, 0, 0)
    assert request["unchanged"] == len(sent.procore("budget_line_items"))


async def test_a_changed_amount_costs_one_call(sent: World):
    """A typical day: one call for each project touched."""
    first, second, *_ = budget_rows(sent)
    key = change_budget(sent, first, original_cost=Decimal("77777.77"))
    change_budget(sent, second, original_cost=Decimal("0.01"))
    request = await sent.sync("budgets", project=P)
    assert written(sent) == [("POST", "sync", 200)]
    assert (request["updated"], request["errors"]) == (2, 0)
    assert of_maestro(sent)[P] == of_procore(sent)[P]
    assert sent.line("budgets", key).symbol is Symbol.CHECK


async def test_a_new_activity_goes_all_the_way_in_one_run(sent: World):
    """F018: the cost code is made below its division, its budget code and its line follow."""
    pattern = sent.company.rows("m_activity", where={"project_code": [P], "activity_type": ["activity"]})[0]
    enter(sent, "m_activity", pattern, activity_code="99-100", description="Imprévus")
    enter(sent, "m_budget", next(budget_rows(sent)), activity_code="99-100", original_cost=Decimal("10.10"))
    request = await sent.sync("budgets", project=P)
    assert written(sent) == [("PATCH", "sync", 200), ("PATCH", "bulk_create", 201), ("POST", "sync", 200)]
    assert (request["created"], request["errors"]) == (1, 0)
    made = next(row for row in sent.procore("cost_codes") if row["code"] == "99-100")
    assert made["full_code"] == f"{pattern['parent_code']}-99-100"
    assert of_maestro(sent)[P] == of_procore(sent)[P]


async def test_a_removed_line_goes_to_zero(sent: World):
    """BUD-06."""
    first = next(budget_rows(sent))
    key = change_budget(sent, first, is_deleted=True)
    request = await sent.sync("budgets", project=P)
    assert (request["updated"], codes(sent, request)) == (1, {"BUD-06"})
    assert of_maestro(sent)[P] == of_procore(sent)[P]
    assert sent.line("budgets", key).symbol is Symbol.CHECK
    assert (await sent.sync("budgets", project=P))["state"] == "done"


async def test_a_preview_says_what_would_happen_and_writes_nothing(linked: World):
    request = await linked.sync("budgets", preview=True, project=P)
    assert written(linked) == []
    promised = request["created"]
    real = await linked.sync("budgets", project=P)
    assert (promised, request["errors"]) == (real["created"], 0)


# --- modifications and the lock -------------------------------------------------------------------


async def test_a_modification_of_a_locked_budget_is_one_budget_change(sent: World):
    """The original amounts stay; nothing is ever unlocked."""
    await lock(sent)
    before = len(sent.procore("budget_changes"))
    first, second, *_ = budget_rows(sent)
    numbers = [modify(sent, first, "18400.00"), modify(sent, second, "-6150.25")]
    request = await sent.sync("budgets", project=P)
    assert request["errors"] == 0
    assert written(sent) == [("POST", "budget_changes", 201)] * 2
    made = sent.procore("budget_changes")[before:]
    assert [row["title"] for row in made] == [
        f"MB-{number} [MST:{sent.company.company().tag}:budget-changes:{P}/{number}]" for number in numbers
    ]
    assert {row["status"] for row in made} == {"approved"}
    assert next(row for row in sent.procore("budget") if row["project_id"] == project_id(sent))["locked"]
    await sent.sync("budgets", project=P)
    assert sent.calls() == []


async def test_a_changed_original_amount_of_a_locked_budget_is_told_once_for_all_its_lines(sent: World):
    """BUD-02: one refused call, not one for each line; the other projects go on."""
    await sent.sync("budgets")
    sent.calls()
    await lock(sent)
    rows = list(budget_rows(sent))
    for number, row in enumerate(rows):
        change_budget(sent, row, original_cost=Decimal(1000 + number))
    other = next(iter(set(of_maestro(sent)) - {P}))
    change_budget(sent, next(budget_rows(sent, other)), original_cost=Decimal("5.55"))
    request = await sent.sync("budgets")
    assert sorted(written(sent)) == [("POST", "sync", 200), ("POST", "sync", 422)]
    assert (request["updated"], request["errors"], errors(sent, request)) == (1, len(rows), {"BUD-02"})
    assert of_maestro(sent)[other] == of_procore(sent)[other]


async def test_a_refused_line_that_the_answer_leaves_out_is_not_green(tmp_path: Path):
    """Switch budget_sync_refusal: a server that skips what it refuses."""
    world = made(tmp_path, budget_sync_refusal="entry")
    await world.sync("projects")
    await world.sync("budgets", project=P)
    await lock(world)
    key = change_budget(world, next(budget_rows(world)), original_cost=Decimal("1.00"))
    request = await world.sync("budgets", project=P)
    assert (request["errors"], errors(world, request)) == (1, {"CHK-03"})
    assert world.line("budgets", key).symbol is Symbol.CROSS
    await world.close()


# --- killed and cut -------------------------------------------------------------------------------

DEATHS = (
    *(
        (kind, step)
        for kind in ("cost-codes", "budget-codes", "budgets", "budget-changes")
        for step in ("send", "store")
    ),
    ("segment-items", "absent"),
    ("budgets", "plan"),
    ("budgets", "look"),
    ("budgets", "end part"),
    ("budget-changes", "look around"),
)


@pytest.mark.parametrize(("kind", "step"), DEATHS, ids=[" ".join(each) for each in DEATHS])
async def test_a_program_that_dies_anywhere_leaves_nothing_twice(linked: World, kind: str, step: str):
    request = await linked.sync("budgets", kill_at=f"{kind}@{P} {step}", project=P)
    assert request["errors"] == 0
    assert doubled(linked) == []
    assert of_maestro(linked)[P] == of_procore(linked)[P]
    linked.calls()
    await linked.sync("budgets", project=P)
    assert linked.calls() == []


CUTS = ("*/cost_codes/sync", "*/bulk_create", "*/budget_line_items/sync", "*/budget_changes")


@pytest.mark.parametrize("finds_by_code", [True, False], ids=["finds by code", "refuses a second line"])
@pytest.mark.parametrize("path", CUTS)
async def test_an_answer_that_is_lost_leaves_nothing_twice(tmp_path: Path, path: str, finds_by_code: bool):
    """Neither lines nor budget changes have an origin id; each write is cut off once after it was applied."""
    world = made(tmp_path, budget_sync_finds_by_code=finds_by_code)
    await world.sync("projects")
    method = "PATCH" if path in CUTS[:2] else "POST"
    world.sandbox.faults.plant({"method": method, "path": path, "cut": "after", "times": 1})
    request = await world.sync("budgets", project=P)
    assert (request["errors"], errors(world, request)) == (0, set())
    assert doubled(world) == []
    assert of_maestro(world)[P] == of_procore(world)[P]
    await world.close()


# --- what Procore has already ---------------------------------------------------------------------


async def enter_in_procore(world: World, amount: float | None = None) -> str:
    """Another user fills a line of the budget that maestro* has too, None: with the same amount; its key."""
    flats = {row["flat_code"]: row for row in world.procore("wbs_codes") if row["project_id"] == project_id(world)}
    types = {"ST": "S", "MAT": "M", "DIV": "O", "EQP": "E", "MO": "L"}
    for row in budget_rows(world):
        end = f"-{row['activity_code']}.{types[row['group_code']]}"
        code = next((flat for flat in flats if flat.endswith(end)), None)
        if code is not None:
            entered = float(row["original_cost"]) if amount is None else amount
            line = {"wbs_code_id": flats[code]["id"], "original_budget_amount": entered}
            await world.edit_procore("budget_line_items", {"project_id": project_id(world), **line})
            return f"{P}/{row['activity_code']}/{row['group_code']}"
    raise AssertionError("no budget code stands on both sides")


async def test_an_amount_that_somebody_entered_before_is_overwritten_only_when_asked(linked: World):
    """BUD-09; a person decides, and then it is written."""
    key = await enter_in_procore(linked, 12.34)
    request = await linked.sync("budgets", project=P)
    assert (request["skipped"], "BUD-09" in codes(linked, request)) == (1, True)
    assert request["problem"]["code"] == "BUD-07", "a line that waits leaves the totals apart"
    assert Decimal("12.34") in {Decimal(str(r["original_budget_amount"])) for r in linked.procore("budget_line_items")}
    assert not linked.line("budgets", key).is_linked
    linked.commands.choose("budgets", key, "original", "maestro")
    again = await linked.sync("budgets", project=P)
    assert (again["linked"], again["errors"]) == (1, 0)
    assert of_maestro(linked)[P] == of_procore(linked)[P]


async def test_an_equal_amount_is_adopted(linked: World):
    """BUD-03."""
    key = await enter_in_procore(linked)
    request = await linked.sync("budgets", project=P)
    assert (request["linked"], "BUD-03" in codes(linked, request)) == (1, True)
    assert linked.line("budgets", key).symbol is Symbol.CHECK
    assert of_maestro(linked)[P] == of_procore(linked)[P]
    assert doubled(linked) == []


# --- messages -------------------------------------------------------------------------------------


async def test_a_project_with_a_custom_segment_is_refused_and_the_others_go_on(linked: World):
    """PRJ-18; its pattern is asked for only because the company has such a segment."""
    await linked.edit_procore("segments", {"type": "custom", "name": "Zone", "position": 4})
    request = await linked.sync("budgets", project=P)
    assert errors(linked, request) == {"PRJ-18"}
    assert linked.procore("budget_line_items") == []


async def test_a_group_without_cost_type_stops_its_lines_only(linked: World):
    """COD-04; the editable table of Configuration puts it right."""
    linked.journal.change_settings({"value_maps": {"cost_types": {"MAT": ""}}}, "test", linked.clock.now())
    request = await linked.sync("budgets", project=P)
    assert errors(linked, request) == {"COD-04"}
    assert 0 < request["created"] < sum(1 for _ in budget_rows(linked))
    linked.journal.change_settings({"value_maps": {}}, "test", linked.clock.now())
    again = await linked.sync("budgets", project=P)
    assert again["errors"] == 0
    assert of_maestro(linked)[P] == of_procore(linked)[P]


async def test_a_project_that_is_not_linked_says_so(tmp_path: Path):
    """BUD-01."""
    world = made(tmp_path)
    request = await world.sync("budgets")
    assert errors(world, request) == {"BUD-01"}
    assert [call for call in world.calls() if "/projects/" in call["path"]] == []
    await world.close()


async def test_a_bad_amount_stops_its_line_and_no_other(linked: World):
    """VAL-01 on a real run: a view of IT's may answer three decimals."""
    rows = linked.company.rows
    wrong = next(budget_rows(linked))

    def spoiled(table: str, **options: Any) -> list[Row]:
        found = rows(table, **options)
        names = ("project_code", "activity_code", "group_code")
        is_wrong = [table == "m_budget" and all(row[n] == wrong[n] for n in names) for row in found]
        return [
            {**row, "original_cost": Decimal("1.005")} if bad else row for row, bad in zip(found, is_wrong, strict=True)
        ]

    linked.company.rows = spoiled  # type: ignore[method-assign]
    request = await linked.sync("budgets", project=P)
    assert (request["errors"], errors(linked, request)) == (1, {"VAL-01"})
    assert request["created"] > 5
