"""A real X server with a window manager and a panel that holds a tray: real mouse, real keys, real pictures."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

NEEDED = ("Xvfb", "openbox", "tint2", "xdotool", "import")
SIZE = (1400, 960)
PATIENCE_SECONDS = 90.0
LOOK_SECONDS = 0.1
Found = TypeVar("Found")
Colour = tuple[int, int, int]


def missing_programs() -> list[str]:
    """What this machine lacks; apt names: xvfb openbox tint2 xdotool imagemagick."""
    return [name for name in NEEDED if shutil.which(name) is None]


@dataclass(frozen=True)
class Picture:
    """Red, green, blue of every point of the screen."""

    width: int
    height: int
    points: bytes

    def at(self, x: int, y: int) -> Colour:
        start = 3 * (y * self.width + x)
        return self.points[start], self.points[start + 1], self.points[start + 2]

    def where(self, colour: Colour, area: tuple[int, int, int, int], tolerance: int = 24) -> list[tuple[int, int]]:
        """Points of about that colour. area: left, top, right, bottom."""
        left, top, right, bottom = area
        return [
            (x, y)
            for y in range(max(0, top), min(self.height, bottom))
            for x in range(max(0, left), min(self.width, right))
            if all(abs(a - b) <= tolerance for a, b in zip(self.at(x, y), colour, strict=True))
        ]


@dataclass
class Screen:
    """One running X server. Everything goes through its display, nothing into the program."""

    display: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        held = {
            key: value
            for key, value in os.environ.items()
            if key not in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")
        }
        return {**held, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def tool(self, *words: str | int) -> str:
        """xdotool's answer, '' when it found nothing."""
        command = ["xdotool", *map(str, words)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False).stdout.strip()

    def click(self, x: int, y: int) -> None:
        self.tool("mousemove", x, y, "click", 1)

    def keys(self, *keys: str) -> None:
        self.tool("key", "--clearmodifiers", *keys)

    def visible_window(self, title: str) -> str:
        """Number of the visible window whose title holds these words, '' without one."""
        return self.tool("search", "--onlyvisible", "--name", title).partition("\n")[0]

    def area_of(self, window: str) -> tuple[int, int, int, int]:
        """left, top, right, bottom on the screen."""
        lines = self.tool("getwindowgeometry", "--shell", window).splitlines()
        held = dict(line.split("=") for line in lines if "=" in line)
        left, top = int(held["X"]), int(held["Y"])
        return left, top, left + int(held["WIDTH"]), top + int(held["HEIGHT"])

    def picture(self, name: str = "") -> Picture:
        """What a person sees now; with a name also kept in the test's folder."""
        command = ["import", "-silent", "-window", "root", "-depth", "8", "ppm:-"]
        shot = subprocess.run(command, env=self.environment, capture_output=True, check=True).stdout
        if name:
            (self.folder / f"{name}.ppm").write_bytes(shot)
        magic, width, height, _deepest, points = _ppm(shot)
        assert magic == b"P6"
        return Picture(width, height, points)


def _ppm(shot: bytes) -> tuple[bytes, int, int, int, bytes]:
    parts: list[bytes] = []
    at = 0
    while len(parts) < 4:
        end = at
        while shot[end : end + 1] not in (b" ", b"\n", b"\t"):
            end += 1
        parts.append(shot[at:end])
        at = end + 1
    return parts[0], int(parts[1]), int(parts[2]), int(parts[3]), shot[at:]


def until(look: Callable[[], Found], what: str, seconds: float = PATIENCE_SECONDS) -> Found:
    """The first true answer. Errors: AssertionError that names what did not happen."""
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < end, f"waited {seconds:.0f} s for: {what}"
        time.sleep(LOOK_SECONDS)


@contextmanager
def real_screen(folder: Path) -> Iterator[Screen]:
    """Xvfb with openbox and tint2, all ended again."""
    with ExitStack() as running:
        read, write = os.pipe()
        width, height = SIZE
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
        running.enter_context(_child(command, dict(os.environ), pass_fds=(write,)))
        os.close(write)
        with os.fdopen(read) as number:
            screen = Screen(f":{number.readline().strip()}", folder)
        running.enter_context(_child(["openbox"], screen.environment))
        running.enter_context(_child(["tint2"], screen.environment))
        until(lambda: screen.tool("search", "--class", "tint2"), "the panel is there")
        yield screen


@contextmanager
def _child(command: list[str], environment: dict[str, str], pass_fds: tuple[int, ...] = ()) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet, pass_fds=pass_fds) as child:
        try:
            yield
        finally:
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
