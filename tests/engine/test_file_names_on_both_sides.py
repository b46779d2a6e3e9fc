"""Names of folders and files: what Procore allows and the drive does not, and the three folders that are ours."""

from pathlib import Path

import pytest

from maestro_procore import i18n
from maestro_procore.engine.file_commands import NewFileProject
from maestro_procore.engine.history_csv import write_csv
from maestro_procore.model.file_names import readable, to_drive
from maestro_procore.model.file_phases import FilePhase
from maestro_procore.model.problems import Problem, remedy
from maestro_procore.store.file_views import FileViews
from tests.engine.file_world import FileWorld

PROJECT = "École Saint-Édouard"
OLD_LIST = "#%*:<>?/|"
"""F243: what the documents of the usual product forbid."""


@pytest.fixture
def world(tmp_path: Path) -> FileWorld:
    return FileWorld(tmp_path)


def folder(parent: str, *names: str) -> str:
    return "/".join((parent, *names))


@pytest.mark.parametrize("strict", [False, True], ids=["today's drives", "old servers"])
async def test_f243_each_forbidden_character_is_mapped_and_the_name_in_procore_stays(
    world: FileWorld, strict: bool
) -> None:
    """C10: # and % only where the project says so; \\ and the double quote as well as the documents' list."""
    names = [f"a{sign}b {ord(sign)}.pdf" for sign in OLD_LIST + '"\\' if sign != "/"]
    for name in names:
        world.procore.put(name, name.encode())
    # A slash makes a path in the world's own words, so this one is made by hand.
    slash = world.procore.put("slash.pdf", b"a/b")
    world.procore.items[slash.id] = slash._replace(name="a/b 47.pdf")
    await world.first(strict_names=strict)
    refused = '"*:<>?/\\|' + ("#%" if strict else "")
    there = [item.name for item in world.drive.items.values() if item.id in world.drive.contents]
    assert len(there) == len(set(there)) == len(names) + 1
    assert not [name for name in there if set(name) & set(refused)], there

    for name in there:  # somebody works on each copy
        item = next(item for item in world.drive.items.values() if item.name == name)
        world.drive._write(item, b"edited " + name.encode())
    said = await world.run()
    assert (said["state"], said["updated"]) == ("done", len(there))
    in_procore = {item.name for item in world.procore.items.values() if item.id in world.procore.contents}
    assert in_procore == {*names, "a/b 47.pdf"}
    assert all(content.startswith(b"edited ") for content in world.procore.contents.values())


@pytest.mark.parametrize("name", ["Folder ", "a.", " first", "Devis . "])
async def test_f241_f244_spaces_and_periods_at_the_edge_are_mapped_and_come_back(world: FileWorld, name: str) -> None:
    world.procore.put(folder(name, "plan.pdf"), b"%PDF")
    await world.first()
    (copy,) = [item for item in world.drive.items.values() if item.parent_id == world.project["pairs"][0]["drive_root"]]
    assert copy.name == copy.name.strip(" .") != name
    assert copy.name.replace("␠", " ").replace("．", ".") == name, "every sign has its own stand-in"
    world.drive.put(f"Procore/{PROJECT}/Documents/{copy.name}/new.pdf", b"new")
    await world.run()
    assert world.procore.at(folder(name, "new.pdf")).size_bytes == 3
    assert len([item for item in world.procore.items.values() if item.is_folder]) == 2, "the root and the one folder"


async def test_f244_a_period_inside_a_name_stays(world: FileWorld) -> None:
    world.procore.put("plan v2.1.dwg", b"dwg")
    await world.first()
    assert list(world.copy) == ["/plan v2.1.dwg"]


async def test_f242_an_album_may_end_in_a_space(world: FileWorld) -> None:
    world.procore.put("A /p.jpg", b"jpg")
    await world.first(tools=("photos",))
    assert world.copy == {"/A␠": None, "/A␠/p.jpg": b"jpg"}
    world.drive.put(f"Procore/{PROJECT}/Photos/A␠/q.jpg", b"jpg 2")
    await world.run()
    assert world.procore.tree() == {"/A ": None, "/A /p.jpg": b"jpg", "/A /q.jpg": b"jpg 2"}


