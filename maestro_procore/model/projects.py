"""Projects (↔): mapping and rules. Source: maestro* mapping page; ISO 3166 for provinces."""

import re
from collections.abc import Mapping

from maestro_procore.model.elements import SET_ACTIVE, SET_INACTIVE
from maestro_procore.model.mapping import ElementMap, Field, Record
from maestro_procore.model.matching import is_same_number
from maestro_procore.model.plan import Case, PlanSettings, Rules, Writes
from maestro_procore.model.problems import Problem
from maestro_procore.model.rules import InUse
from maestro_procore.model.values import Kind, Value

MAP = ElementMap(
    element="projects",
    table="m_project",
    key_column="project_code",
    resources=("projects",),
    number="project_number",
    active="active",
    fields=(
        Field("number", "project_code", "project_number", Kind.CODE, 10, 255, is_identity=True, shown=True),
        Field("name", "description", "name", Kind.TEXT, 100, 255, "PRJ-13", shown=True),
        Field("description", "detail", "description", Kind.LONG_TEXT),
        Field("address", "address", "address", Kind.TEXT, 40, 100, "PRJ-07", shown=True),
        Field("city", "city", "city", Kind.PLACE, 60, 60, shown=True),
        Field("province", "province", "state_code", Kind.CODE, 3, 3),
        Field("country", "country", "country_code", Kind.CODE, 2, 2),
        Field("postal_code", "postal_code", "zip", Kind.POSTAL_CODE, 10, 10),
        Field("phone", "phone", "phone", Kind.PHONE, 20, 20),
        Field("start_date", "start_date", "estimated_start_date", Kind.DATE, shown=True),
        Field("closing_date", "closing_date", "estimated_completion_date", Kind.DATE, shown=True),
    ),
    group_columns={
        "type": "type_code",
        "category": "category_code",
        "department": "department_code",
        "manager": "manager",
        "master": "master_code",
    },
)

# maestro*: ten characters; star, comma, pound sign, colon and accents are not accepted.
_PROJECT_CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,9}")

PROVINCES = {
    "CA": frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
    "US": frozenset(
        "AL AK AZ AR CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY "
        "OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY".split()
    ),
}


def province_problem(values: Mapping[str, Value]) -> Problem | None:
    """PRJ-14 when the province is not one of its country's; unknown countries are not judged."""
    province, country = values.get("province"), values.get("country")
    if not province or country not in PROVINCES or province in PROVINCES[str(country)]:
        return None
    return Problem("PRJ-14", {"code": province, "country": country})


def _out_of_scope(record: Record, settings: PlanSettings) -> Problem | None:
    """Why an unlinked project stays in maestro*: an error only when somebody asked for this very project."""
    if record.facts.get("status") != "A":
        return Problem("PRJ-01", {"code": record.key})
    if not record.facts.get("procore_sync"):
        return Problem("PRJ-02", {"code": record.key})
    return None


def _dates(values: Mapping[str, Value], code: str) -> list[Problem]:
    start, closing = values.get("start_date"), values.get("closing_date")
    if not start:
        return [Problem("PRJ-03", {"code": code})]
    if not closing:
        return [Problem("PRJ-04", {"code": code})]
    return [Problem("PRJ-05", {"code": code})] if str(closing) < str(start) else []


def _in_use(record: Record, partner: Record, deed: str) -> InUse:
    """A closed project stays as it is in Procore until somebody puts it away there; opened again, it is offered back.

    Source: maestro-interface.md §3.1, "maestro* project closed": stop sending, keep the link, offer.
    """
    is_open = record.facts.get("status") == "A"
    wanted = {SET_INACTIVE: False, SET_ACTIVE: True}.get(deed)
    if is_open == partner.is_active:
        return InUse(told=Problem("PRJ-24", {"code": record.key}) if deed else None)
    if wanted is None:
        return InUse(told=Problem("PRJ-23" if is_open else "PRJ-22", {"code": record.key}))
    fits = wanted is is_open
    return InUse({"active": wanted}) if fits else InUse(told=Problem("PRJ-24", {"code": record.key}))


def _values(values: Mapping[str, Value], code: str) -> list[Problem]:
    wrong = province_problem(values)
    return _dates(values, code) + ([wrong] if wrong else [])


def _stops(case: Case) -> list[Problem]:
    record, partner = case.record, case.partner
    problems: list[Problem] = []
    if partner is not None and _is_renumbered(case, partner):
        problems.append(Problem("PRJ-06", {"code": record.key, "number": partner.number or "–"}))
    if partner is not None and not partner.is_active:
        # Nothing is sent to an inactive project; the difference waits until somebody reactivates it.
        return [*problems, Problem("PRJ-08", {"code": record.key})] if case.has_changes else problems
    if case.has_changes and record.facts.get("status") != "A":
        problems.append(Problem("PRJ-01", {"code": record.key}))
    # What counts is what both sides will hold: a date that only Procore has is about to be taken over.
    return problems + (_values(case.merged, record.key) if case.has_changes else [])


def _is_renumbered(case: Case, partner: Record) -> bool:
    """A link gives its number to a project that has none yet, or has it typed another way, but never renumbers one."""
    if case.is_linked:
        return partner.number != case.record.number
    return partner.number is not None and not is_same_number(partner.number, case.record.number)


def _stops_creation_here(record: Record, settings: PlanSettings) -> list[Problem]:
    name = str(record.values.get("name") or record.key)
    if not record.number:
        return [Problem("PRJ-10", {"name": name})]
    if not _PROJECT_CODE.fullmatch(record.number):
        return [Problem("PRJ-11", {"number": record.number})]
    if problems := _values(record.values, record.number):
        return problems
    return [Problem("PRJ-15", {"number": record.number})] if settings.default_template is None else []


def _taken(record: Record, partner: Record, name: str, holder: str) -> Problem:
    """A project that another maestro* project holds can only carry this number because somebody changed it."""
    if partner.number == record.number:
        return Problem("PRJ-06", {"code": holder, "number": partner.number})
    return Problem("LNK-01", {"id": partner.origin_id or holder})


def _cannot_link(record: Record, partner: Record) -> Problem | None:
    """Only active Procore projects can be linked."""
    return None if partner.is_active else Problem("PRJ-08", {"code": record.key})


def _new_row(record: Record, settings: PlanSettings) -> Writes:
    return {
        "company_id": settings.company_id,
        "status": "A",
        "template_no": settings.default_template,
        "language": settings.language,
        "currency": settings.currency,
        "procore_sync": True,
    }


def _new_procore(record: Record) -> Writes:
    template = record.facts.get("procore_template_id")
    return {"active": True} | ({"project_template_id": int(template)} if template else {})


RULES = Rules(
    out_of_scope=_out_of_scope,
    stops=_stops,
    stops_creation_here=_stops_creation_here,
    new_row=_new_row,
    new_procore=_new_procore,
    question="PRJ-21",
    duplicate_number="PRJ-12",
    told_when_linked={"number": "PRJ-16"},
    cannot_link=_cannot_link,
    taken=_taken,
    choices=frozenset({"PRJ-15"}),
    in_use=_in_use,
    numbers_identify=True,
)
