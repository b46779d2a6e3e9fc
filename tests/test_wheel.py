"""The wheel holds everything the program needs: rooms, migrations, resources; and finds them when installed."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETUP = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


def tracked(*folders: str) -> list[str]:
    """Files of the checkout below these folders that are not made by running anything."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return sorted(p.relative_to(ROOT).as_posix() for p in found if "__pycache__" not in p.parts)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A copy of what is packed: building in the checkout would leave folders there."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE", *tracked("maestro_procore", "resources")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def pip(*arguments) -> None:
    """Offline, with the setuptools of this environment."""
    own = ["-q", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", *map(str, arguments), *own]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    """The file of the wheel."""
    out = tmp_path_factory.mktemp("wheel")
    pip("wheel", "-w", out, source)
    return next(out.glob("*.whl"))


def test_every_room_is_named_in_pyproject():
    modules = [Path(name) for name in tracked("maestro_procore") if name.endswith(".py")]
    folders = {path.parent.as_posix().replace("/", ".") for path in modules}
    assert sorted(SETUP["packages"]) == sorted(folders | {"maestro_procore.resources"})


def test_every_module_resource_and_migration_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = set(tracked("maestro_procore")) | {f"maestro_procore/{name}" for name in tracked("resources")}
    assert inside == wanted


def test_the_installed_program_finds_its_resources_and_makes_a_journal(wheel, tmp_path):
    """From the wheel alone, somewhere else: nothing is read from the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    check = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "import maestro_procore\n"
        "from maestro_procore import places\n"
        "from maestro_procore.model.problems import CATALOGUE\n"
        "from maestro_procore.store.database import Database\n"
        "assert Path(maestro_procore.__file__).is_relative_to(sys.argv[1]), maestro_procore.__file__\n"
        "assert places.resource('icons/check.svg').is_relative_to(sys.argv[1]) and len(CATALOGUE) > 100\n"
        "assert places.resource('icons/check.svg').is_file()\n"
        "Database.of_file(Path(sys.argv[1]) / 'journal.sqlite').bring_up_to_date()\n"
    )
    command = [sys.executable, "-I", "-c", check, str(tmp_path / "installed")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_an_editable_install_finds_its_resources_beside_the_package(source, tmp_path):
    pip("install", "-e", source, "--target", tmp_path / "environment")
    # -S: this environment has an editable install of its own.
    check = (
        "import site, sys; site.addsitedir(sys.argv[1])\n"
        "from maestro_procore import places; print(places.resource('icons'))"
    )
    command = [sys.executable, "-I", "-S", "-c", check, str(tmp_path / "environment")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert Path(done.stdout.strip()) == source / "resources" / "icons", done.stderr
