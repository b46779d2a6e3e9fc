"""The tab Local trash of the page Documents, on the journal of a real engine between two stores in memory."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from tests.gui.test_documents_page import Scene, agree, press, rows, run, scene

__all__ = ["scene"]


def opened(scene: Scene, trash: str) -> Any:
    """A run that deleted one file in the drive; the page shows its trash."""
    run(scene.world.first(trash=trash))
    scene.world.procore.remove("note.txt")
    run(scene.world.run())
    page = scene.open()
    page.tabs.setCurrentWidget(page.trash)
    return page


def test_f257_usually_it_says_that_nothing_is_kept_here(scene: Scene) -> None:
    page = opened(scene, "off")
    assert rows(page.trash) == []
    assert page.trash.empty.accessibleName().startswith("Nothing is kept on this computer")


def test_f270_what_was_deleted_is_brought_back_with_one_click(scene: Scene) -> None:
    page = opened(scene, "all")
    (shown,) = rows(page.trash)
    assert (shown["path"], shown["side"], shown["kept_why"], shown["removed"]) == ("note.txt", "Drive", "Deleted", "")
    assert shown["keep_until"].startswith("2026-12-02"), "thirty days, as the policy says"
    press(page, "trash_restore")
    for _ in range(2):
        for request in scene.world.journal.open_requests():
            run(scene.world.run(request))
    page.refresh()
    (shown,) = rows(page.trash)
    assert (shown["removed"], shown["keep_until"]) == ("Brought back", "")
    assert not page.trash.buttons["restore"].isEnabled()
    assert scene.world.copy["/note.txt"] == scene.world.procore.tree()["/note.txt"] == b"hello"


def test_f270_what_was_deleted_is_saved_as_a_file_where_somebody_wants_it(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, file = opened(scene, "all"), tmp_path / "saved.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    press(page, "trash_save")
    assert file.read_bytes() == b"hello"
    assert page.notice.words == f"Saved as {file}."
    assert rows(page.trash)[0]["removed"] == "", "the trash keeps it as well"


def test_one_that_was_brought_back_keeps_nobody_from_emptying_the_rest(scene: Scene) -> None:
    page = opened(scene, "all")
    scene.world.procore.put("plan.pdf", b"%PDF")
    run(scene.world.run())
    scene.world.procore.remove("plan.pdf")
    run(scene.world.run())
    page.refresh()
    press(page, "trash_restore")
    for _ in range(2):
        for request in scene.world.journal.open_requests():
            run(scene.world.run(request))
    page.refresh()
    assert [row["removed"] for row in rows(page.trash)] == ["", "Brought back"]
    buttons = page.trash.buttons
    assert (buttons["restore"].isEnabled(), buttons["empty"].isEnabled()) == (False, True)


def test_it_is_emptied_after_a_question(scene: Scene) -> None:
    page = opened(scene, "all")
    press(page, "trash_empty")
    agree(page)
    page.refresh()
    assert [row["removed"] for row in rows(page.trash)] == ["Removed by hand"]
    assert not [path for path in scene.world.trash.folder.rglob("*") if path.is_file()]
