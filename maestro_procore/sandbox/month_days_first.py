"""The month scenario from December 1 to 9, 2026: orders, their change orders, and the first invoices."""

from __future__ import annotations

from datetime import date

from maestro_procore.sandbox.month_entries import (
    Charge,
    Document,
    Item,
    booked,
    journal,
    moved_back_to_approved,
    on_commitment,
    ordered,
    payroll,
    po,
    sc,
    transferred_in_maestro,
    vendor_ref,
    withheld,
)
from maestro_procore.sandbox.month_steps import Day, Expected, Outcome, change

CREATED, UPDATED, UNCHANGED = Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED
REFUSED = Outcome.REFUSED

# maestro*'s group of each cost type of Procore.
GROUPS = {"M": "MAT", "S": "ST", "E": "EQP", "O": "DIV", "L": "MO"}

ACCRUAL = journal(
    "EJ-2611-07",
    date(2026, 11, 30),
    "Provision – travaux de novembre non facturés",
    (Charge("26001", "22-100", "ST", 425_000, "Tuyauterie et accessoires – travaux de novembre"),),
)
ACCRUAL_REVERSED = journal(
    "EJ-2612-01",
    date(2026, 12, 1),
    "Contre-passation de la provision EJ-2611-07",
    (Charge("26001", "22-100", "ST", -425_000, "Tuyauterie et accessoires – travaux de novembre"),),
    reverses=ACCRUAL.ref,
)
ANCHORS = on_commitment(sc("26003-S901"), "001", "Ancrages supplémentaires au mur est")
BEAMS = on_commitment(sc("26003-S01"), "003", "Renforts de poutres, axe C")
BEAM_ITEMS = (Item("05-120", "S", "Renforts de poutres", 1_150_000, "1", "11500.00"),)
QUANTITIES = Document(
    "F-88213",
    date(2026, 12, 7),
    "Pierre concassée et géotextile",
    (
        # 12.345 × 18.7349 is 231.28234; 2.5 × 0.33 is 0.825, which ledgers round up.
        Charge("26001", "01-100", "MAT", 23_128, "Pierre concassée 0-20", "12.345", "TM", "18.7349"),
        Charge("26001", "01-100", "MAT", 83, "Géotextile", "2.5", "M", "0.33"),
    ),
    "CARR0046",
)
_TILES = (Charge("26001", "07-500", "ST", 1_240_000, "Réparation de la membrane"),)
WITH_HOLDBACK = Document(
    "F-3307", date(2026, 12, 8), "Réparation de la membrane", _TILES, "CERA0041", holdback=withheld(_TILES)
)  # fmt: skip
_CONCRETE = (Charge("26005", "03-100", "ST", 822_950, "Formwork, progress 34 %"),)
ON_LINKED_ORDER = Document(
    "F-5521", date(2026, 12, 8), "Progress billing 26005-S01", _CONCRETE, "BETO0001",
    source="invoicing", order=sc("26005-S01").order, holdback=withheld(_CONCRETE),
)  # fmt: skip
TO_REVERSE = Document(
    "F-70114",
    date(2026, 12, 9),
    "Insulation panels",
    (Charge("26008", "03-300", "MAT", 456_789, "Insulation panels"),),
    "MATE0037",
)


def _day_1() -> Day:
    """Orders approved; November's accrual."""
    return Day(
        1,
        date(2026, 12, 1),
        (
            po("26003-901").becomes("Approved", executed=True),
            sc("26005-S900").becomes("Approved", executed=True),
            *booked(ACCRUAL, date(2026, 12, 1)),
        ),
        (
            Expected("purchase-orders", "26003-901", CREATED),
            Expected("subcontracts", "26005-S900", CREATED),
            Expected("costs", ACCRUAL.number, CREATED),
        ),
        ("orders approved",),
    )


def _day_2() -> Day:
    """A change order comes before its commitment; the accrual is taken back; an order is reopened."""
    items = (
        Item("05-120", "S", "Ancrages chimiques", 640_000, "1", "6400.00"),
        Item("03-100", "S", "Reprise de coffrage", 224_000, "1", "2240.00"),
    )
    reopened = po("26005-005")
    return Day(
        2,
        date(2026, 12, 2),
        (
            *ANCHORS.drawn_up(date(2026, 12, 2), items),
            *booked(ACCRUAL_REVERSED, date(2026, 12, 2)),
            reopened.becomes("Draft"),
            reopened.line(1, 3_367_040, tax_code="TVH", quantity="320", unit_cost="105.22"),
        ),
        (
            Expected("change-orders", ANCHORS.title, REFUSED, "CO-01"),
            Expected("costs", ACCRUAL_REVERSED.number, CREATED),
            Expected("purchase-orders", "26005-005", UNCHANGED, "PO-01"),
        ),
        ("change order approved before its commitment", "accrual and its reversal"),
    )


