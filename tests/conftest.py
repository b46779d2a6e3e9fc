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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the tests of an xdist_group on one worker.

    xdist 3.8 writes the group into an attribute that pytest 9.2 no longer reads, so that `--dist loadgroup`
    would scatter the tests of a story over both workers.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        mark = item.get_closest_marker("xdist_group")
        identity = getattr(item, "_id", None)
        if mark is not None and identity is not None and "@" not in item.nodeid.rpartition("]")[2]:
            item._id = type(identity).parse(f"{item.nodeid}@{mark.args[0]}")  # type: ignore[attr-defined]
