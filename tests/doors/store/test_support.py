"""Help and leaving: a bundle that holds no content and no secret, and a removal that leaves nothing behind."""

import json
import logging
import stat
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from maestro_procore import i18n
from maestro_procore.logs import start_logging
from maestro_procore.model.problems import Refused
from maestro_procore.places import Profile, open_profile
from maestro_procore.store import removal, support_bundle
from maestro_procore.store.database import Database
from maestro_procore.store.file_kept import KEPT, KINDS
from maestro_procore.store.lease import FileLease
from maestro_procore.store.secret_names import NotedSecrets
from maestro_procore.store.secrets import SERVICE, KeyRingSecrets
from maestro_procore.store.support_bundle import SupportBundle
from maestro_procore.store.views import Views
from tests.doors.keyring.test_key_ring import SmallRing
from tests.engine.file_world import FileWorld

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
CONTENT = b"CONTENT-OF-A-CONTRACT"


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return open_profile(tmp_path / "profile")


@pytest.fixture
async def world(profile: Profile) -> FileWorld:
    """A project in step, in the journal of the profile."""
    made = FileWorld(profile.root)
    made.procore.put("Contrats/contrat.pdf", CONTENT)
    await made.first()
    return made


def bundle_of(world: FileWorld, profile: Profile, file: Path) -> dict[str, str]:
    """Name → text of everything in the bundle."""
    views = Views(world.database, lambda: NOW)
    said = SupportBundle(profile, world.database, views, "production", lambda: NOW).write(file)
    with zipfile.ZipFile(file) as bundle:
        assert bundle.namelist() == said
        return {name: bundle.read(name).decode() for name in said}


async def test_f165_the_bundle_says_what_runs_here_what_was_asked_and_what_went_wrong(
    world: FileWorld, profile: Profile, tmp_path: Path
) -> None:
    stop = start_logging(profile.logs, "service")
    logging.getLogger("maestro_procore.test").warning("Béton Côté did not answer")
    stop()
    found = bundle_of(world, profile, tmp_path / "bundle.zip")
    assert json.loads(found["about.json"])["environment"] == "production"
    assert [row["state"] for row in json.loads(found["requests.json"])] == ["done", "done"]
    (project,) = json.loads(found["documents.json"])["projects"]
    assert (project["name"], project["phase"]) == ("École Saint-Édouard", "regular")
    assert "Béton Côté did not answer" in found["logs/service.log"]


async def test_f261_f284_the_bundle_holds_no_content_no_name_of_a_file_and_no_secret(
    world: FileWorld, profile: Profile, tmp_path: Path
) -> None:
    world.journal.change_settings(
        {"company_url": "mssql://maestro:canary-1@server/db", "client_id": "our-app"}, "marie", NOW
    )
    (profile.logs / "old.log").write_text('{"text": "Authorization: Bearer canary-2"}', encoding="utf-8")
    (world.temporary / "7-abc.part").write_bytes(CONTENT)
    file = tmp_path / "bundle.zip"
    found = bundle_of(world, profile, file)
    everything = "".join(found.values())
    assert "our-app" in everything and "server" in everything, "the settings are there"
    assert "Bearer" in everything, "and the logs"
    for word in (CONTENT.decode(), "contrat.pdf", "canary"):
        assert word not in everything
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_bundle_that_cannot_be_written_says_so(world: FileWorld, profile: Profile, tmp_path: Path) -> None:
    """DOC-37."""
    with pytest.raises(Refused) as refused:
        bundle_of(world, profile, tmp_path / "nowhere" / "bundle.zip")
    assert refused.value.problem.code == "DOC-37"


def test_f258_what_is_documented_is_what_the_tables_have(profile: Profile) -> None:
    database = Database.of_file(profile.journal)
    database.bring_up_to_date()
    with database.read() as tx:
        dumped = sa.inspect(tx)
        tables = [name for name in dumped.get_table_names() if name.startswith("file_")]
        columns = {name: {column["name"] for column in dumped.get_columns(name)} for name in tables}
    database.close()
    assert {name: set(documented) for name, documented in KEPT.items()} == columns
    assert {kind for documented in KEPT.values() for kind in documented.values()} == set(KINDS)


def test_f258_the_help_names_every_kind_of_what_is_kept() -> None:
    assert all(kind in i18n.text_in("en", "help.privacy.kept.a").lower() for kind in KINDS)


# --- leaving ----------------------------------------------------------------------------------------


@pytest.fixture
def ring() -> SmallRing:
    return SmallRing()


@pytest.fixture
def used(world: FileWorld, profile: Profile, ring: SmallRing) -> Iterator[NotedSecrets]:
    """A profile with everything that a year of work leaves: journal, logs, keys, a company, another program's key."""
    secrets = NotedSecrets(KeyRingSecrets(ring), profile.root)
    secrets.put("client-password:our-app", "canary")
    secrets.put("a large cache", "k" * 5_000)
    ring.set_password("another program", "its key", "stays")
    (profile.logs / "service.log").write_text("{}", encoding="utf-8")
    (profile.root / "microsoft-tokens").write_bytes(b"sealed")
    profile.company.write_bytes(b"maestro*")
    world.database.close()
    return secrets


def test_f273_everything_that_was_kept_is_gone_and_the_company_stays(
    used: NotedSecrets, profile: Profile, ring: SmallRing
) -> None:
    removal.remove(profile, NotedSecrets(KeyRingSecrets(ring), profile.root))
    assert [path.name for path in profile.root.iterdir()] == [profile.company.name]
    assert ring.entries == {("another program", "its key"): "stays"}


def test_f273_a_training_profile_goes_with_its_company(used: NotedSecrets, profile: Profile) -> None:
    removal.remove(profile, None, with_company=True)
    assert not profile.root.exists()


def test_f273_nothing_is_removed_while_the_engine_works_on_the_profile(
    used: NotedSecrets, profile: Profile, ring: SmallRing
) -> None:
    """CLI-21."""
    lease = FileLease(profile.lease)
    assert lease.take()
    with pytest.raises(Refused) as refused:
        removal.remove(profile, used)
    lease.give_back()
    assert refused.value.problem.code == "CLI-21"
    assert profile.journal.exists()
    assert ring.entries[SERVICE, "client-password:our-app"] == "canary"


def test_names_are_noted_once_and_hold_no_value(profile: Profile, ring: SmallRing) -> None:
    for value in ("canary-1", "canary-2"):
        NotedSecrets(KeyRingSecrets(ring), profile.root).put("client-password:our-app", value)
    noted = NotedSecrets(KeyRingSecrets(ring), profile.root)
    assert (noted.names(), noted.get("client-password:our-app")) == ({"client-password:our-app"}, "canary-2")
    assert (profile.root / "names-in-key-ring").read_text(encoding="utf-8") == "client-password:our-app\n"


def test_addresses_of_people_stay_out_of_the_settings() -> None:
    """Only whether somebody is written to at completion."""
    held = {"completion_mail_to": "marie@example.com", "completion_mail_from": "", "language": "fr"}
    assert support_bundle._without_people(held) == {
        "completion_mail_to": True,
        "completion_mail_from": False,
        "language": "fr",
    }
