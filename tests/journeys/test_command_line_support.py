"""`support-bundle` and `forget` on the command line, in this process."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.lease import FileLease
from tests.doors.keyring.test_key_ring import SmallRing
from tests.journeys.command_line import Say, speaker


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> SmallRing:
    """The key ring of this computer."""
    import keyring

    made = SmallRing()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    return made


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "profile"


@pytest.fixture
def say(profile: Path, capfd: pytest.CaptureFixture[str], ring: SmallRing) -> Say:
    return speaker(profile, capfd, "--language", "en")


def set_up(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("canary-value\n"))
    where = ("--url", "https://api.procore.com", "--client-id", "our-app", "--procore-company", "5")
    say("configure", *where, "--secret-stdin", "--json")


def test_f165_f261_a_bundle_is_written_for_whoever_helps(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(say, monkeypatch)
    file = tmp_path / "bundle.zip"
    said = say("support-bundle", str(file), "--json")
    assert (said.exit_code, said.document["file"]) == (0, str(file))
    with zipfile.ZipFile(file) as bundle:
        assert bundle.namelist() == said.document["parts"]
        whole = b"".join(bundle.read(name) for name in bundle.namelist())
        assert json.loads(bundle.read("about.json"))["program"] == "maestro_procore"
    assert b"canary" not in whole
    assert "before you send it" in say("support-bundle", str(file)).output


def test_a_bundle_into_a_folder_that_is_not_there_is_told(say: Say, tmp_path: Path) -> None:
    said = say("support-bundle", str(tmp_path / "nowhere" / "bundle.zip"), "--json")
    assert (said.exit_code, said.codes) == (2, {"DOC-37"})


def test_f273_forget_wants_a_yes_and_then_leaves_nothing(
    say: Say, profile: Path, ring: SmallRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CLI-20."""
    set_up(say, monkeypatch)
    assert "canary-value" in ring.entries.values()
    said = say("forget", "--json")
    assert (said.exit_code, said.codes) == (2, {"CLI-20"})
    assert "canary-value" in ring.entries.values()
    said = say("forget", "--yes", "--json")
    assert said.exit_code == 0
    assert {"journal.sqlite", "logs"} <= set(said.document["removed"])
    assert ring.entries == {}
    assert not profile.exists()


def test_f273_forget_waits_for_the_service_to_end(say: Say, profile: Path) -> None:
    """CLI-21."""
    say("status", "--json")
    lease = FileLease(profile / "engine.lock")
    assert lease.take()
    said = say("forget", "--yes", "--json")
    lease.give_back()
    assert (said.exit_code, said.codes) == (2, {"CLI-21"})
    assert (profile / "journal.sqlite").exists()


def test_f273_a_damaged_profile_can_be_removed(say: Say, profile: Path) -> None:
    say("status", "--json")
    (profile / "journal.sqlite").write_bytes(b"no journal")
    assert say("status", "--json").exit_code == 2
    assert say("forget", "--yes", "--json").exit_code == 0
    assert not profile.exists()


def test_the_address_that_contact_support_writes_to_is_a_setting(say: Say, profile: Path, tmp_path: Path) -> None:
    file = tmp_path / "site.json"
    file.write_text('{"support_address": "aide@example.com"}', encoding="utf-8")
    say("configure", "--from", str(file), "--json")
    database = Database.of_file(profile / "journal.sqlite")
    kept = Journal(database).settings()
    database.close()
    assert kept["support_address"] == "aide@example.com"
