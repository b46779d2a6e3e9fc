"""What every test shares: no window on a screen, and a missing text that fails instead of showing its key."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anybody imports Qt

from maestro_procore import i18n

TESTS = Path(__file__).parent

settings.register_profile("ci", derandomize=True, deadline=None)  # the same examples everywhere, every time
settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _strict_texts() -> Iterator[None]:
    language = i18n.current_language()
    i18n.be_strict()
    yield
    i18n.be_strict(False)
    i18n.set_language(language)


LONGEST_FIRST = (
    "engine/test_month.py",
    "journeys/test_kills.py",
    "doors/training/test_month_play.py",
    "journeys/test_engine_storage.py",
    "journeys/test_month.py",
    "journeys/test_engine_faults.py",
    "engine/test_every_message.py",
    "journeys/test_command_line.py",
    "journeys/test_command_line_reconcile.py",
    "engine/test_reconciling.py",
    "engine/test_budgets.py",
    "engine/test_acceptance.py",
    "engine/test_links.py",
    "gui/test_synchronization_page.py",
    "journeys/test_command_line_connected.py",
    "gui/test_frame.py",
    "engine/test_orders_come.py",
    "journeys/test_limits.py",
    "journeys/test_command_line_set_up.py",
)
"""Files that take long, below tests/. Several workers take whole files in this order: a long one that came last
would keep one of them alone at work."""


def pytest_collection_finish() -> None:
    """What was imported stays to the end: nobody need look through a million objects for garbage again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others in their order."""
    places = {TESTS / name: place for place, name in enumerate(LONGEST_FIRST)}
    assert all(file.exists() for file in places), "a file of LONGEST_FIRST has another name now"
    items.sort(key=lambda item: places.get(item.path, len(places)))
