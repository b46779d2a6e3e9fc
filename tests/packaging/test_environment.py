"""When the environment is made, completed, repaired or left alone."""

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def environment(scripts: dict[str, ModuleType]) -> Any:
    return scripts["environment"]


@pytest.fixture
def checkout(tmp_path: Path, environment: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in a folder with spaces and accents, whose set-up steps only note what they were asked."""
    root = tmp_path / "Mes projets été"
    (root / "packaging").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    for kind, name in (("run", "requirements.lock"), ("test", "requirements-test.lock")):
        (root / "packaging" / name).write_text(f"{kind}==1\n", encoding="utf-8")
    locks = {"run": root / "packaging" / "requirements.lock", "test": root / "packaging" / "requirements-test.lock"}
    monkeypatch.setattr(environment, "LOCKS", locks)
    return root


class Steps:
    """Stands in for venv and pip: notes the commands, and makes the interpreter that venv would make."""

    def __init__(self, environment: Any, fail_at: str = "") -> None:
        self.environment = environment
        self.fail_at = fail_at
        self.commands: list[list[str]] = []

    def __call__(self, command: list[str], failure: str) -> None:
        self.commands.append(command)
        if self.fail_at and self.fail_at in command:
            raise self.environment.SetUpFailed(failure)
        if "venv" in command:
            venv = Path(command[-1])
            python = self.environment.interpreter(venv)
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
            (venv / "pyvenv.cfg").write_text(f"version = {self.environment.PYTHON}.1\n", encoding="utf-8")

    def names(self) -> list[str]:
        return ["venv" if "venv" in command else command[-1] for command in self.commands]


@pytest.fixture
def steps(environment: Any, monkeypatch: pytest.MonkeyPatch) -> Steps:
    noted = Steps(environment)
    monkeypatch.setattr(environment, "step", noted)
    return noted


def test_the_first_start_makes_the_environment_with_hashes_and_then_the_program(
    environment: Any, checkout: Path, steps: Steps
) -> None:
    python = environment.make_ready("run", checkout)
    lock = str(checkout / "packaging" / "requirements.lock")
    assert steps.names() == ["venv", lock, str(checkout)]
    assert "--require-hashes" in steps.commands[1]
    assert {"--no-deps", "--no-build-isolation"} <= set(steps.commands[2])
    assert python.is_relative_to(checkout / ".venv")


def test_the_second_start_does_nothing(environment: Any, checkout: Path, steps: Steps) -> None:
    environment.make_ready("run", checkout)
    steps.commands.clear()
    environment.make_ready("run", checkout)
    assert steps.commands == []


def test_a_test_set_up_serves_a_run_too(environment: Any, checkout: Path, steps: Steps) -> None:
    environment.make_ready("test", checkout)
    steps.commands.clear()
    environment.make_ready("run", checkout)
    assert steps.commands == []


def test_a_run_set_up_is_completed_for_the_tests_without_starting_over(
    environment: Any, checkout: Path, steps: Steps
) -> None:
    environment.make_ready("run", checkout)
    steps.commands.clear()
    environment.make_ready("test", checkout)
    assert steps.names() == [str(checkout / "packaging" / "requirements-test.lock"), str(checkout)]


@pytest.mark.parametrize("changed", ["pyproject.toml", "packaging/requirements.lock"])
def test_a_changed_project_or_lock_is_installed(environment: Any, checkout: Path, steps: Steps, changed: str) -> None:
    environment.make_ready("run", checkout)
    steps.commands.clear()
    with (checkout / changed).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    environment.make_ready("run", checkout)
    assert len(steps.commands) == 2 and "venv" not in steps.names()


@pytest.mark.parametrize("broken_at", ["venv", "--require-hashes", "--no-build-isolation"])
def test_a_half_made_environment_is_made_anew(environment: Any, checkout: Path, steps: Steps, broken_at: str) -> None:
    steps.fail_at = broken_at
    with pytest.raises(environment.SetUpFailed):
        environment.make_ready("run", checkout)
    (checkout / ".venv" / "left over").write_text("half", encoding="utf-8")
    steps.fail_at = ""
    steps.commands.clear()
    environment.make_ready("run", checkout)
    assert steps.names()[0] == "venv" and len(steps.commands) == 3
    assert not (checkout / ".venv" / "left over").exists()


def test_an_environment_that_lost_its_python_is_made_anew(environment: Any, checkout: Path, steps: Steps) -> None:
    python = environment.make_ready("run", checkout)
    python.unlink()
    steps.commands.clear()
    environment.make_ready("run", checkout)
    assert steps.names()[0] == "venv"


def test_an_environment_of_another_python_is_made_anew(environment: Any, checkout: Path, steps: Steps) -> None:
    environment.make_ready("run", checkout)
    (checkout / ".venv" / "pyvenv.cfg").write_text("version = 3.4.1\n", encoding="utf-8")
    assert environment.must_start_over(checkout / ".venv", {}, environment.PYTHON)


def test_a_moved_checkout_makes_its_environment_anew(environment: Any, checkout: Path, steps: Steps) -> None:
    environment.make_ready("run", checkout)
    moved = checkout.rename(checkout.parent / "moved")
    for kind, lock in environment.LOCKS.items():
        environment.LOCKS[kind] = moved / lock.relative_to(checkout)
    steps.commands.clear()
    environment.make_ready("run", moved)
    assert steps.names()[0] == "venv"


def test_an_environment_that_a_person_made_is_completed_and_kept(
    environment: Any, checkout: Path, steps: Steps
) -> None:
    steps([sys.executable, "-m", "venv", str(checkout / ".venv")], "")
    (checkout / ".venv" / "own work").write_text("keep", encoding="utf-8")
    steps.commands.clear()
    environment.make_ready("run", checkout)
    assert "venv" not in steps.names()
    assert (checkout / ".venv" / "own work").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"', '{"state": 1}'])
def test_a_damaged_stamp_counts_as_none(environment: Any, checkout: Path, steps: Steps, content: str) -> None:
    environment.make_ready("run", checkout)
    (checkout / ".venv" / environment.STAMP_NAME).write_text(content, encoding="utf-8")
    steps.commands.clear()
    environment.make_ready("run", checkout)
    assert steps.commands
    assert json.loads((checkout / ".venv" / environment.STAMP_NAME).read_text(encoding="utf-8"))["state"] == "finished"


def test_a_fingerprint_tells_apart_where_one_part_ends_and_the_next_begins(environment: Any) -> None:
    assert environment.fingerprint(b"ab", b"c", "3.11", "/r") != environment.fingerprint(b"a", b"bc", "3.11", "/r")
    assert environment.fingerprint(b"a", b"b", "3.11", "/r") != environment.fingerprint(b"a", b"b", "3.12", "/r")
    assert environment.fingerprint(b"a", b"b", "3.11", "/r") != environment.fingerprint(b"a", b"b", "3.11", "/moved")


def test_a_step_that_fails_says_what_to_do(environment: Any) -> None:
    with pytest.raises(environment.SetUpFailed, match=r"ended with 3.*start again"):
        environment.step([sys.executable, "-c", "raise SystemExit(3)"], "libraries_failed")


def test_a_step_does_not_inherit_paths_of_another_python(environment: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    environment.step([sys.executable, "-c", "import os; assert 'PYTHONPATH' not in os.environ"], "libraries_failed")


@pytest.mark.skipif(sys.platform == "win32", reason="the guard is another call there")
def test_a_second_start_waits_while_the_first_sets_up(environment: Any, tmp_path: Path) -> None:
    guard = tmp_path / "guard"
    attempt = f"import fcntl; fcntl.flock(open({str(guard)!r}, 'ab'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with environment.only_one(guard):
        held = subprocess.run([sys.executable, "-c", attempt], capture_output=True, check=False)
    free = subprocess.run([sys.executable, "-c", attempt], capture_output=True, check=False)
    assert b"BlockingIOError" in held.stderr and free.returncode == 0


@pytest.mark.parametrize(("platform", "expected"), [("linux", "bin/python"), ("win32", "Scripts/python.exe")])
def test_the_interpreter_stands_where_the_system_puts_it(environment: Any, platform: str, expected: str) -> None:
    assert environment.interpreter(Path("v"), platform) == Path("v") / expected


def test_a_folder_that_cannot_be_used_is_named(
    environment: Any, checkout: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / ".venv").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(environment.SetUpFailed, match=r"\.venv cannot be used"):
        environment.make_ready("run", checkout)
    assert steps.commands == []
