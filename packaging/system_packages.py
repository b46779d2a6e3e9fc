"""What the program and its tests need from a Debian-like system: found missing, installed, or said in one command.

Other systems bring these libraries with their desktop or are left alone: nothing here fails on them.
"""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from words import text

# Each row is one need: the names under which Debian and Ubuntu releases know the same package.
Need = tuple[str, ...]

# What Qt links whatever it draws on. Source: ldd over the Qt libraries and platform plugins of the pinned PySide6.
QT: tuple[Need, ...] = (
    ("libgl1",),
    ("libegl1",),
    ("libfontconfig1",),
    ("libdbus-1-3",),
    ("libxkbcommon0",),
    ("libglib2.0-0t64", "libglib2.0-0"),
    ("fonts-dejavu-core",),
)
# What its xcb and Wayland plugins link beyond that.
SCREEN: tuple[Need, ...] = (
    ("libx11-xcb1",),
    ("libxkbcommon-x11-0",),
    ("libxcb-cursor0",),
    ("libxcb-icccm4",),
    ("libxcb-image0",),
    ("libxcb-keysyms1",),
    ("libxcb-randr0",),
    ("libxcb-render-util0",),
    ("libxcb-shape0",),
    ("libxcb-shm0",),
    ("libxcb-sync1",),
    ("libxcb-xfixes0",),
    ("libxcb-xkb1",),
    ("libwayland-cursor0",),
)
# A screen, a window manager, a tray, mouse and keyboard, and a key ring for the tests.
TEST_TOOLS: tuple[Need, ...] = (
    ("xvfb",),
    ("openbox",),
    ("tint2",),
    ("xdotool",),
    ("wmctrl",),
    ("x11-apps",),
    ("imagemagick",),
    ("dbus-daemon", "dbus"),
    ("gnome-keyring",),
)
NEEDS: dict[str, tuple[Need, ...]] = {
    "terminal": (),
    "window": QT + SCREEN,
    "test": QT + SCREEN + TEST_TOOLS,
}


def is_debian_like() -> bool:
    """Whether packages can be asked for and installed the Debian way."""
    return bool(shutil.which("dpkg-query") and shutil.which("apt-get"))


def installed_packages(names: Collection[str]) -> set[str]:
    """Those of the names that dpkg holds as installed (not merely known or removed)."""
    command = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *names]
    # It ends with 1 when one name is unknown, and still lists the others.
    answer = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    rows = (line.split() for line in answer.stdout.splitlines())
    return {row[0] for row in rows if len(row) == 2 and row[1] == "installed"}


def missing(needs: Iterable[Need], installed: Collection[str]) -> list[Need]:
    """The needs for which no package is installed under any of its names, in the order of the table."""
    return [need for need in needs if not any(name in installed for name in need)]


def find_missing(needs: Collection[Need]) -> list[Need]:
    """What this machine lacks; empty on systems that are not Debian-like."""
    if not needs or not is_debian_like():
        return []
    return missing(needs, installed_packages([name for need in needs for name in need]))


def install_arguments(names: Iterable[str]) -> list[str]:
    """The apt-get command that installs these packages, without any question."""
    return ["apt-get", "install", "-y", "--no-install-recommends", *names]


def command_for_a_person(needs: Iterable[Need], is_known: Callable[[str], bool]) -> str:
    """The one line that installs what is missing, to be copied into a terminal."""
    names = choose_names(needs, is_known)
    return f"sudo apt-get update && sudo {' '.join(install_arguments(names))}"


def choose_names(needs: Iterable[Need], is_known: Callable[[str], bool]) -> list[str]:
    """One name for each need: the first that this release knows, else the last, which is the oldest."""
    return list(dict.fromkeys(next((name for name in need if is_known(name)), need[-1]) for need in needs))


def is_known_to_apt(name: str) -> bool:
    """Whether the package lists on this machine offer such a package to install."""
    command = ["apt-cache", "show", "--no-all-versions", name]
    return subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL).returncode == 0


@functools.cache
def administrator_prefix() -> tuple[str, ...] | None:
    """How to become the administrator without a question: () already is, ("sudo", "-n") may, None may not."""
    if os.geteuid() == 0:
        return ()
    if not shutil.which("sudo"):
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return ("sudo", "-n") if allowed.returncode == 0 else None


def apt(prefix: Iterable[str], arguments: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Runs apt-get quietly; waits for another installation to finish, but not for a dead network."""
    options = ["-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30"]
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def provide_venv(say: Callable[[str], None]) -> bool:
    """Debian ships Python without what makes environments; installs that part, or says the command.

    False: it is still missing, and a set-up would fail.
    """
    if importlib.util.find_spec("ensurepip") is None and is_debian_like():
        lacking = provide(
            [(f"python{sys.version_info.major}.{sys.version_info.minor}-venv", "python3-venv")], None, say
        )
        return not lacking
    return True


def provide(needs: Collection[Need], memory: Path | None, say: Callable[[str], None]) -> list[Need]:
    """Installs what is missing where that is allowed; otherwise says the one command. Returns what is still missing.

    memory: a file that remembers what could not be installed, so that the next start does not try the same
    again (asking the network takes seconds) but only repeats the command.
    """
    lacking = find_missing(needs)
    if not lacking:
        return []
    key = " ".join(need[-1] for need in lacking)
    tried_before = memory is not None and memory.is_file() and memory.read_text(encoding="utf-8") == key
    prefix = None if tried_before else administrator_prefix()
    if prefix is not None:
        say(text("installing", names=key))
        apt(prefix, ["update"])  # a stale or broken list still lets known packages be installed
        names = [name for name in choose_names(lacking, is_known_to_apt) if is_known_to_apt(name)]
        ended = apt(prefix, install_arguments(names)[1:]) if names else None
        lacking = find_missing(needs)
        if not lacking:
            return []
        if ended is not None and ended.returncode != 0:
            say(ended.stderr.strip())
        if memory is not None:
            memory.write_text(" ".join(need[-1] for need in lacking), encoding="utf-8")
    say(text("missing"))
    say(f"    {command_for_a_person(lacking, is_known_to_apt)}")
    return lacking
