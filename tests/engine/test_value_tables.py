"""The editable tables of Configuration on a real company and journal: shown, saved, refused (CFG-20 to CFG-22)."""

from dataclasses import replace

import pytest

from maestro_procore.engine.commands import Rights
from maestro_procore.engine.value_tables import ValueTable
from maestro_procore.model.mapping import Record
from maestro_procore.model.problems import Refused
from maestro_procore.store.tables import SETTING
from tests.engine.world import World


def table(world: World, name: str) -> ValueTable:
    return next(each for each in world.commands.value_tables() if each.name == name)


def read(world: World, kind: str, *records: Record) -> None:
    """As if a run had read them from Procore."""
    with world.journal.begin() as tx:
        world.journal.store_records(tx, kind, records, None)


def test_the_companys_own_values_stand_there_with_their_names(world: World):
    units = {row["unit_code"]: row["description_fr"] for row in world.company.rows("m_unit")}
    shown = table(world, "units").rows
    assert units and {row.value: row.words.french for row in shown} == units
    assert all((row.default, row.edited) == (row.value, None) for row in shown)


def test_a_group_shows_the_cost_type_of_its_family(world: World):
    families = {row["group_code"]: row["family"] for row in world.company.rows("m_cost_group")}
    world.commands.save_configuration({"value_maps": {"cost_type_families": {"labour": "LAB"}}})
    shown = {row.value: row.default for row in table(world, "cost_types").rows}
    assert {shown[group] for group, family in families.items() if family == "labour"} == {"LAB"}
    assert {shown[group] for group, family in families.items() if family == "material"} == {"M"}


def test_what_procore_told_is_offered(world: World):
    used, put_away = Record("1", {"name": "Labour"}, number="L"), Record("2", {"name": "Old"}, number="X")
    read(world, "cost-types", used, replace(put_away, is_active=False))
    assert table(world, "cost_types").offered == [("L", "Labour")]


def test_a_status_that_the_company_made_in_procore_gets_a_row(world: World):
    read(world, "subcontracts", Record("1", {"status": "On Hold"}))
    assert [row.value for row in table(world, "statuses.subcontracts").rows][-1] == "On Hold"


def test_a_row_whose_value_is_gone_can_still_be_taken_back(world: World):
    world.commands.save_configuration({"value_maps": {"units": {"GONE": "gone"}}})
    assert [(r.value, r.edited) for r in table(world, "units").rows if r.edited] == [("GONE", "gone")]
    world.commands.save_configuration({"value_maps": {"units": {"GONE": None}}})
    assert "GONE" not in {row.value for row in table(world, "units").rows}


def test_what_is_saved_is_what_a_run_reads_with_who_and_when(world: World):
    assert world.commands.save_configuration({"value_maps": {"units": {"HR": "hours"}}}) == []
    assert world.journal.settings()["value_maps"] == {"units": {"HR": "hours"}}
    with world.database.read() as tx:
        row = tx.execute(SETTING.select().where(SETTING.c.key == "value_maps")).one()
    assert (row.changed_by, row.changed_at) == ("tester", world.clock.now())


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({"moons": {"Io": "I"}}, "CFG-20"),
        ({"units": {"HR": ""}}, "CFG-21"),
        ({"taxes": {"TPS": "GST", "TVQ": "GST"}}, "CFG-22"),
    ],
)
def test_one_wrong_row_saves_nothing_at_all(world: World, rows: dict[str, dict[str, str]], code: str):
    changes = {"value_maps": {"terms": {"N30": "Net 30"}, **rows}, "supplier_filter": "subcontractors"}
    assert [problem.code for problem in world.commands.save_configuration(changes)] == [code]
    assert "value_maps" not in world.journal.settings()
    assert world.journal.settings().get("supplier_filter") is None


def test_nobody_changes_them_without_the_right(world: World):
    commands = replace(world.commands, rights=Rights(can_synchronize=True))
    with pytest.raises(Refused) as refused:
        commands.save_configuration({"value_maps": {"units": {"HR": "hours"}}})
    assert refused.value.problem.code == "CFG-12"


def test_two_people_edit_rows_at_once_and_both_rows_stay(world: World, monkeypatch: pytest.MonkeyPatch):
    read = world.journal.settings

    def then() -> dict[str, object]:
        found = read()
        monkeypatch.undo()
        world.commands.save_configuration({"value_maps": {"units": {"M": "metre"}}})
        return found

    monkeypatch.setattr(world.journal, "settings", then)
    assert world.commands.save_configuration({"value_maps": {"units": {"HR": "hours"}}}) == []
    assert world.journal.settings()["value_maps"] == {"units": {"HR": "hours", "M": "metre"}}
