"""What a Debian-like system lacks is found, installed where allowed, and otherwise said in one command."""

import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

NEEDS = (("libgl1",), ("libglib2.0-0t64", "libglib2.0-0"), ("xvfb",))


class Machine:
    """A Debian-like machine in memory: which packages apt knows, which are installed, who may install."""

    def __init__(self, installed: set[str], known: set[str], prefix: tuple[str, ...] | None, apt_fails: bool = False):
        self.installed = installed
        self.known = known
        self.prefix = prefix
        self.apt_fails = apt_fails
        self.calls: list[list[str]] = []
        self.said: list[str] = []

    def apt(self, prefix: Any, arguments: Any) -> subprocess.CompletedProcess[str]:
        words = list(arguments)
        self.calls.append([*prefix, *words])
        if words[0] == "install" and not self.apt_fails:
            self.installed |= {word for word in words[1:] if not word.startswith("-")}
        code = 100 if self.apt_fails else 0
        return subprocess.CompletedProcess(words, code, "", "E: no network" if code else "")

    def on(self, module: Any, monkeypatch: pytest.MonkeyPatch) -> "Machine":
        monkeypatch.setattr(module, "is_debian_like", lambda: True)
        monkeypatch.setattr(module, "installed_packages", lambda names: self.installed & set(names))
        monkeypatch.setattr(module, "is_known_to_apt", lambda name: name in self.known)
        monkeypatch.setattr(module, "administrator_prefix", lambda: self.prefix)
        monkeypatch.setattr(module, "apt", self.apt)
        return self

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def packages(scripts: dict[str, ModuleType]) -> Any:
    return scripts["system_packages"]


def test_a_need_is_met_by_any_of_its_names(packages: Any) -> None:
    assert packages.missing(NEEDS, {"libgl1", "libglib2.0-0"}) == [("xvfb",)]
    assert packages.missing(NEEDS, {"libgl1", "libglib2.0-0t64", "xvfb"}) == []


def test_the_administrator_gets_one_command_with_the_names_of_this_release(packages: Any) -> None:
    command = packages.command_for_a_person(NEEDS[1:], {"libglib2.0-0", "xvfb"}.__contains__)
    assert command == ("sudo apt-get update && sudo apt-get install -y --no-install-recommends libglib2.0-0 xvfb")


def test_root_installs_what_is_missing_after_one_update(
    packages: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = Machine({"libgl1"}, {"libglib2.0-0", "xvfb"}, ()).on(packages, monkeypatch)
    assert packages.provide(NEEDS, tmp_path / "tried", machine.say) == []
    assert [call[0] for call in machine.calls] == ["update", "install"]
    assert {"libglib2.0-0", "xvfb"} <= machine.installed and "libglib2.0-0t64" not in machine.installed


def test_sudo_is_used_only_without_a_password(packages: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = Machine(set(), {"libgl1", "libglib2.0-0", "xvfb"}, ("sudo", "-n")).on(packages, monkeypatch)
    packages.provide(NEEDS, tmp_path / "tried", machine.say)
    assert all(call[:2] == ["sudo", "-n"] for call in machine.calls)


def test_without_the_right_the_command_is_said_and_nothing_is_called(
    packages: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = Machine({"libgl1"}, {"xvfb"}, None).on(packages, monkeypatch)
    assert packages.provide(NEEDS, tmp_path / "tried", machine.say) == [NEEDS[1], NEEDS[2]]
    assert machine.calls == []
    assert "sudo apt-get install -y --no-install-recommends libglib2.0-0 xvfb" in machine.said[-1]


def test_what_could_not_be_installed_is_not_tried_again_at_the_next_start(
    packages: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = Machine(set(), {"libgl1", "xvfb"}, (), apt_fails=True).on(packages, monkeypatch)
    packages.provide(NEEDS, tmp_path / "tried", machine.say)
    assert "E: no network" in machine.said
    first = len(machine.calls)
    packages.provide(NEEDS, tmp_path / "tried", machine.say)
    assert first == 2 and len(machine.calls) == first
    assert "apt-get install" in machine.said[-1]


def test_a_package_that_this_release_does_not_know_does_not_stop_the_others(
    packages: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = Machine(set(), {"libgl1", "xvfb"}, ()).on(packages, monkeypatch)
    assert packages.provide(NEEDS, tmp_path / "tried", machine.say) == [NEEDS[1]]
    assert machine.installed == {"libgl1", "xvfb"}


def test_nothing_is_asked_when_everything_is_there(
    packages: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = Machine({"libgl1", "libglib2.0-0", "xvfb"}, set(), ()).on(packages, monkeypatch)
    assert packages.provide(NEEDS, tmp_path / "tried", machine.say) == []
    assert machine.calls == [] and machine.said == []


def test_other_systems_are_left_alone(packages: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = Machine(set(), set(), ()).on(packages, monkeypatch)
    monkeypatch.setattr(packages, "is_debian_like", lambda: False)
    assert packages.provide(NEEDS, tmp_path / "tried", machine.say) == []
    assert machine.calls == []


def test_a_run_without_a_display_needs_no_system_package(packages: Any) -> None:
    assert packages.NEEDS["terminal"] == ()


def test_the_tests_need_everything_a_window_needs_and_a_screen_of_their_own(packages: Any) -> None:
    assert set(packages.NEEDS["window"]) < set(packages.NEEDS["test"])
    assert {("xvfb",), ("openbox",), ("tint2",), ("gnome-keyring",)} <= set(packages.NEEDS["test"])


def test_no_name_is_listed_twice(packages: Any) -> None:
    needs = packages.NEEDS["test"]
    assert len(set(needs)) == len(needs)


def test_debian_s_missing_part_of_python_is_installed_or_reported(
    packages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages.importlib.util, "find_spec", lambda name: None)
    helpless = Machine(set(), {"python3-venv"}, None).on(packages, monkeypatch)
    assert packages.provide_venv(helpless.say) is False
    assert "python3-venv" in helpless.said[-1]
    root = Machine(set(), {"python3-venv"}, ()).on(packages, monkeypatch)
    assert packages.provide_venv(root.say) is True
    assert "python3-venv" in root.installed
