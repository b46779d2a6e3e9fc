"""The scripts of packaging/ as modules: no package, so loaded the way Python starts them, by folder."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
OWN_NAMES = [path.stem for path in PACKAGING.glob("*.py")]


@pytest.fixture(scope="session")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """Every module of packaging/ by name; sys.modules is left as it was (the standard library has a `test` too)."""
    before = {name: sys.modules.pop(name) for name in OWN_NAMES if name in sys.modules}
    sys.path.insert(0, str(PACKAGING))
    try:
        loaded = {name: importlib.import_module(name) for name in OWN_NAMES}
        loaded["words"].language = lambda: "en"  # whatever the session of who runs the tests speaks
    finally:
        sys.path.remove(str(PACKAGING))
        for name in OWN_NAMES:
            sys.modules.pop(name, None)
        sys.modules.update(before)
    yield loaded
