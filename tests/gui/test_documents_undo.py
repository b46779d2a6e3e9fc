"""The tab Runs of the page Documents, on the journal of a real engine between two stores in memory."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from maestro_procore import i18n
from maestro_procore.model.problems import remedy
from tests.gui.test_documents_page import TOP, Scene, agree, press, rows, run, scene

__all__ = ["scene"]


@pytest.fixture
def page(scene: Scene) -> Any:
    """A run that edited one file and copied another, chosen on its tab."""
    run(scene.world.first())
    scene.world.procore.put("note.txt", b"second")
    scene.world.procore.put("neuf.txt", b"neuf")
    run(scene.world.run())
    opened = scene.open()
    opened.tabs.setCurrentWidget(opened.runs)
    return opened


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    i18n.set_language("en")
    yield
    i18n.set_language("en")


def steps(page: Any) -> list[dict[str, str]]:
    return rows(SimpleNamespace(model=page.runs.steps))


def finish(scene: Scene, page: Any) -> None:
    for request in scene.world.journal.open_requests():
        run(scene.world.run(request))
    for request in scene.world.journal.open_requests():
        run(scene.world.run(request))
    page.refresh()


def test_f119_each_run_shows_what_it_brought_and_what_can_be_undone(scene: Scene, page: Any) -> None:
    shown = rows(page.runs)
    assert [(row["created"], row["updated"]) for row in shown] == [("1", "1"), ("3", "0")]
    assert {row["path"]: (row["deed"], row["back"]) for row in steps(page)} == {
        "note.txt": ("New version in the drive", "Can be undone"),
        "neuf.txt": ("Copy to the drive", "Can be undone"),
    }
    assert page.runs.summary.text() == (
        "2 steps can be undone. 1 copy goes into a recycle bin; its original stays, and is no longer synchronized."
    )


def test_f271_a_run_is_undone_with_one_question(scene: Scene, page: Any) -> None:
    press(page, "runs_undo")
    assert "Undo 2 steps of run no. 3?" in page.notice.words
    agree(page)
    finish(scene, page)
    assert scene.world.copy["/note.txt"] == scene.world.procore.tree()["/note.txt"] == b"hello"
    assert "/neuf.txt" not in scene.world.copy
    shown = {row["run"]: row["outcome"] for row in rows(page.runs)}
    assert (shown["3"], shown["4"]) == ("Undone by no. 4", "Undo of no. 3")
    page.tabs.setCurrentWidget(page.apart)
    press(page, "apart_again")
    run(scene.world.run())
    assert scene.world.copy["/neuf.txt"] == b"neuf"


def test_f249_many_deletions_are_named_in_the_question(scene: Scene, page: Any) -> None:
    for number in range(40):
        scene.world.procore.put(f"lot/{number}.txt", b"x%d" % number)
    run(scene.world.run())
    page.refresh()
    page.runs.grid.selectRow(0)
    press(page, "runs_undo")
    assert "more than the guard of deletions lets go unasked" in page.notice.words
    agree(page)
    finish(scene, page)
    assert not [path for path in scene.world.copy if "lot" in path]
    assert len([path for path in scene.world.procore.tree() if path.startswith("/lot/")]) == 40


def test_what_cannot_be_undone_says_why_and_has_no_button(scene: Scene, page: Any) -> None:
    scene.world.drive.put(f"{TOP}/note.txt", b"third")
    scene.world.drive.remove(f"{TOP}/neuf.txt")
    run(scene.world.run())
    page.refresh()
    page.runs.grid.selectRow(1)
    assert {row["back"] for row in steps(page)} == {"Stays"}
    place = next(place for place, row in enumerate(steps(page)) if row["path"] == "note.txt")
    page.runs.steps_grid.selectRow(place)
    assert "note.txt was changed since" in steps(page)[place]["why"]
    problem = page.runs.steps.loaded_row(place).verdict.problem
    assert page.runs.why.text().endswith(remedy(problem, "en")) and page.runs.why.isVisible(), "BCK-24 promises it"
    assert not page.runs.buttons["undo"].isEnabled()


def test_the_tab_speaks_french(scene: Scene, page: Any) -> None:
    i18n.set_language("fr")
    page.retranslate()
    assert page.runs.buttons["undo"].text() == "&Annuler cette exécution…"
    assert "étapes peuvent être annulées." in page.runs.summary.text()


def test_c16_an_undo_in_part_is_no_whole_one(scene: Scene, page: Any) -> None:
    second = scene.world.journal.request("3")
    scene.world.procore.put("neuf.txt", b"newer")
    run(scene.world.run())
    run(scene.world.run(scene.world.commands.undo(second["id"])))
    page.refresh()
    assert "Undone in part (1 of 2) by no. 5" in {row["outcome"] for row in rows(page.runs)}
    i18n.set_language("fr")
    page.retranslate()
    assert "Annulée en partie (1 sur 2) par le no 5" in {
        row["outcome"].replace("\u00a0", " ") for row in rows(page.runs)
    }
