"""The rules of Suppliers (→) that are no mapping."""

from maestro_procore.model.compare import Difference, Winner
from maestro_procore.model.mapping import Record
from maestro_procore.model.plan import Case, PlanSettings, Rules
from maestro_procore.model.problems import Problem
from maestro_procore.model.projects import province_problem

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
