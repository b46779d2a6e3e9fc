"""What window tests share: a platform without a screen, strict texts in English, and a desk on a real journal."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is imported

from collections.abc import Iterator
from pathlib import Path

import pytest

from maestro_procore import i18n
from tests.gui.journal_desk import JournalDesk, open_desk


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """A missing text fails the test; every test starts in English."""
    i18n.be_strict()
    i18n.set_language("en")
    yield
    i18n.set_language("en")
    i18n.be_strict(False)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[JournalDesk]:
    """A desk whose journal is the test's own."""
    opened = open_desk(tmp_path)
    yield opened
    opened.database.close()
