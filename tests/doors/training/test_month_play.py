"""Each day of the month, applied to a fresh small company on a real sandbox: what both sides hold afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from maestro_procore.model.problems import Refused
from maestro_procore.sandbox.month import month
from maestro_procore.sandbox.month_steps import enter
from maestro_procore.training.play import Player
from maestro_procore.training.progress import Progress, forget
from maestro_procore.training.sides import MaestroSide, ProcoreSide
from tests.doors.training.month_world import NOW, MonthWorld, month_world

Check = Callable[[MonthWorld], None]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MonthWorld]:
    with month_world(tmp_path) as made:
        yield made


def _statuses(world: MonthWorld, collection: str, *numbers: str) -> list[str]:
    return [world.only(collection, number=number)["status"] for number in numbers]


def _day_1(world: MonthWorld) -> None:
    assert _statuses(world, "purchase_order_contracts", "26003-901") == ["Approved"]
    assert _statuses(world, "work_order_contracts", "26005-S900") == ["Approved"]
    accrual = world.only("m_transaction", document_no="EJ-2611-07")
    assert (accrual["module"], accrual["transferred"], accrual["accounting_date"]) == ("GL", True, date(2026, 11, 30))
    assert [line["amount"] for line in world.lines("EJ-2611-07")] == [Decimal("4250.00")]


def _day_2(world: MonthWorld) -> None:
    commitment = world.only("work_order_contracts", number="26003-S901")
    package = world.only("change_order_packages", contract_id=commitment["id"])
    assert (commitment["status"], package["status"], package["grand_total"]) == (
        "Out For Signature", "approved", "8640.00",
    )  # fmt: skip
    hidden = world.only("potential_change_orders", contract_id=commitment["id"])
    assert (hidden["status"], hidden["grand_total"]) == ("approved", "8640.00")
    accrual, back = (world.only("m_transaction", document_no=number) for number in ("EJ-2611-07", "EJ-2612-01"))
    assert back["reverses_trans_id"] == accrual["trans_id"]
    order = world.only("purchase_order_contracts", number="26005-005")
    line = world.only("purchase_order_contract_line_items", purchase_order_contract_id=order["id"], position=1)
    # 33,670.40 with Ontario's thirteen percent.
    assert (order["status"], line["extended_amount"], line["total_amount"]) == ("Draft", "33670.40", "38047.55")


def _day_3(world: MonthWorld) -> None:
    assert _statuses(world, "work_order_contracts", "26003-S901") == ["Approved"]
    assert _statuses(world, "purchase_order_contracts", "26005-005") == ["Approved"]
    commitment = world.only("work_order_contracts", number="26003-S901")
    assert commitment["approved_change_orders"] == "8640.00"
    assert world.only("change_order_packages", title="Renforts de poutres, axe C")["grand_total"] == "11500.00"
    assert {line["group_code"] for line in world.lines("PAIE-2026-49")} == {"MO"}


def _day_4(world: MonthWorld) -> None:
    titled = world.only("purchase_order_contracts", number="26001-001")
    assert titled["title"] == "Fourniture – Charpente d'acier et tablier"
    assert _statuses(world, "purchase_order_contracts", "26008-001R", "26006-001") == ["Approved", "Approved"]
    assert not world.procore("purchase_order_contracts", number="26008-001")
    vendor = world.only("purchase_order_contracts", number="26006-001")["vendor"]
    assert vendor["company"] == "Quincaillerie Marcoux s.e.n.c."
    change = world.only("m_change_order", description="Renforts de poutres, axe C")
    order = world.only("m_order", external_no="26003-S01")
    assert (change["status"], change["final_transfer"]) == ("transferred", True)
    line = world.only("m_change_order_line", co_id=change["co_id"])
    assert (line["order_id"], line["amount"], line["transferred"]) == (order["order_id"], Decimal("11500.00"), True)


def _day_5(world: MonthWorld) -> None:
    assert [p["status"] for p in world.maestro("m_period", year=2026)[-3:]] == ["closed", "closed", "open"]
    order = world.only("purchase_order_contracts", number="26004-002")
    lines = world.procore("purchase_order_contract_line_items", purchase_order_contract_id=order["id"])
    assert [line["extended_amount"] for line in lines] == ["100.01", "92.59"]
    assert [line["amount"] for line in world.lines("F-88213")] == [Decimal("231.28"), Decimal("0.83")]
    assert world.only("change_order_packages", title="Renforts de poutres, axe C")["status"] == "void"
    assert world.only("m_change_order", description="Renforts de poutres, axe C")["status"] == "transferred"


def _day_6(world: MonthWorld) -> None:
    change = world.only("m_change_order", description="Renforts de poutres, axe C")
    assert (change["status"], change["final_transfer"], change["transferred_at"]) == ("approved", False, None)
    order = world.only("m_order", external_no="26005-S01")
    invoice = world.only("m_transaction", document_no="F-5521")
    assert (invoice["order_id"], invoice["holdback_amt"]) == (order["order_id"], Decimal("822.95"))
    line = world.only("m_order_line", order_id=order["order_id"], line_no=2)
    # 19,750.80 were invoiced before.
    assert line["amt_invoiced"] == Decimal("19750.80") + world.lines("F-5521")[0]["amount"]
    assert world.only("m_transaction", document_no="F-3307")["order_id"] is None
    assert _statuses(world, "purchase_order_contracts", "26005-003") == ["Received"]


def _day_7(world: MonthWorld) -> None:
    assert _statuses(world, "purchase_order_contracts", "26005-003") == ["Partially Received"]
    edited = world.only("work_order_contracts", number="26005-S01")
    line = world.only("work_order_contract_line_items", work_order_contract_id=edited["id"], position=2)
    assert (edited["status"], line["extended_amount"]) == ("Approved", "84000.00")
    order = world.only("m_order", external_no="26005-S01")
    kept = world.only("m_order_line", order_id=order["order_id"], line_no=2)
    assert kept["amount"] == Decimal("82294.96")
    assert kept["amt_invoiced"] > 0


def _day_8(world: MonthWorld) -> None:
    late = world.only("m_transaction", document_no="F-2956")
    period = world.only("m_period", year=late["accounting_date"].year, period=late["accounting_date"].month)
    assert (late["transferred"], period["status"]) == (False, "closed")
    twice = world.maestro("m_transaction", document_no="F-1042")
    assert len({row["trans_id"] for row in twice}) == 2
    assert {row["supplier_code"] for row in twice} == {"SIGN0043"}
    assert not world.procore("purchase_order_contracts", number="26005-900")


def _day_9(world: MonthWorld) -> None:
    late = world.only("m_transaction", document_no="F-2956")
    period = world.only("m_period", year=late["accounting_date"].year, period=late["accounting_date"].month)
    assert (late["transferred"], period["status"]) == (True, "open")
    edited = world.only("work_order_contracts", number="26005-S01")
    line = world.only("work_order_contract_line_items", work_order_contract_id=edited["id"], position=2)
    assert (edited["status"], line["extended_amount"]) == ("Approved", "82294.96")
    assert edited["approved_change_orders"] == "21833.12"  # 20,128.08 before
    prime = world.only("prime_contracts", number="26005")
    package = world.only("change_order_packages", contract_id=prime["id"], number="002")
    assert (package["type"], package["status"], package["grand_total"]) == (
        "PrimeContractChangeOrder", "approved", "42500.00",
    )  # fmt: skip


def _day_10(world: MonthWorld) -> None:
    change = world.only("m_change_order", description="Additional loading dock")
    assert (change["status"], change["do_budget"]) == ("transferred", True)
    sides = {side: [line["amount"] for line in world.maestro("m_change_order_line", co_id=change["co_id"], side=side)]
             for side in ("cost", "sell")}  # fmt: skip
    assert sides["cost"] == sides["sell"] == [Decimal("31200.00"), Decimal("11300.00")]
    born = world.maestro("m_budget_change", co_id=change["co_id"])
    package = world.only("change_order_packages", title="Additional loading dock")
    assert sum(row["amount"] for row in born) == Decimal(package["grand_total"])
    for row in born:
        line = world.only(
            "m_budget", project_code="26005", activity_code=row["activity_code"], group_code=row["group_code"]
        )
        assert line["modified_cost"] - line["original_cost"] == row["amount"]
    assert world.only("m_contract", contract_no="26005")["approved_changes"] == Decimal("42500.00")
    locked = world.only("projects", project_number="26003")["id"]
    assert [row["project_id"] for row in world.procore("budget", locked=True)] == [locked]
    assert [line["amount"] for line in world.lines("NC-3307")] == [Decimal("-620.00")]


def _day_11(world: MonthWorld) -> None:
    raised = world.only("m_budget", project_code="26003", activity_code="03-100", group_code="MAT")
    lowered = world.only("m_budget", project_code="26003", activity_code="05-120", group_code="MAT")
    assert raised["modified_cost"] - raised["original_cost"] == Decimal("18400.00")
    assert lowered["modified_cost"] - lowered["original_cost"] == Decimal("-6150.25")
    order = world.only("m_order", order_no="000008")
    assert order["external_no"] is None
    assert world.only("m_transaction", document_no="F-9071")["order_id"] == order["order_id"]
    assert world.only("m_supplier", supplier_code="OEUV0008")["status"] == "B"
    assert world.only("purchase_order_contracts", number="26001-002")["status"] == "Approved"
    assert world.only("vendors", name="Paysagement Bernard")["is_active"]
    assert world.lines("CC-0112")[0]["amount"] < 0


def _day_12(world: MonthWorld) -> None:
    order = world.only("m_order", order_no="000008")
    commitment = world.only("purchase_order_contracts", number=order["external_no"])
    lines = world.procore("purchase_order_contract_line_items", purchase_order_contract_id=commitment["id"])
    ordered = world.maestro("m_order_line", order_id=order["order_id"])
    assert [Decimal(line["extended_amount"]) for line in lines] == [line["amount"] for line in ordered]
    assert commitment["contract_date"] == order["order_date"].isoformat()
    assert _statuses(world, "work_order_contracts", "26005-S900", "26003-S01") == ["Void", "Void"]
    assert world.lines("F-88213")[0]["activity_code"] == "26-050"
    here = world.only("m_supplier", supplier_code="FENE0011")["address"]
    assert here != world.only("vendors", origin_code="FENE0011")["address"] != ""
    project = world.only("m_project", project_code="26009")
    assert (project["status"], project["closing_date"]) == ("1", date(2026, 12, 16))


def _day_13(world: MonthWorld) -> None:
    assert _statuses(world, "work_order_contracts", "26003-S01") == ["Approved"]
    assert world.only("m_supplier", supplier_code="OEUV0008")["status"] == "A"
    [moved] = world.lines("F-1042", "Affiches de chantier")
    assert (moved["project_code"], moved["amount"]) == ("26006", Decimal("985.00"))
    amounts = [
        line["amount"]
        for row in world.maestro("m_transaction", document_no="F-70114")
        for line in world.lines("F-70114", row["description"])
    ]
    assert amounts == [Decimal("4567.89"), Decimal("-4567.89"), Decimal("4657.89")]
    assert not [row for row in world.procore("vendors", origin_code="PAYS0054") if row["is_active"]]
    assert world.only("vendors", name="Paysagement Bernard")["is_active"]
    assert world.only("m_project", project_code="26009")["status"] == "1"
    assert world.only("purchase_order_contracts", number="26009-002")["grand_total"] == "3320.94"


def _day_14(world: MonthWorld) -> None:
    withheld = [world.only("m_transaction", document_no=number)["holdback_amt"] for number in ("F-3307", "R-3307")]
    assert sum(withheld) == 0
    assert not world.lines("R-3307")
    order = world.only("m_order", external_no="26005-001")
    lines = world.maestro("m_order_line", order_id=order["order_id"])
    assert {order["status"], *(line["status"] for line in lines)} == {"closed"}
    assert any(line["amt_invoiced"] < line["amount"] for line in lines)
    assert _statuses(world, "purchase_order_contracts", "26005-001") == ["Approved"]
    assert world.only("m_project", project_code="26009")["status"] == "A"
    here = world.only("m_supplier", supplier_code="FENE0011")["address"]
    assert world.only("vendors", origin_code="FENE0011")["address"] == here


def _day_25(world: MonthWorld) -> None:
    days = {number: world.only("m_transaction", document_no=number) for number in ("EJ-2612-31", "F-4502", "F-4503")}
    assert [row["transferred"] for row in days.values()] == [True, False, True]
    cutoff = month()[-1].cutoff
    assert cutoff is not None
    assert [row["accounting_date"] <= cutoff for row in days.values()] == [True, True, False]


CHECKS: dict[int, Check] = {
    1: _day_1, 2: _day_2, 3: _day_3, 4: _day_4, 5: _day_5, 6: _day_6, 7: _day_7, 8: _day_8, 9: _day_9, 10: _day_10,
    11: _day_11, 12: _day_12, 13: _day_13, 14: _day_14, 25: _day_25,
}  # fmt: skip


def test_every_day_with_steps_is_checked() -> None:
    assert set(CHECKS) == {day.number for day in month() if day.steps}


@pytest.mark.parametrize("day", CHECKS)
def test_a_day_leaves_what_it_should_on_both_sides(world: MonthWorld, day: int) -> None:
    """Played alone on a fresh company; what comes before it is played first."""
    played = world.play(day)
    assert played.earlier == list(range(1, day))
    assert [step.step for step in played.steps if step.day == day] == list(month()[day - 1].steps)
    CHECKS[day](world)


def test_a_holiday_changes_nothing(world: MonthWorld) -> None:
    world.play(14)
    before = world.state()
    for day in range(15, 25):
        assert world.play(day).steps == []
    assert world.state() == before


def test_playing_a_day_again_changes_nothing(world: MonthWorld) -> None:
    """Neither right away, nor after later days have changed what it did."""
    for day in range(1, 26):
        world.play(day)
        rowvers = _rowvers(world)
        again = world.play(day)
        assert not any(step.is_written for step in again.steps), day
        assert _rowvers(world) == rowvers
    before = world.state()
    for day in range(1, 26):
        assert not any(step.is_written for step in world.play(day).steps), day
    assert world.state() == before


def _rowvers(world: MonthWorld) -> list[int]:
    tables = ("m_transaction", "m_transaction_line", "m_order", "m_change_order", "m_supplier", "m_project", "m_budget")
    return [row["rowver"] for table in tables for row in world.company.rows(table)]


def test_a_kill_after_any_step_is_repaired_by_playing_the_day_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step of the month is cut off between its effect and the note of it; the end is the same, ids included."""
    ends = []
    for name, is_killed in (("whole", False), ("killed", True)):
        (tmp_path / name).mkdir()
        with month_world(tmp_path / name) as world, monkeypatch.context() as patch:
            kills = _kill_each_step_once(patch) if is_killed else []
            for day in month():
                while not _is_played(world, day.number):
                    pass
            ends.append(world.state())
            assert len(kills) == (sum(len(day.steps) for day in month()) if is_killed else 0)
    assert ends[0] == ends[1]


