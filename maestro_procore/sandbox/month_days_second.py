"""The month scenario from December 10 to 18, 2026: corrections, budgets, and what must not be counted twice."""

from __future__ import annotations

from datetime import date

from maestro_procore.sandbox.month_days_first import GROUPS, QUANTITIES, TO_REVERSE, WITH_HOLDBACK
from maestro_procore.sandbox.month_entries import (
    Charge,
    Document,
    Item,
    booked,
    on_commitment,
    on_prime,
    ordered,
    payroll,
    po,
    project_ref,
    sc,
    transfer,
    transferred_in_maestro,
    vendor_ref,
)
from maestro_procore.sandbox.month_steps import Act, Day, Expected, Outcome, Ref, Step, change, enter, merge, remove
from maestro_procore.sandbox.training_money import money

CREATED, UPDATED, UNCHANGED = Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED
LINKED, WARNED, REFUSED = Outcome.LINKED, Outcome.WARNED, Outcome.REFUSED

BACKDATED = Document(
    "F-2956",
    date(2026, 11, 24),
    "Location d'une pompe à béton",
    (Charge("26003", "03-300", "EQP", 187_550, "Location d'une pompe à béton"),),
    "LOCA0036",
    accounted=date(2026, 11, 26),
)
SIGNS = Document(
    "F-1042",
    date(2026, 12, 10),
    "Affiches de chantier",
    (Charge("26001", "26-050", "DIV", 98_500, "Affiches de chantier"),),
    "SIGN0043",
)
SIGNS_AGAIN = Document(
    "F-1042",
    date(2026, 12, 10),
    "Affiches du stationnement",
    (Charge("26009", "01-100", "DIV", 41_275, "Affiches du stationnement"),),
    "SIGN0043",
)
CREDIT = Document(
    "NC-3307",
    date(2026, 12, 14),
    "Note de crédit sur F-3307",
    (Charge("26001", "07-500", "ST", -62_000, "Membrane non utilisée"),),
    "CERA0041",
)
BACK_CHARGE = Document(
    "CC-0112",
    date(2026, 12, 15),
    "Contre-charge – nettoyage",
    (Charge("26001", "22-100", "ST", -38_000, "Nettoyage fait par nos employés"),),
    "TOIT0002",
)
SMALL_SUPPLIES = {"order_no": "000008", "extension": 0}
ORDER_8 = Ref("m_order", SMALL_SUPPLIES, "order_id")
BEFORE_ITS_ORDER = Document(
    "F-9071",
    date(2026, 12, 15),
    "Facture de la commande 000008",
    (Charge("26003", "03-100", "MAT", 120_000, "Petites fournitures"),),
    "ASCE0003",
    source="invoicing",
    order=ORDER_8,
)
DOCK_WALL = on_commitment(sc("26005-S01"), "002", "Additional formwork, dock wall")
DOCK = on_prime("26005", "002", "Additional loading dock")
DOCK_ITEMS = (
    Item("22-100", "S", "Piping and fixtures, loading dock", 3_120_000, "1", "31200.00"),
    Item("03-100", "S", "Formwork, loading dock", 1_130_000, "1", "11300.00"),
)
PLATES = po("26001-002")
KERBS = po("26009-002")


def _modification(project: str, item: Item, number: str, source: str, day: date, co: Ref | None) -> tuple[Step, ...]:
    """A change of a budget line, and the line counted anew."""
    line = {"project_code": project, "activity_code": item.activity, "group_code": GROUPS[item.type]}
    return (
        enter("m_budget_change", {**line, "reference": number}, entry_date=day.isoformat(), amount=money(item.cents),
              source=source, status="approved", co_id=co),
        Step(Act.RECOUNT, "m_budget", line),
    )  # fmt: skip


def _day_8() -> Day:
    """An invoice of a closed month, which cannot be transferred; one number twice; a draft is deleted; wages."""
    week = payroll(
        "PAIE-2026-50",
        date(2026, 12, 10),
        "Salaires de la semaine 50",
        (Charge("26003", "03-300", "MO", 198_720, "Gagné, Réjean – 40 h", "40", "H", "49.68"),),
    )
    return Day(
        8,
        date(2026, 12, 10),
        (
            *booked(BACKDATED, None),
            remove(po("26005-900").kind.collection, po("26005-900").match),
            *booked(SIGNS, date(2026, 12, 10)),
            *booked(SIGNS_AGAIN, date(2026, 12, 10)),
            *booked(week, date(2026, 12, 10)),
        ),
        (
            Expected("costs", BACKDATED.number, REFUSED, "CST-09"),
            Expected("costs", SIGNS.number, CREATED),
            Expected("costs", SIGNS_AGAIN.number, CREATED),
            Expected("costs", week.number, CREATED),
        ),
        ("backdated invoice in a closed period", "same invoice number twice", "commitment deleted while Draft"),
    )


