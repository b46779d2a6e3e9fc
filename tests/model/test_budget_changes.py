"""Modifications of budgets (→): one budget change each, once, and never one that came from Procore (BUD-08, BUD-10)."""

from maestro_procore.model import budget_changes
from maestro_procore.model.plan import LinkState
from maestro_procore.model.status import ActionKind
from tests.model.budget_world import PROJECT, World, budget, codes_of, modification, sent

MARK = f"MST:ACME:budget-changes:{PROJECT}/"


def key(number: int) -> str:
    return f"{PROJECT}/{number}"


def world(*rows) -> World:
    """A project in step, then these modifications."""
    here = World(budgets=[budget("03-300", "MAT", "12500.00")]).with_codes()
    here.run()
    here.modifications = list(rows)
    here.run("budget-codes")
    return here


def test_a_modification_is_an_approved_budget_change_with_our_key_in_its_title():
    """Budget changes carry no origin_id; the original amount stays what it was."""
    here = world(modification(17, "03-300", "MAT", "-450.25", reference="MB-26001-1"))
    item = here.plan("budget-changes")[key(17)]
    [code] = here.known["budget-codes"]
    assert item.kind is ActionKind.CREATE
    assert sent(item) == {
        "status": "approved",
        "title": f"MB-26001-1 [{MARK}17]",
        "adjustment_line_items": [
            {"wbs_code_id": code, "adjustment_number": 1, "type": "budget_change", "calculation_strategy": "manual",
             "amount": "-450.25", "description": "MB-26001-1"}
        ],
    }  # fmt: skip
    assert [item.kind for item in here.plan("budgets").values()] == [None]


def test_once_sent_it_rests():
    here = world(modification(17, "03-300", "MAT", "450.25"))
    assert len(here.run()["budget-changes"]) == 1
    assert here.run() == {"cost-codes": [], "budget-codes": [], "budgets": [], "budget-changes": []}
    item = here.plan("budget-changes")[key(17)]
    assert (item.kind, item.is_linked, item.problems) == (None, True, ())


def test_one_that_stands_in_procore_already_is_linked_and_not_sent_twice():
    """A fresh journal, or an answer that was lost: the title tells."""
    here = world(modification(1, "03-300", "MAT", "450.25"))
    here.learn("budget-changes", {"id": 60, "title": f"renamed [{MARK}12]", "amount": 1.0, "status": "approved"},
               {"id": 61, "title": f"renamed by hand [{MARK}1]", "amount": 450.25, "status": "approved"})  # fmt: skip
    item = here.plan("budget-changes")[key(1)]
    assert (item.kind, sent(item)) == (ActionKind.LINK, {})
    assert item.procore is not None
    assert item.procore.procore_id == 61, "1 is not the beginning of 12"


def test_what_was_sent_is_recognised_by_its_title():
    sent_as, answered_as = budget_changes.RULES.sent_as, budget_changes.RULES.answered_as
    assert sent_as is not None
    record = budget_changes.MAP.from_procore({"id": 1, "title": f"renamed [{MARK}17]", "amount": 1.0})
    assert sent_as({"title": f"MB [1] [{MARK}17]"}) == answered_as(record) == f"{MARK}17"


def test_an_echo_of_procores_change_order_is_never_sent_back():
    here = world(modification(9, "03-300", "MAT", "100.00", co_id=4, reference="P-002"))
    here.change_orders = [{"co_id": 4, "co_no": "P-002"}]
    here.links["change-orders"] = {f"{PROJECT}/P-002": LinkState(77, {})}
    item = here.plan("budget-changes")[key(9)]
    assert (item.kind, codes_of(item), item.is_in_scope) == (None, ["BUD-08"], False)
    assert not budget_changes.RULES.reads(here.context, True)


def test_one_whose_change_order_is_not_linked_waits_rather_than_count_twice():
    here = world(modification(9, "03-300", "MAT", "100.00", co_id=4))
    here.change_orders = [{"co_id": 4, "co_no": "P-002"}]
    item = here.plan("budget-changes")[key(9)]
    assert (item.kind, codes_of(item), item.is_question) == (ActionKind.SKIP, ["BUD-11"], True)


def test_what_is_pending_empty_or_revenue_is_not_sent():
    here = world(
        modification(1, "03-300", "MAT", "5.00", status="pending"),
        modification(2, "03-300", "MAT", "0.00"),
        modification(3, "03-300", "REV", "5.00"),
    )
    assert {name: item.kind for name, item in here.plan("budget-changes").items()} == {key(2): None}


def test_an_amount_changed_after_sending_is_told_and_not_sent_again():
    """BUD-10."""
    here = world(modification(17, "03-300", "MAT", "450.25"))
    here.run()
    here.modifications[0]["amount"] = "500.00"
    item = here.plan("budget-changes")[key(17)]
    assert (item.kind, codes_of(item), sent(item)) == (ActionKind.SKIP, ["BUD-10"], {})
    assert item.problems[0].args == {"ref": "MB-17", "a": "500.00", "b": "450.25"}


def test_one_that_was_withdrawn_in_maestro_is_told():
    here = world(modification(17, "03-300", "MAT", "450.25"))
    here.run()
    here.modifications[0]["status"] = "pending"
    [item] = here.plan("budget-changes").values()
    assert (codes_of(item), item.problems[0].args) == (["BUD-10"], {"ref": "MB-17", "a": "0.00", "b": "450.25"})


def test_one_that_was_voided_in_procore_is_told():
    here = world(modification(17, "03-300", "MAT", "450.25"))
    here.run()
    [row] = here.known["budget-changes"].values()
    row["status"] = "void"
    [item] = here.plan("budget-changes").values()
    assert item.problems[0].args == {"ref": "MB-17", "a": "450.25", "b": "0.00"}


def test_one_without_budget_code_says_why():
    here = world(modification(17, "DIV03", "MAT", "1.00"))
    assert codes_of(here.plan("budget-changes")[key(17)]) == ["COD-07"]


def test_a_bad_amount_stops_its_own_modification():
    here = world(modification(17, "03-300", "MAT", "1.005"), modification(18, "03-300", "MAT", "1.00"))
    plan = here.plan("budget-changes")
    assert (codes_of(plan[key(17)]), plan[key(18)].kind) == (["VAL-01"], ActionKind.CREATE)


def test_the_list_is_read_only_before_a_project_sends_its_first_one():
    """An idle run makes no call; the first run of a company without modifications neither (§1.5)."""
    reads = budget_changes.RULES.reads
    assert not reads(world().context, True)
    here = world(modification(17, "03-300", "MAT", "1.00"))
    assert (reads(here.context, True), reads(here.context, False)) == (True, False)
    here.run()
    assert not reads(here.context, True)


def test_a_project_without_link_leaves_it_to_the_lines_of_its_budget():
    here = world(modification(17, "03-300", "MAT", "1.00"))
    here.procore_id = None
    assert here.plan("budget-changes") == {}
