"""What every test shares: no window on a screen, and a missing text that fails instead of showing its key."""

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anybody imports Qt

from maestro_procore import i18n


@pytest.fixture(autouse=True)
def _strict_texts() -> Iterator[None]:
    language = i18n.current_language()
    i18n.be_strict()
    yield
    i18n.be_strict(False)
    i18n.set_language(language)
