"""The house stays as it was drawn: rooms, sizes, complete tables, nothing of one machine in any file."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from maestro_procore import i18n
from maestro_procore.model import status
from maestro_procore.model.elements import ELEMENTS, Direction, built_elements, in_run_order
from maestro_procore.model.kinds import MAPS, RULES
from maestro_procore.model.problems import CATALOGUE
from maestro_procore.model.settings import SETTINGS, check
from maestro_procore.places import resource

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "maestro_procore").rglob("*.py"))
TOP_LEVEL = {"LICENSE", "README.md", "pyproject.toml", "maestro_procore", "packaging", "resources", "tests"}


def tracked() -> list[Path]:
    """Files under version control."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


# --- rooms ----------------------------------------------------------------------------------------


def test_rooms_lean_only_on_what_stands_to_their_right():
    """The contracts of pyproject.toml (style §2)."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_store_migrations_stands_two_folders_deep():
    deep = {p.relative_to(ROOT / "maestro_procore").parent.as_posix() for p in MODULES}
    assert {name for name in deep if "/" in name} == {"store/migrations", "store/migrations/versions"} & deep


def test_the_top_level_holds_what_was_decided_and_packaging_is_no_package():
    """Design §2: an __init__.py there would hide the library of that name."""
    visible = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in visible if not name.startswith(".")} == TOP_LEVEL
    assert not (ROOT / "packaging" / "__init__.py").exists()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_is_small_says_what_it_is_and_is_no_drawer(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500, "split it by topic"
    assert text.startswith('"""') or not text.strip(), "a module opens with what belongs here"
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "manager_base"}


def test_httpx_is_imported_in_one_module_per_room():
    """Its successor is a one-line change."""
    importing = [p.relative_to(ROOT / "maestro_procore") for p in MODULES if imports(p, "httpx")]
    rooms = [path.parts[0] for path in importing]
    assert len(rooms) == len(set(rooms)), importing


def imports(path: Path, library: str) -> bool:
    return bool(re.search(rf"^\s*(?:import|from) {library}\b", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_a_verb_of_the_command_line_imports_no_qt_and_no_durable_engine_before_it_needs_them():
    slow = ("PySide6", "dbos", "sqlmodel", "alembic")
    program = f"import sys, maestro_procore.cli; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


# --- nothing of one machine -----------------------------------------------------------------------

# Written in pieces, so that this file does not find itself.
FOREIGN = {
    "a path of the machine it was written on": re.compile(
        "/" + r"(?:work|root|tmp/team)/(?!\.\.\.|children|delta|search)"
    ),
    "the host of a package registry": re.compile(r"\b(?:pypi|pythonhosted|npmjs|artifactory|nexus)" + r"\.[a-z]"),
    "an index address": re.compile(r"--(?:extra-)?index" + r"-url"),
}
PICTURES = {".png", ".gz", ".ico", ".icns"}


@pytest.mark.parametrize(("name", "pattern"), FOREIGN.items(), ids=list(FOREIGN))
def test_no_tracked_file_names(name, pattern):
    found = []
    for path in tracked():
        if path.suffix in PICTURES or path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, name


# --- complete tables ------------------------------------------------------------------------------


def test_every_state_has_its_followers_its_symbol_and_its_text():
    assert set(status.NEXT) == set(status.RequestState) == set(status.REQUEST_SYMBOLS)
    assert set(status.ACTION_SYMBOLS) == set(status.ActionState)
    for name in (*status.RequestState, *status.ActionState):
        assert any(i18n.has_text(f"state.{family}.{name.value}") for family in ("request", "action")), name


def test_every_symbol_and_direction_has_a_picture():
    for symbol in status.Symbol:
        assert resource(f"icons/{symbol.value}.svg").is_file(), symbol
    assert (
        all(resource(f"icons/arrow-{name}.svg").is_file() for name in ("left", "right", "both")) and len(Direction) == 3
    )


def test_every_built_element_has_a_mapping_and_every_field_a_label_in_both_systems():
    kinds = {kind for e in built_elements() for kind in (*e.lookups, *e.kinds)}
    kinds |= {rules.locks.kind for rules in RULES.values() if rules.locks is not None}  # links without records
    assert kinds == set(MAPS) == set(RULES)
    for element, element_map in MAPS.items():
        assert i18n.has_text(f"element.{element}"), element
        assert set(element_map.needs) <= {*MAPS, *(kind for e in ELEMENTS.values() for kind in e.kinds)}, element
        for field in element_map.fields:
            assert i18n.has_text(f"field.{element}.{field.name}"), (element, field.name)
            assert i18n.has_text(f"field.{element}.{field.name}.procore"), (element, field.name)
            assert field.cut_code is None or field.cut_code in CATALOGUE


def test_the_run_order_respects_every_dependency():
    """C22."""
    order = in_run_order(list(ELEMENTS))
    assert order == ["projects", "suppliers", "budgets", "purchase-orders", "subcontracts", "change-orders", "costs"]
    for name, element in ELEMENTS.items():
        assert all(order.index(needed) < order.index(name) for needed in element.depends_on)


def test_every_setting_has_a_label_and_a_default_that_it_accepts():
    for key, setting in SETTINGS.items():
        assert i18n.has_text(f"setting.{key}"), key
        assert setting.default is None or "CFG-19" not in [p.code for p in check({key: setting.default})], key


def test_every_message_that_the_program_raises_is_in_the_catalogue():
    raised = re.compile(r"\"((?:CFG|SRV|PRJ|SUP|LNK|CHK|STO|RUN|KEY|CLK|GRD|CLI)-\d\d)\"")
    for path in MODULES:
        for code in raised.findall(path.read_text(encoding="utf-8")):
            assert code in CATALOGUE, (path.name, code)