def _kill_each_step_once(patch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Notes fail the first time, as after a kill: the step stands, and nothing says so."""
    kills: list[tuple[int, int]] = []
    note = Progress.note

    def killed(progress: Progress, day: int, done: int) -> None:
        if done and (day, done) not in kills:
            kills.append((day, done))
            raise KeyboardInterrupt
        note(progress, day, done)

    patch.setattr(Progress, "note", killed)
    return kills


def _is_played(world: MonthWorld, day: int) -> bool:
    try:
        world.play(day)
    except KeyboardInterrupt:
        return False
    return True


READ = ("purchase_order_contracts", "work_order_contracts", "change_order_packages")


def test_what_the_month_leaves_behind_keeps_to_the_document(tmp_path: Path) -> None:
    """A strict sandbox checks each of its answers: statuses, numbers and dates that people enter are Procore's own."""
    with month_world(tmp_path, strict=True, hourly_limit=100_000, spike_limit=100_000) as world:
        for day in (5, 7, 12, 25):
            world.play(day)
            world.ask("/rest/v1.0/vendors", company_id=world.control.line["company_id"])
            for project in world.procore("projects"):
                for collection in READ:
                    for row in world.ask(f"/rest/v1.0/{collection}", project_id=project["id"]):
                        world.ask(f"/rest/v1.0/{collection}/{row['id']}", project_id=project["id"])
        calls = world.control.calls()
    assert len(calls) > 200
    assert [call for call in calls if call["violation"] or call["status"] != 200] == []


def test_what_stands_already_is_told_apart_from_what_was_written(world: MonthWorld) -> None:
    world.play(3)
    forget(world.profile.root)  # the file is lost; both sides still hold what was done
    again = world.play(1)
    assert [step.is_written for step in again.steps] == [False] * len(month()[0].steps)


@pytest.mark.parametrize("day", [-1, 0, 26])
def test_a_day_that_the_month_has_not_is_refused(world: MonthWorld, day: int) -> None:
    with pytest.raises(Refused) as refused:
        world.play(day)
    assert refused.value.problem.code == "TRN-01"


def test_a_missing_record_is_named_and_the_rest_of_the_day_waits(world: MonthWorld) -> None:
    """Somebody deleted what the day works on; once it is back, the day goes on where it stood."""
    gone = world.only("work_order_contracts", number="26005-S900")
    world.control.edit("work_order_contracts", id=gone["id"], number="RENAMED")
    with pytest.raises(Refused) as refused:
        world.play(1)
    assert refused.value.problem.code == "TRN-02"
    assert "26005-S900" in str(refused.value.problem.args["record"])
    assert not world.maestro("m_transaction", document_no="EJ-2611-07")
    world.control.edit("work_order_contracts", id=gone["id"], number="26005-S900")
    assert [step.is_written for step in world.play(1).steps][:2] == [False, True]
    _day_1(world)


def test_the_sandbox_says_why_it_refuses(world: MonthWorld) -> None:
    player = Player(MaestroSide(world.company, lambda: NOW), ProcoreSide(world.control.url))
    with pytest.raises(Refused) as refused:
        player.carry_out(enter("vendors", {"name": "Neuf"}, colour="green"))
    assert refused.value.problem.code == "TRN-03"
    assert "colour" in str(refused.value.problem.args["text"])