def _day_9() -> Day:
    """The invoice is dated anew; the edited subcontract is put back and changed by change order; the owner's order."""
    edited = sc("26005-S01")
    difference = (Item("03-100", "S", "Formwork, dock wall", 170_504, "1", "1705.04"),)
    return Day(
        9,
        date(2026, 12, 11),
        (
            change("m_transaction", BACKDATED.match, accounting_date="2026-12-11"),
            transfer(BACKDATED, date(2026, 12, 11)),
            edited.becomes("Draft"),
            edited.line(2, 8_229_496, unit_cost="82294.96"),
            edited.becomes("Approved"),
            *DOCK_WALL.drawn_up(date(2026, 12, 11), difference),
            *DOCK.drawn_up(date(2026, 12, 11), DOCK_ITEMS),
        ),
        (
            Expected("costs", BACKDATED.number, CREATED),
            Expected("subcontracts", edited.number, UNCHANGED),
            Expected("change-orders", DOCK_WALL.title, CREATED),
            Expected("change-orders", DOCK.title, CREATED),
        ),
    )


def _day_10() -> Day:
    """The owner's change order raises maestro*'s budget, which must not echo; a budget is locked; a credit note."""
    day = date(2026, 12, 14)
    here = {"project_id": project_ref("26003")}
    total = sum(item.cents for item in DOCK_ITEMS)
    return Day(
        10,
        day,
        (
            *transferred_in_maestro(DOCK, "P-002", day, DOCK_ITEMS, GROUPS),
            *(step for item in DOCK_ITEMS
              for step in _modification("26005", item, "P-002", "change_order", day, DOCK.ref)),
            change("m_contract", {"contract_no": "26005"}, approved_changes=money(total)),
            enter("budget", here, locked=True),
            change("budget", here, locked=True),
            *booked(CREDIT, day),
        ),
        (
            Expected("change-orders", DOCK.title, UNCHANGED),
            Expected("budgets", "26005", UNCHANGED, "BUD-08"),
            Expected("costs", CREDIT.number, CREATED),
        ),
        ("owner change order raises the budget", "credit note"),
    )  # fmt: skip


def _day_11() -> Day:
    """The locked budget is modified; an invoice comes before its order is linked; a supplier is blocked."""
    day = date(2026, 12, 15)
    items = (Item("05-120", "M", "Platines d'ancrage", 345_000, "1", "3450.00"),)
    return Day(
        11,
        day,
        (
            *_modification("26003", Item("03-100", "M", "", 1_840_000), "MB-26003-2", "saisie", day, None),
            *_modification("26003", Item("05-120", "M", "", -615_025), "MB-26003-3", "saisie", day, None),
            *booked(BEFORE_ITS_ORDER, day),
            change("m_order_line", {"order_id": ORDER_8, "line_no": 1}, amt_invoiced="1200.00"),
            change("m_supplier", {"supplier_code": "OEUV0008"}, status="B"),
            *ordered(PLATES, vendor_ref(origin_code="OEUV0008"), "Fourniture – Platines", day, items),
            enter("vendors", {"name": "Paysagement Bernard"}, city="Longueuil", state_code="QC", country_code="CA",
                  is_active=True),
            *booked(BACK_CHARGE, day),
        ),
        (
            Expected("budgets", "26003", UPDATED),
            Expected("costs", BEFORE_ITS_ORDER.number, CREATED),
            Expected("purchase-orders", PLATES.number, REFUSED, "SUP-02"),
            Expected("costs", BACK_CHARGE.number, CREATED),
        ),
        ("budget locked, then modified", "back-charge"),
    )  # fmt: skip


def _late_order() -> tuple[Step, ...]:
    """The order of maestro* that Procore did not know is made there, and gets its number."""
    items = (
        Item("03-100", "M", "Petites fournitures", 373_277),
        Item("26-050", "M", "Petites fournitures", 430_122),
    )
    made = ordered(
        po("26003-004"),
        vendor_ref(name="Ascenseurs Sainte-Émélie & Cie"),
        "Petites fournitures",
        date(2026, 12, 16),
        items,
        accounting_method="amount",
        contract_date=Ref("m_order", SMALL_SUPPLIES, "order_date"),
        payment_terms=Ref("m_order", SMALL_SUPPLIES, "terms_code"),
    )
    return (*made, change("m_order", SMALL_SUPPLIES, external_no="26003-004"))


