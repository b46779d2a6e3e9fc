"""As a person does it, on a real screen: synchronize, close the window, click the sign, see green check marks."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.screen import Colour, Picture, Screen, missing_programs, real_screen, until

TITLE = "Constructions"
ACCENT: Colour = (0x0F, 0x6E, 0x84)
GREEN: Colour = (0x1E, 0x7D, 0x46)
PANEL_HEIGHT = 60
BUTTON_WIDTH = (120, 220)
"""Between these lies the button Synchronize with its frame in the accent colour; a tab's underline is shorter."""
CHECK_POINTS = 6
"""At least so many points of full green has one check mark."""

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason=f"not installed: {', '.join(missing_programs())}")


def start(screen: Screen, profile: Path, *more: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "maestro_procore", "--training", "--profile", str(profile), "--language", "en"]
    return subprocess.Popen([*command, *more], env=screen.environment, stdout=subprocess.DEVNULL)


def states(profile: Path) -> dict[str, str]:
    """Element → state of its newest request, read beside the program."""
    with sqlite3.connect(f"file:{profile / 'journal.sqlite'}?mode=ro", uri=True) as journal:
        return dict(journal.execute("select element, state from sync_request order by number"))


def synchronize_button(screen: Screen, area: tuple[int, int, int, int]) -> tuple[int, int] | None:
    """Middle of the button's words, found by the line of its frame."""
    picture = screen.picture()
    left, top, _right, _bottom = area
    for y in range(top + 60, top + 220):
        run = 0
        for x in range(left, left + 620):
            run = run + 1 if _is(picture, x, y, ACCENT) else 0
            ends = not _is(picture, x + 1, y, ACCENT)
            if ends and BUTTON_WIDTH[0] <= run <= BUTTON_WIDTH[1]:
                return x - run + 60, y + 13
    return None


def _is(picture: Picture, x: int, y: int, colour: Colour) -> bool:
    return all(abs(a - b) <= 16 for a, b in zip(picture.at(x, y), colour, strict=True))


def check_marks(screen: Screen, area: tuple[int, int, int, int], name: str = "") -> int:
    """Rows of the table with a green check mark in front: bands of green in the first columns."""
    left, top, _right, bottom = area
    picture = screen.picture(name)
    points = picture.where(GREEN, (left, top + 190, left + 420, bottom - 60), tolerance=40)
    rows = sorted({y for _x, y in points})
    return sum(1 for before, y in zip([-9, *rows], rows, strict=False) if y - before > 6)


def sign_in_the_tray(screen: Screen) -> tuple[int, int] | None:
    """Middle of the program's sign in the panel; only there while no window is in its task bar."""
    picture = screen.picture()
    points = picture.where(ACCENT, (0, picture.height - PANEL_HEIGHT, picture.width, picture.height), tolerance=30)
    if len(points) < 40:
        return None
    return sum(x for x, _ in points) // len(points), sum(y for _, y in points) // len(points)


def test_f037_synchronize_close_come_back_and_see_green(tmp_path):
    """F003, F036, F037, F038, F045: the window is closed while the work goes on, and shows what is true afterwards."""
    profile = tmp_path / "profile"
    with real_screen(tmp_path) as screen:
        program = start(screen, profile)
        try:
            window = until(lambda: screen.visible_window(TITLE), "the window has opened its journal")
            screen.tool("windowactivate", "--sync", window)
            area = screen.area_of(window)
            assert check_marks(screen, area, "before") == 0
            button = until(lambda: synchronize_button(screen, area), "the button Synchronize is on the screen")
            screen.click(*button)
            until(lambda: states(profile), "the click has become a request")
            screen.keys("alt+F4")  # the window manager's own key
            until(lambda: not screen.visible_window(TITLE), "the window is closed")
            assert program.poll() is None
            until(
                lambda: states(profile)["projects"] in ("done", "warned"), "the work has ended behind the closed window"
            )
            sign = until(lambda: sign_in_the_tray(screen), "the sign is in the tray")
            screen.click(*sign)
            window = until(lambda: screen.visible_window(TITLE), "the window is back")
            area = screen.area_of(window)
            until(lambda: check_marks(screen, area) >= 5, "green check marks stand in front of the lines")
            _second_start_raises_the_first(screen, profile)
            _quit_by_the_keyboard(screen, program, window)
        finally:
            if program.poll() is None:
                program.kill()
            program.wait()


def _second_start_raises_the_first(screen: Screen, profile: Path) -> None:
    screen.keys("alt+F4")
    until(lambda: not screen.visible_window(TITLE), "the window is closed again")
    second = start(screen, profile)
    assert second.wait(90) == 0
    until(lambda: screen.visible_window(TITLE), "the first window came to the front")


def _quit_by_the_keyboard(screen: Screen, program: "subprocess.Popen[bytes]", window: str) -> None:
    screen.tool("windowactivate", "--sync", window)
    screen.keys("ctrl+q")
    assert program.wait(90) == 0
