"""What a person may do to a project as a whole: put a closed one away in Procore, or bring it back."""

from maestro_procore.model.elements import SET_ACTIVE, SET_INACTIVE
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Clock, Company, Journal, Row

ELEMENT = "projects"


def set_in_use(journal: Journal, company: Company, clock: Clock, user: str, code: str, *, is_active: bool) -> Row:
    """The request that sets a linked project active or inactive in Procore. It can be undone like any other.

    Raises Refused: CLI-03 when maestro* has no such project, PRJ-24 when it is not linked or there is nothing to set
    (closed in maestro* and active in Procore, or the other way round, as last read), SRV-11 while projects are being
    synchronized. CompanyUnreachable.
    """
    rows = company.rows("m_project", keys=[code])
    if not rows:
        raise Refused(Problem("CLI-03", {"code": code}))
    with journal.begin() as tx:
        procore_id = journal.link_pairs(tx, ELEMENT).get(code)
        partner = next((each for each in journal.known(tx, ELEMENT) if each.procore_id == procore_id), None)
    is_open = rows[0]["status"] == "A"
    if partner is None or partner.is_gone or partner.is_active is is_active or is_open is not is_active:
        raise Refused(Problem("PRJ-24", {"code": code}))
    wish = {
        "element": ELEMENT,
        "scope": "selection",
        "keys": [code],
        "project": None,
        "mode": SET_ACTIVE if is_active else SET_INACTIVE,
        "is_preview": False,
        "requested_by": user,
    }
    request, is_new = journal.submit(wish, clock.now())
    if not is_new:
        raise Refused(Problem("SRV-11", {"element": ELEMENT}))
    return request
