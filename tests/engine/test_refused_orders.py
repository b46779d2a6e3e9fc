"""What a person may not ask for: one project of what has none, another company in the middle of a run."""

import pytest

from maestro_procore.engine.commands import secret_name
from maestro_procore.model.elements import built_elements, in_run_order
from maestro_procore.model.problems import Refused
from tests.engine.world import World


def test_the_connection_cannot_be_changed_while_a_request_is_open(world: World):
    """SRV-11: what was read in one Procore company would be written to another."""
    waiting = world.commands.synchronize("suppliers")
    problems = world.commands.save_configuration({"procore_company_id": 4711})
    assert [(p.code, p.args) for p in problems] == [("SRV-11", {"element": "suppliers"})]
    assert world.journal.settings()["procore_company_id"] == world.sandbox.company_id
    assert world.commands.save_configuration({"supplier_filter": "all"}) == [], "no part of the connection"
    assert world.journal.request(waiting["id"])["state"] == "queued"


def test_suppliers_of_one_project_are_refused_instead_of_sending_all(world: World):
    """CLI-09: a project is no part of the suppliers."""
    with pytest.raises(Refused) as refused:
        world.commands.synchronize("suppliers", project="P26001")
    assert refused.value.problem.code == "CLI-09"
    assert world.journal.open_requests() == []


def test_everything_of_one_project_leaves_the_suppliers_out(world: World):
    rows = world.commands.synchronize_all(project="P26001")
    with_projects = [name for name in in_run_order([e.name for e in built_elements()]) if name != "suppliers"]
    assert [(row["element"], row["scope"], row["project"]) for row in rows] == [
        (name, "project", "P26001") for name in with_projects
    ]


def test_everything_of_one_project_is_refused_while_projects_are_not_ticked(world: World):
    """CLI-07 instead of a run that does nothing and says so nowhere."""
    for element in built_elements():
        world.commands.enable(element.name, not element.has_projects)
    with pytest.raises(Refused) as refused:
        world.commands.synchronize_all(project="P26001")
    assert (refused.value.problem.code, refused.value.problem.args) == ("CLI-07", {"element": "projects"})
    assert world.journal.open_requests() == []


async def test_the_companies_of_a_connection_that_is_not_saved_are_not_asked_for(world: World):
    """CFG-05: Procore tells them to an account, and there is none yet."""
    assert [company["id"] for company in await _asked(world)] == [world.sandbox.company_id]
    world.calls()
    world.journal.change_settings({"client_id": None}, "test", world.clock.now())
    with pytest.raises(Refused) as refused:
        await world.commands.companies()
    assert refused.value.problem.code == "CFG-05"
    assert world.calls() == []


async def _asked(world: World):
    credentials = world.sandbox.credentials
    world.commands.secrets.put(secret_name(credentials.client_id), credentials.client_secret)
    return await world.commands.companies()
