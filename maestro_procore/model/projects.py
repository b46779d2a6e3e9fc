"""The rules of Projects (↔) that are no mapping. Source: maestro* mapping page; ISO 3166 for provinces."""

import re

from maestro_procore.model.mapping import Record
from maestro_procore.model.plan import PlanSettings, Rules, Writes
from maestro_procore.model.problems import Problem

# maestro*: ten characters; star, comma, pound sign, colon and accents are not accepted.
_PROJECT_CODE = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,9}")

PROVINCES = {
    "CA": frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
    "US": frozenset(
        "AL AK AZ AR CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY "
        "OH OK OR PA RI SC SD TN TX UT VA VT WA WI WV WY".split()
    ),
}


def province_problem(record: Record) -> Problem | None:
    """PRJ-14 when the province is not one of its country's; unknown countries are not judged."""
    province, country = record.values.get("province"), record.values.get("country")
    if not province or country not in PROVINCES or province in PROVINCES[str(country)]:
        return None
    return Problem("PRJ-14", {"code": province, "country": country})


def _out_of_scope(record: Record, settings: PlanSettings) -> Problem | None:
    """Why an unlinked project stays in maestro*: only told when somebody asked for this very project."""
    if record.facts.get("status") != "A":
        return Problem("PRJ-01", {"code": record.key})
    if not record.facts.get("procore_sync"):
        return Problem("PRJ-02", {"code": record.key})
    return None


def _dates(record: Record, code: str) -> list[Problem]:
    start, closing = record.values.get("start_date"), record.values.get("closing_date")
    if not start:
        return [Problem("PRJ-03", {"code": code})]
    if not closing:
        return [Problem("PRJ-04", {"code": code})]
    return [Problem("PRJ-05", {"code": code})] if str(closing) < str(start) else []


def _stops(record: Record, partner: Record | None, has_changes: bool) -> list[Problem]:
    problems: list[Problem] = []
    if partner is not None and partner.number != record.number:
        problems.append(Problem("PRJ-06", {"code": record.key, "number": partner.number or "–"}))
    if partner is not None and not partner.is_active:
        # Nothing is sent to an inactive project; the difference waits until somebody reactivates it.
        return [*problems, Problem("PRJ-08", {"code": record.key})] if has_changes else problems
    if has_changes and record.facts.get("status") != "A":
        problems.append(Problem("PRJ-01", {"code": record.key}))
    if has_changes or partner is None:
        problems += _dates(record, record.key)
        wrong = province_problem(record)
        problems += [wrong] if wrong else []
    return problems


def _stops_creation_here(record: Record, settings: PlanSettings) -> list[Problem]:
    name = str(record.values.get("name") or record.key)
    if not record.number:
        return [Problem("PRJ-10", {"name": name})]
    if not _PROJECT_CODE.fullmatch(record.number):
        return [Problem("PRJ-11", {"number": record.number})]
    if settings.default_template is None:
        return [Problem("PRJ-15", {"number": record.number})]
    return _dates(record, record.number)


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
    matches_by_number_only=True,
)