async def test_f246_f247_f248_the_first_three_levels_are_called_procore_the_project_and_the_tool(
    world: FileWorld,
) -> None:
    world.procore.put("note.txt", b"hello")
    await world.run(world.add(tools=("documents", "photos", "daily_log")))
    await world.run(world.commands.approve(1))
    levels = [f"/Procore/{PROJECT}{below}" for below in ("", "/Documents", "/Photos", "/Daily Log")]
    assert set(world.drive.tree()) == {"/Procore", *levels, *(f"{level}/note.txt" for level in levels[1:])}


async def test_f248_another_language_leaves_the_folders_as_they_are(
    world: FileWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.procore.put("note.txt", b"hello")
    await world.run(world.add(tools=("documents", "photos", "daily_log")))
    await world.run(world.commands.approve(1))
    before = {item.id: item.name for item in world.drive.items.values()}
    language = i18n.current_language()
    i18n.set_language("fr")
    try:
        world.procore.put("note.txt", b"bonjour")
        said = await world.run(world.commands.synchronize(1, full=True))
    finally:
        i18n.set_language(language)
    assert (said["state"], said["updated"]) == ("done", 3)
    assert {item.id: item.name for item in world.drive.items.values()} == before
    assert world.project["phase"] == FilePhase.REGULAR


async def test_f247_two_projects_of_the_same_name_do_not_share_a_folder(world: FileWorld) -> None:
    await world.run(world.add())
    twin = NewFileProject(PROJECT.upper(), 78, "drive-1", world.drive.root_id, ("documents",))
    await world.run(world.commands.add(twin, procore_company=5))
    assert {"/Procore", f"/Procore/{PROJECT}", f"/Procore/{PROJECT.upper()} (2)"} <= set(world.drive.tree())


@pytest.mark.parametrize(
    ("tool", "place"), [("documents", "Documents"), ("photos", "Photos"), ("photos", ""), ("documents", "..")]
)
async def test_f206_a_renamed_top_folder_pauses_the_project_and_a_repair_is_offered(
    world: FileWorld, tool: str, place: str
) -> None:
    """FIL-18, for each of the three levels."""
    world.procore.put("note.txt", b"hello")
    await world.first(tools=(tool,))
    path = {"": f"Procore/{PROJECT}", "..": "Procore"}.get(place, f"Procore/{PROJECT}/{place}")
    world.drive.move(path, f"{path} (vieux)")
    said = await world.run()
    told = Problem.from_json(said["problem"])
    assert (told.code, world.project["phase"]) == ("FIL-18", FilePhase.PAUSED)
    assert "put back" in remedy(told, "en")
    await world.run(world.commands.go_on(1, repair=True))
    assert (world.project["phase"], world.drive.at(path).name) == (FilePhase.REGULAR, path.rpartition("/")[2])


async def test_f243_what_comes_from_the_drive_is_found_and_told_by_the_signs_that_people_know(
    world: FileWorld, tmp_path: Path
) -> None:
    """The journal keeps the drive's own name; only what people read has the signs behind the stand-ins."""
    world.procore.put("Note.txt", b"x")
    await world.first()
    there, shown = to_drive("Façade : nord?.pdf"), "Façade : nord?.pdf"
    world.drive._add(world.project["pairs"][0]["drive_root"], there, b"%PDF")
    await world.run()
    views, file = FileViews(world.database), tmp_path / "history.csv"
    (step,) = views.steps(1, name="Façade : nord?")
    assert (step.path, readable(step.path), views.count_steps(1, name=shown)) == (there, shown, 1)
    write_csv(file, ["path", "deed"], views.history(1, shown))
    assert file.read_text(encoding="utf-8-sig").splitlines() == ["path,deed", f"{shown},copy"]