def _day_12() -> Day:
    """The order is linked after its invoice; two subcontracts are void; a cost is recoded; a project is closed."""
    supplier = "FENE0011"
    return Day(
        12,
        date(2026, 12, 16),
        (
            *_late_order(),
            sc("26005-S900").becomes("Void"),
            sc("26003-S01").becomes("Void"),
            change("m_transaction_line", {"trans_id": QUANTITIES.ref, "line_no": 1}, activity_code="26-050"),
            change("m_supplier", {"supplier_code": supplier}, address="4580, boul. Taschereau"),
            change("vendors", {"origin_code": supplier}, address="9001, boul. Leduc, bureau 200"),
            change("m_project", {"project_code": "26009"}, status="1", closing_date="2026-12-16"),
        ),
        (
            Expected("purchase-orders", "26003-004", LINKED),
            Expected("costs", BEFORE_ITS_ORDER.number, WARNED, "CST-08"),
            Expected("subcontracts", "26005-S900", UPDATED),
            Expected("subcontracts", "26003-S01", REFUSED, "PO-12"),
            Expected("costs", QUANTITIES.number, WARNED, "CST-06"),
            Expected("suppliers", supplier, WARNED, "PRJ-09"),
            Expected("projects", "26009", REFUSED, "PRJ-01"),
        ),
        (
            "invoice sent, order linked later",
            "void without invoices",
            "cost recoded",
            "supplier address changed on both sides",
        ),
    )


def _day_13() -> Day:
    """What was void by mistake is approved again; the supplier is free; a cost moves; an invoice is made anew."""
    day = date(2026, 12, 17)
    [wrong] = TO_REVERSE.charges
    back = Document(
        TO_REVERSE.number, day, "Insulation panels – reversal", (wrong._replace(cents=-wrong.cents),), "MATE0037",
        reverses=TO_REVERSE.ref,
    )  # fmt: skip
    anew = Document(
        TO_REVERSE.number, day, "Insulation panels – corrected", (wrong._replace(cents=465_789),), "MATE0037"
    )
    # Ordered while the project is closed.
    kerbs = (Item("26-050", "M", "Bordures préfabriquées", 288_840, "24", "120.35", "UN"),)
    week = payroll(
        "PAIE-2026-51",
        day,
        "Salaires de la semaine 51",
        (Charge("26001", "05-120", "MO", 172_480, "Nadeau, Josée – 35 h", "35", "H", "49.28"),),
    )
    return Day(
        13,
        day,
        (
            sc("26003-S01").becomes("Approved"),
            change("m_supplier", {"supplier_code": "OEUV0008"}, status="A"),
            change("m_transaction_line", {"trans_id": SIGNS.ref, "line_no": 1}, project_code="26006"),
            *booked(back, day),
            *booked(anew, day),
            *ordered(KERBS, vendor_ref(origin_code="QUIN0057"), "Fourniture – Bordures préfabriquées", day, kerbs),
            merge({"origin_code": "PAYS0054", "is_active": True}, vendor_ref(name="Paysagement Bernard")),
            *booked(week, day),
        ),
        (
            Expected("subcontracts", "26003-S01", UNCHANGED),
            Expected("purchase-orders", PLATES.number, CREATED),
            Expected("purchase-orders", KERBS.number, REFUSED, "SC-04"),
            Expected("costs", SIGNS.number, WARNED, "CST-06"),
            Expected("costs", TO_REVERSE.number, CREATED),
            Expected("suppliers", "PAYS0054", WARNED, "LNK-02"),
            Expected("costs", week.number, CREATED),
        ),
        (
            "void with invoices",
            "supplier blocked, then unblocked",
            "cost moved to another project",
            "invoice reversed and re-entered",
            "companies merged in Procore",
        ),
    )


def _day_14() -> Day:
    """The last day before the holiday: a holdback is released, an order closed early, a project reopened."""
    day = date(2026, 12, 18)
    release = Document(
        "R-3307", day, "Libération de retenue F-3307", (), "CERA0041", source="holdback",
        holdback=-WITH_HOLDBACK.holdback,
    )  # fmt: skip
    supplies = Document(
        "F-4410", day, "Vis et boulons", (Charge("26006", "05-120", "MAT", 76_541, "Vis et boulons"),), "QUIN0057"
    )
    closed = po("26005-001")
    return Day(
        14,
        day,
        (
            *booked(release, day),
            *booked(supplies, day),
            change("m_order", closed.order_match, status="closed"),
            change("m_order_line", {"order_id": closed.order}, status="closed"),
            change("m_project", {"project_code": "26009"}, status="A", closing_date="2028-06-30"),
            change("vendors", {"origin_code": "FENE0011"}, address="4580, boul. Taschereau"),
        ),
        (
            Expected("costs", release.number, UNCHANGED),
            Expected("costs", supplies.number, CREATED),
            Expected("purchase-orders", closed.number, WARNED, "PO-11"),
            Expected("projects", "26009", UPDATED),
            Expected("purchase-orders", KERBS.number, CREATED),
            Expected("suppliers", "FENE0011", UNCHANGED),
        ),
        (
            "holdback release",
            "order short-closed in maestro*",
            "project closed, then reopened",
            "two accountants at once",
        ),
        clicks=2,
    )


def second_days() -> tuple[Day, ...]:
    """Days 8 to 14."""
    return (_day_8(), _day_9(), _day_10(), _day_11(), _day_12(), _day_13(), _day_14())
