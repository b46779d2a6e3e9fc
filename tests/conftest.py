"""What every test shares: no window on a screen, and a missing text that fails instead of showing its key."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anybody imports Qt

from maestro_procore import i18n

settings.register_profile("ci", derandomize=True, deadline=None)  # the same examples everywhere, every time
settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _strict_texts() -> Iterator[None]:
    language = i18n.current_language()
    i18n.be_strict()
    yield
    i18n.be_strict(False)
    i18n.set_language(language)
