"""Suppliers (→): mapping (from comparable connectors) and rules."""

from collections.abc import Mapping
from typing import Any

from maestro_procore.model.compare import Difference, Winner
from maestro_procore.model.mapping import ElementMap, Field, Record
from maestro_procore.model.plan import Case, PlanSettings, Rules
from maestro_procore.model.problems import Problem
from maestro_procore.model.projects import province_problem
from maestro_procore.model.values import Kind


def _american_zip(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """maestro* keeps the American zip code in a column of its own."""
    if row.get("country") == "US" and row.get("zip_code"):
        return {**row, "postal_code": row["zip_code"]}
    return row


def _supplier_columns(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A block is often a hold of days, so only a closed supplier is inactive in Procore."""
    tax_numbers = "; ".join(str(row[name]) for name in ("gst_no", "qst_no") if row.get(name))
    return {**_american_zip(row), "in_use": row.get("status") != "1", "tax_numbers": tax_numbers}


def _vendor_attributes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Procore keeps the government's number of a company in its business register, or as its business id."""
    register = row.get("business_register") or {}
    if not register and not row.get("business_id"):
        return row  # as of most
    return {**row, "tax_numbers": f"{register.get('identifier') or ''}; {row.get('business_id') or ''}"}


MAP = ElementMap(
    element="suppliers",
    table="m_supplier",
    key_column="supplier_code",
    resources=("vendors", "vendors-inactive"),
    reactivated_by="vendors-reactivated",
    number="origin_code",
    active="is_active",
    fields=(
        Field("code", "supplier_code", "origin_code", Kind.CODE, 10, 255, is_identity=True, shown=True),
        Field("name", "name", "name", Kind.TEXT, 60, shown=True),
        Field("address", "address", "address", Kind.TEXT, 40, 100, shown=True),
        Field("city", "city", "city", Kind.PLACE, 60, 60, shown=True),
        Field("province", "province", "state_code", Kind.CODE, 3, 3),
        Field("country", "country", "country_code", Kind.CODE, 2, 2),
        Field("postal_code", "postal_code", "zip", Kind.POSTAL_CODE, 10, 10),
        Field("phone", "phone", "business_phone", Kind.PHONE, 20, 20, shown=True),
        Field("mobile", "mobile", "mobile_phone", Kind.PHONE, 20, 20),
        Field("fax", "fax", "fax_number", Kind.PHONE, 20, 20),
        Field("email", "email", "email_address", Kind.EMAIL, 100, 100),
        Field("licence", "rbq", "license_number", Kind.LICENCE, 20, 20),
        Field("is_active", "in_use", "is_active", Kind.FLAG),
    ),
    group_columns={"type": "type_code"},
    read_maestro=_supplier_columns,
    read_procore=_vendor_attributes,
    clues=(Field("tax_numbers", "tax_numbers", "tax_numbers", Kind.TAX_NUMBERS),),
)

_ADDRESS = frozenset({"address", "city", "province", "country", "postal_code"})


def _out_of_scope(record: Record, settings: PlanSettings) -> Problem | None:
    """Closed suppliers and those the filter leaves out (banks, governments, employees) stay in maestro*."""
    if record.facts.get("status") == "1":
        return Problem("SUP-03", {"code": record.key})
    kind = str(record.facts.get("type_code") or "").upper()
    is_subcontractor = bool(record.facts.get("is_subcontractor"))
    if kind in settings.excluded_supplier_types or (
        settings.supplier_filter == "subcontractors" and not is_subcontractor
    ):
        return Problem("SUP-11", {"code": record.key})
    return None


def _stops(case: Case) -> list[Problem]:
    wrong = province_problem(case.merged) if case.has_changes else None
    return [wrong] if wrong else []


def _cannot_link(record: Record, partner: Record) -> Problem | None:
    """Only active Procore companies can be linked."""
    if partner.is_active:
        return None
    return Problem("SUP-05", {"name": partner.values.get("name") or partner.key})


def _after_update(record: Record, found: list[Difference]) -> list[Problem]:
    is_closing = any(d.field.name == "is_active" and d.winner is Winner.MAESTRO and not d.maestro for d in found)
    return [Problem("SUP-10", {"code": record.key})] if is_closing else []


def _frozen(settings: PlanSettings) -> frozenset[str]:
    """maestro*'s address is for billing, Procore's for mail: a company may stop sending it after the link."""
    return frozenset() if settings.sends_address_after_link else _ADDRESS


RULES = Rules(
    out_of_scope=_out_of_scope,
    stops=_stops,
    cannot_link=_cannot_link,
    after_update=_after_update,
    is_frozen_after_link=_frozen,
    question="SUP-04",
    told_when_linked={"name": "SUP-13"},
)
