"""Explained answers leave and enter a profile by the command line (F025)."""

import json
from pathlib import Path

import pytest

from maestro_procore.model import fingerprints
from tests.journeys.command_line import Say, speaker

SHAPE = fingerprints.shape(418, "PATCH", "/rest/v1.0/vendors/sync", "teapot 17 is short")
ROW = {
    "fingerprint": fingerprints.digest(SHAPE),
    "answer": SHAPE,
    "means": {"en": "A teapot.", "fr": "Une théière."},
    "to_do": {"en": "Make tea.", "fr": "Faites du thé."},
    "written_by": "anne",
    "written_at": "2026-01-05T12:00:00+00:00",
}


@pytest.fixture
def say(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Say:
    return speaker(tmp_path / "profile", capfd, "--training", "--language", "en")


def test_what_was_imported_is_exported_again(say: Say, tmp_path: Path) -> None:
    brought, written = tmp_path / "brought.json", tmp_path / "written.json"
    held = {"form": "maestro_procore knowledge", "version": 1, "explanations": [ROW]}
    brought.write_text(json.dumps(held), encoding="utf-8")
    first = say("knowledge", "import", str(brought), "--json")
    assert (first.exit_code, first.document) == (0, {"ok": True, "added": 1, "updated": 0, "unchanged": 0})
    assert say("knowledge", "import", str(brought)).output.startswith("Explained answers: 0 added, 0 replaced")
    assert say("knowledge", "export", str(written), "--json").document == {"ok": True, "explanations": 1}
    assert json.loads(written.read_text(encoding="utf-8")) == held
    brought.write_text('{"form": "settings"}', encoding="utf-8")
    bad = say("knowledge", "import", str(brought), "--json")
    assert (bad.exit_code, bad.codes) == (2, {"KNW-03"})
    gone = say("knowledge", "import", str(tmp_path / "gone.json"))
    assert (gone.exit_code, gone.errors.partition(":")[0]) == (2, "KNW-02")
