"""The checker of the laws sees each kind of damage; a clean run shows none.

One real run of the small company; every case damages a copy of what was seen.
"""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import nothing_lost
from tests.nothing_lost import Sides
from tests.programs import InnerProgram, sandbox_inside

Damage = Callable[[dict[str, Any], dict[str, Any]], None]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sides, Sides]]:
    """Both sides before and after a clean first run."""
    profile: Path = tmp_path_factory.mktemp("laws")
    with sandbox_inside(strict=True) as control:
        program = InnerProgram(profile, control)
        before = nothing_lost.start(program)
        assert program.run(*nothing_lost.SYNC).exit_code == 0
        yield before, nothing_lost.look(program)


def test_a_clean_run_breaks_no_law(run):
    before, after = run

    assert nothing_lost.check(before, after) == []
    assert len(after.journal["link"]) > 50


def test_a_second_look_at_the_same_world_breaks_no_law(run):
    _, after = run

    assert nothing_lost.check(after, after) == []


def first_linked(after: dict[str, Any], element: str) -> tuple[str, int]:
    link = next(row for row in after["journal"]["link"] if row["element"] == element)
    return link["maestro_key"], link["procore_id"]


def value_gone_on_both_sides(before: dict[str, Any], after: dict[str, Any]) -> None:
    key, procore_id = first_linked(after, "projects")
    after["maestro"]["projects"][key]["city"] = after["procore"]["projects"][procore_id]["city"] = "Ailleurs"


def procore_record_gone(before: dict[str, Any], after: dict[str, Any]) -> None:
    del after["procore"]["suppliers"][first_linked(after, "suppliers")[1]]


def maestro_record_gone(before: dict[str, Any], after: dict[str, Any]) -> None:
    del after["maestro"]["projects"][next(iter(before["maestro"]["projects"]))]


def record_never_sent(before: dict[str, Any], after: dict[str, Any]) -> None:
    key, _ = first_linked(after, "suppliers")
    for line in after["journal"]["line"]:
        if line["maestro_key"] == key:
            line.update(is_linked=0, problems=[], status="never")


def same_origin_twice(before: dict[str, Any], after: dict[str, Any]) -> None:
    _, procore_id = first_linked(after, "suppliers")
    after["procore"]["suppliers"][-1] = {**after["procore"]["suppliers"][procore_id], "id": -1}


def same_number_twice(before: dict[str, Any], after: dict[str, Any]) -> None:
    _, procore_id = first_linked(after, "projects")
    twin = {**after["procore"]["projects"][procore_id], "id": -1, "origin_id": None}
    after["procore"]["projects"][-1] = twin


def maestro_record_from_nowhere(before: dict[str, Any], after: dict[str, Any]) -> None:
    key, _ = first_linked(after, "projects")
    after["maestro"]["projects"]["P99999"] = {**after["maestro"]["projects"][key], "project_code": "P99999"}


def procore_record_from_nowhere(before: dict[str, Any], after: dict[str, Any]) -> None:
    _, procore_id = first_linked(after, "suppliers")
    made = {**after["procore"]["suppliers"][procore_id], "id": -1, "origin_id": None, "origin_code": "NEW"}
    after["procore"]["suppliers"][-1] = made


def foreign_attribute_changed(before: dict[str, Any], after: dict[str, Any]) -> None:
    record = next(r for i, r in after["procore"]["suppliers"].items() if i in before["procore"]["suppliers"])
    record["notes"] = "changed"


def one_way_element_written_back(before: dict[str, Any], after: dict[str, Any]) -> None:
    after["maestro"]["suppliers"][first_linked(after, "suppliers")[0]]["contact"] = "Procore"


def sides_disagree_in_silence(before: dict[str, Any], after: dict[str, Any]) -> None:
    link = next(
        row
        for row in after["journal"]["link"]
        if row["element"] == "suppliers" and row["procore_id"] not in before["procore"]["suppliers"]
    )
    after["procore"]["suppliers"][link["procore_id"]]["email_address"] = "other@exemple.test"


def green_without_a_mark(before: dict[str, Any], after: dict[str, Any]) -> None:
    after["procore"]["projects"][first_linked(after, "projects")[1]]["origin_id"] = None


def wheel_left_turning(before: dict[str, Any], after: dict[str, Any]) -> None:
    after["journal"]["line"][0]["status"] = "running"


def action_left_open(before: dict[str, Any], after: dict[str, Any]) -> None:
    after["journal"]["sync_action"][0]["state"] = "running"


DAMAGES: dict[Damage, str] = {
    value_gone_on_both_sides: "L1",
    record_never_sent: "L1",
    same_origin_twice: "L2",
    same_number_twice: "L2",
    maestro_record_from_nowhere: "L2",
    procore_record_gone: "L3",
    maestro_record_gone: "L3",
    procore_record_from_nowhere: "L3",
    foreign_attribute_changed: "L3",
    one_way_element_written_back: "L3",
    sides_disagree_in_silence: "L4",
    green_without_a_mark: "L5",
    wheel_left_turning: "L5",
    action_left_open: "L5",
}


@pytest.mark.parametrize(("damage", "law"), DAMAGES.items(), ids=[damage.__name__ for damage in DAMAGES])
def test_each_damage_is_seen(run, damage, law):
    before, after = (copy.deepcopy(vars(sides)) for sides in run)

    damage(before, after)

    found = nothing_lost.check(Sides(**before), Sides(**after))
    assert law in {violation.law for violation in found}


def test_a_secret_in_a_log_is_seen(run, tmp_path):
    (tmp_path / "window.log").write_text('{"text": "password canary-4711"}')

    assert nothing_lost.leaks(InnerProgram(tmp_path, None), ["canary-4711"])
    assert not nothing_lost.leaks(InnerProgram(tmp_path, None), ["another"])