def _day_3() -> Day:
    """The commitment follows its change order; the reopened order is approved again; wages."""
    week = payroll(
        "PAIE-2026-49",
        date(2026, 12, 3),
        "Weekly payroll 49",
        (
            Charge("26005", "22-100", "MO", 156_750, "Lavoie, Stéphane – 38 h", "38", "H", "41.25"),
            Charge("26005", "22-100", "MO", 161_280, "Fraser, James – 36 h", "36", "H", "44.80"),
        ),
    )
    return Day(
        3,
        date(2026, 12, 3),
        (
            sc("26003-S901").becomes("Approved", executed=True),
            po("26005-005").becomes("Approved"),
            *BEAMS.drawn_up(date(2026, 12, 3), BEAM_ITEMS),
            *booked(week, date(2026, 12, 3)),
        ),
        (
            Expected("subcontracts", "26003-S901", CREATED),
            Expected("change-orders", ANCHORS.title, CREATED),
            Expected("purchase-orders", "26005-005", UPDATED),
            Expected("change-orders", BEAMS.title, CREATED),
            Expected("costs", week.number, CREATED),
        ),
        ("commitment edited before an invoice",),
    )


def _day_4() -> Day:
    """Title, number and vendor of linked orders change; accounting transfers a change order."""
    return Day(
        4,
        date(2026, 12, 4),
        (
            po("26001-001").edited(title="Fourniture – Charpente d'acier et tablier"),
            po("26008-001").edited(number="26008-001R"),
            po("26006-001").becomes("Draft"),
            po("26006-001").becomes("Approved", vendor_id=vendor_ref(origin_code="QUIN0057")),
            *transferred_in_maestro(BEAMS, "000006-003", date(2026, 12, 4), BEAM_ITEMS, GROUPS),
        ),
        (
            Expected("purchase-orders", "26001-001", UPDATED),
            Expected("purchase-orders", "26008-001R", UPDATED),
            Expected("purchase-orders", "26006-001", UPDATED),
            Expected("change-orders", BEAMS.title, UNCHANGED),
        ),
        ("title changed after the link", "number changed after the link", "vendor changed after the link"),
    )


def _day_5() -> Day:
    """October and November are closed; amounts that round by a cent; a transferred change order is voided."""
    items = (
        # 3 × 33.335 is 100.005, 7.5 × 12.3458 is 92.5935.
        Item("22-100", "M", "Raccords de cuivre", 10_001, "3", "33.335", "UN"),
        Item("01-500", "M", "Rubans de sécurité", 9_259, "7.5", "12.3458", "M"),
    )
    vendor = vendor_ref(origin_code="MENU0006")
    return Day(
        5,
        date(2026, 12, 7),
        (
            *(change("m_period", {"year": 2026, "period": month}, status="closed") for month in (10, 11)),
            *ordered(po("26004-002"), vendor, "Fourniture – Menus articles", date(2026, 12, 7), items,
                     payment_terms="NET30"),
            *booked(QUANTITIES, date(2026, 12, 7)),
            BEAMS.becomes("void"),
        ),
        (
            Expected("purchase-orders", "26004-002", CREATED),
            Expected("costs", QUANTITIES.number, CREATED),
            Expected("change-orders", BEAMS.title, REFUSED, "CO-07"),
        ),
        ("rounding by a cent", "change order voided after transfer"),
    )  # fmt: skip


def _day_6() -> Day:
    """Moved back to Approved in maestro*, the voided change order can follow; invoices with a holdback."""
    received = po("26005-003")
    return Day(
        6,
        date(2026, 12, 8),
        (
            *moved_back_to_approved(BEAMS),
            *booked(ON_LINKED_ORDER, date(2026, 12, 8)),
            change("m_order_line", {"order_id": sc("26005-S01").order, "line_no": 2},
                   amt_invoiced="27980.30", qty_invoiced="0.34", qty_received="0.34"),
            *booked(WITH_HOLDBACK, date(2026, 12, 8)),
            received.becomes("Received"),
        ),
        (
            Expected("change-orders", BEAMS.title, UPDATED),
            Expected("costs", ON_LINKED_ORDER.number, UNCHANGED, "CST-04"),
            Expected("costs", WITH_HOLDBACK.number, CREATED),
            Expected("purchase-orders", received.number, UPDATED),
        ),
    )  # fmt: skip


def _day_7() -> Day:
    """A subcontract is edited after an invoice; of an order, only a part has come after all."""
    edited = sc("26005-S01")
    return Day(
        7,
        date(2026, 12, 9),
        (
            po("26005-003").becomes("Partially Received"),
            edited.becomes("Draft"),
            edited.line(2, 8_400_000, unit_cost="84000.00"),
            edited.becomes("Approved"),
            *booked(TO_REVERSE, date(2026, 12, 9)),
        ),
        (
            Expected("purchase-orders", "26005-003", UNCHANGED),
            Expected("subcontracts", edited.number, REFUSED, "PO-16"),
            Expected("costs", TO_REVERSE.number, CREATED),
        ),
        ("received, then partially received", "commitment edited after an invoice"),
    )


def first_days() -> tuple[Day, ...]:
    """Days 1 to 7."""
    return (_day_1(), _day_2(), _day_3(), _day_4(), _day_5(), _day_6(), _day_7())
