"""The locks hold what pyproject.toml asks for, with hashes and without addresses."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {name: ROOT / "packaging" / name for name in ("requirements.lock", "requirements-test.lock")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+?)(?: ; (.*?))? \\$")


def bare_name(requirement: str) -> str:
    """`PySide6-Essentials==6.11.3` → `pyside6-essentials`."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def pins(lock: Path) -> dict[str, set[tuple[str, str]]]:
    """Name → versions with their markers; a package may be pinned twice for different Pythons."""
    found: dict[str, set[tuple[str, str]]] = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if match := PIN.match(line):
            found.setdefault(match[1], set()).add((match[2], match[3] or ""))
    return found


def asked_for(extra: str | None) -> list[str]:
    project = PROJECT["project"]
    extras = project["optional-dependencies"][extra] if extra else []
    return [*project["dependencies"], *extras, *PROJECT["build-system"]["requires"]]


@pytest.mark.parametrize(("name", "extra"), [("requirements.lock", None), ("requirements-test.lock", "test")])
def test_a_lock_pins_every_package_the_project_asks_for(name: str, extra: str | None) -> None:
    missing = {bare_name(wanted) for wanted in asked_for(extra)} - set(pins(LOCKS[name]))
    assert not missing, f"make the locks again: python packaging/lock.py ({missing})"


@pytest.mark.parametrize(("name", "extra"), [("requirements.lock", None), ("requirements-test.lock", "test")])
def test_a_lock_pins_exactly_what_the_project_pins(name: str, extra: str | None) -> None:
    locked = pins(LOCKS[name])
    for wanted in asked_for(extra):
        if exact := re.fullmatch(r"([A-Za-z0-9._-]+)==([^;\s]+)", wanted):
            assert {version for version, _ in locked[bare_name(exact[1])]} == {exact[2]}


def test_a_run_uses_only_versions_that_the_tests_use_too() -> None:
    run, tested = (pins(LOCKS[name]) for name in ("requirements.lock", "requirements-test.lock"))
    assert run, "no pin was read: the form of the lock changed"
    assert {name: versions for name, versions in run.items() if not versions <= tested.get(name, set())} == {}


def test_tools_of_the_tests_are_not_installed_for_a_run() -> None:
    assert not {"pytest", "ruff", "mypy", "hypothesis"} & set(pins(LOCKS["requirements.lock"]))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_no_folder(name: str) -> None:
    text = LOCKS[name].read_text(encoding="utf-8")
    for trace in ("://", "--index", "--find-links", "--extra", " @ ", "file:", "/"):
        assert trace not in text.replace("packaging/lock.py", ""), trace


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", LOCKS[name].read_text(encoding="utf-8"))[1:]
    assert len(blocks) > 50
    assert [block.split()[0] for block in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}", block)] == []


@pytest.mark.parametrize(
    ("package", "marker"),
    [("uvloop", "sys_platform != 'win32'"), ("pywin32-ctypes", "sys_platform == 'win32'")],
)
def test_packages_of_one_system_stay_on_it(package: str, marker: str) -> None:
    for name in LOCKS:
        assert {marker_found for _, marker_found in pins(LOCKS[name])[package]} == {marker}


def test_packaging_is_a_folder_of_scripts_and_hides_no_library() -> None:
    import packaging

    assert not (ROOT / "packaging" / "__init__.py").exists()
    assert packaging.__file__ and ROOT / "packaging" not in Path(packaging.__file__).parents
