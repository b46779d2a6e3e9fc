"""Changing the policy of a project changes what the next run does; the two ways out of a renamed top folder."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.engine.file_watch import order_due
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Refused
from maestro_procore.ports import Row
from tests.engine.file_world import FileWorld

TOP = "Procore/École Saint-Édouard/Documents"


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    made = FileWorld(tmp_path)
    made.procore.put("Plans/A-101.pdf", b"%PDF plan")
    made.procore.put("note.txt", b"hello")
    return made


async def test_f157_f221_a_pattern_that_is_excluded_is_not_transferred(world: FileWorld) -> None:
    await world.first()
    assert world.commands.change_policy(1, {"exclude": ["*.bak"]}) == ["exclude"]
    world.procore.put("old.bak", b"old")
    world.procore.put("new.txt", b"new")
    await world.run()
    assert "/new.txt" in world.copy and "/old.bak" not in world.copy
    world.commands.change_policy(1, {"exclude": []})
    await world.run()
    assert "/old.bak" in world.copy, "both sides are compared anew, though nobody touched a file"


async def test_f157_a_limit_of_size_holds_from_the_next_run_on(world: FileWorld) -> None:
    await world.first()
    world.commands.change_policy(1, {"max_bytes": 10})
    world.procore.put("large.dwg", b"x" * 10)
    world.procore.put("small.dwg", b"x" * 9)
    await world.run()
    assert "/small.dwg" in world.copy and "/large.dwg" not in world.copy


async def test_f157_who_wants_to_be_asked_about_conflicts_is_asked(world: FileWorld) -> None:
    await world.first()
    world.commands.change_policy(1, {"conflicts": "ask"})
    world.procore.put("note.txt", b"from the site")
    world.drive.put(f"{TOP}/note.txt", b"from the office")
    await world.run()
    assert (world.procore.tree()["/note.txt"], world.copy["/note.txt"]) == (b"from the site", b"from the office")


async def test_f157_the_delete_guard_holds_from_the_number_that_was_chosen(world: FileWorld) -> None:
    for number in range(8):
        world.procore.put(f"{number}.jpg", b"jpg")
    await world.first()
    world.commands.change_policy(1, {"delete_items": 3, "delete_percent": 100})
    for number in range(5):
        world.drive.remove(f"{TOP}/{number}.jpg")
    await world.run()
    assert "/0.jpg" in world.procore.tree(), "held"


async def test_f287_one_way_writes_nothing_back(world: FileWorld) -> None:
    await world.first()
    world.commands.change_policy(1, {"one_way": "to_drive"})
    world.drive.put(f"{TOP}/from the office.txt", b"office")
    world.procore.put("from the site.txt", b"site")
    await world.run()
    assert "/from the site.txt" in world.copy and "/from the office.txt" not in world.procore.tree()
    assert world.project["pairs"][0]["flow"] == "to_drive", "the arrow shows the truth"
    world.commands.change_policy(1, {"one_way": "both"})
    await world.run()
    assert "/from the office.txt" in world.procore.tree()


async def test_f164_every_fifteen_minutes_orders_four_runs_an_hour(world: FileWorld) -> None:
    await world.first()
    world.commands.change_policy(1, {"schedule": "every", "every_minutes": 15})
    ordered = 0
    for _ in range(60):
        world.clock.advance(timedelta(minutes=1))
        order_due(world.doors, world.clock.now())
        for request in world.journal.open_requests():
            ordered += 1
            await world.run(request)
    assert ordered == 4


async def test_what_is_refused_changes_nothing(world: FileWorld) -> None:
    """DOC-18, DOC-71 and DOC-72."""
    await world.first()
    for values, code in (
        ({"conflicts": "mine"}, "DOC-18"),
        ({"max_bytes": 0}, "DOC-71"),
        ({"include": [""]}, "DOC-72"),
    ):
        with pytest.raises(Refused) as refused:
            world.commands.change_policy(1, {"exclude": ["*.bak"], **values})
        assert refused.value.problem.code == code
    assert world.project["settings"] == {} and not world.project["pairs"][0]["is_dirty"]
    assert world.commands.change_policy(1, {"conflicts": "keep_both"}) == [], "it holds already"


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("Procore", "Chantiers"),
        ("Procore/École Saint-Édouard", "Procore/École neuve"),
        ("Procore/École Saint-Édouard", "Ailleurs/École Saint-Édouard"),
        (TOP, "Procore/École Saint-Édouard/Plans et devis"),
    ],
)
async def test_f198_the_new_name_is_accepted_without_a_transfer(world: FileWorld, path: str, to: str) -> None:
    await world.first()
    world.drive.move(path, to)
    await world.run()
    assert world.project["phase"] == FilePhase.PAUSED
    world.drive.calls.clear()
    request = world.commands.go_on(1, accept=True)
    await world.run(request)
    assert world.project["phase"] == FilePhase.REGULAR
    assert not {"upload", "new_version", "rename_or_move", "create_folder"} & set(world.drive.calls)
    world.procore.put("later.txt", b"later")
    await world.run()
    assert world.copy["/later.txt"] == b"later" and world.project["phase"] == FilePhase.REGULAR
    world.drive.at(to)


async def test_f157_a_policy_that_somebody_changes_while_names_are_taken_stays_changed(world: FileWorld) -> None:
    await world.first()
    to = "Procore/École Saint-Édouard/Plans et devis"
    world.drive.move(TOP, to)
    await world.run()
    request = world.commands.go_on(1, accept=True)

    def meanwhile(name: str) -> None:
        if name == "item":
            world.drive.before = lambda name: None
            world.commands.change_policy(1, {"delete_items": 3})

    world.drive.before = meanwhile
    await world.run(request)
    assert world.project["phase"] == FilePhase.REGULAR
    assert world.project["settings"]["delete_items"] == 3
    assert world.project["settings"]["places"]


async def test_f198_a_folder_that_is_gone_cannot_be_accepted(world: FileWorld) -> None:
    await world.first()
    world.drive.remove(TOP)
    await world.run()
    await world.run(world.commands.go_on(1, accept=True))
    assert world.project["phase"] == FilePhase.PAUSED


# --- folders beside each other ------------------------------------------------------------------------------


def another(world: FileWorld, parent_id: str, layout: str = "new") -> NewFileProject:
    return NewFileProject("Aréna", 78, "drive-1", parent_id, ("documents",), layout=layout)


@pytest.mark.parametrize(
    ("path", "layout"),
    [
        (TOP, "new"),
        (f"{TOP}/Plans", "new"),
        (f"{TOP}/Plans", "tool"),
        ("Procore/École Saint-Édouard", "project"),
        ("Procore/École Saint-Édouard", "tool"),
        ("Procore", "tool"),
        ("", "tool"),
    ],
)
async def test_no_file_belongs_to_two_projects(world: FileWorld, path: str, layout: str) -> None:
    """DOC-73: one within the other would be copied into itself."""
    await world.first()
    folder = world.drive.at(path).id if path else world.drive.root_id
    with pytest.raises(Refused) as refused:
        world.commands.add(another(world, folder, layout), procore_company=5)
    assert refused.value.problem.code == "DOC-73"
    assert len(world.journal.file_projects()) == 1


@pytest.mark.parametrize(("path", "layout"), [("", "new"), ("Procore", "new"), ("Procore", "project")])
async def test_projects_may_lie_beside_each_other(world: FileWorld, path: str, layout: str) -> None:
    await world.first()
    folder = world.drive.at(path).id if path else world.drive.root_id
    assert world.commands.add(another(world, folder, layout), procore_company=5)


# --- two people at once -------------------------------------------------------------------------------------


def meanwhile(world: FileWorld, monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    """Somebody else does it just after the next reading of the project."""
    read = world.journal.file_project

    def then(project_id: int) -> Row | None:
        found = read(project_id)
        monkeypatch.undo()
        deed()
        return found

    monkeypatch.setattr(world.journal, "file_project", then)


async def test_f157_two_people_change_the_policy_at_once_and_both_changes_stay(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add()
    meanwhile(world, monkeypatch, lambda: world.commands.change_policy(1, {"exclude": ["*.bak"]}))
    world.commands.change_policy(1, {"delete_items": 3})
    assert world.project["settings"] == {"exclude": ["*.bak"], "delete_items": 3}


async def test_f157_an_option_and_the_policy_are_changed_at_once_and_both_stay(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add()
    meanwhile(world, monkeypatch, lambda: world.commands.change_policy(1, {"exclude": ["*.bak"]}))
    world.commands.change_settings(1, {"copies_private": True})
    assert world.project["settings"] == {"exclude": ["*.bak"], "copies_private": True}
