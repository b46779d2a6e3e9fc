"""Not training: a maestro* company of its own by address, a password in a key ring, Procore by URL."""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from maestro_procore.erp.maestro_company import MaestroCompany
from tests.file_ring import FileRing
from tests.journeys.command_line import Said, Say, speaker
from tests.programs import Control, Program, sandbox_process

NOBODY = "http://127.0.0.1:9"  # the discard port: nobody listens there


@pytest.fixture(scope="module")
def control() -> Iterator[Control]:
    with sandbox_process("--spike-limit", "1000") as running:
        yield running


@dataclass(frozen=True)
class Site:
    """A computer with a key ring, its profile, and the company of a test environment."""

    profile: Path
    company: Path
    program: Program
    say: Say
    control: Control

    def configure(self, monkeypatch: pytest.MonkeyPatch, *, url: str | None = None, secret: str | None = None) -> Said:
        """Sets everything up, by default as it works."""
        line = self.control.line
        file = self.profile.with_name("site.json")
        file.write_text(json.dumps({"company_url": f"sqlite:///{self.company}"}), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", io.StringIO((secret or line["client_secret"]) + "\n"))
        words = ["--from", str(file), "--url", url or line["procore_api"], "--client-id", line["client_id"]]
        return self.say("configure", *words, "--procore-company", str(line["company_id"]), "--secret-stdin", "--json")


@pytest.fixture
def site(
    tmp_path: Path, control: Control, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    import keyring

    company = MaestroCompany(tmp_path / "maestro.sqlite")
    company.create_schema()
    company.load_rows(control.line["company"])
    company.close()
    environment = {
        "TEST_KEY_RING": str(tmp_path / "ring.json"),
        "PYTHON_KEYRING_BACKEND": "tests.file_ring.FileRing",
        "LOGNAME": "ADMIN",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    before = keyring.get_keyring()
    keyring.set_keyring(FileRing())
    profile = tmp_path / "profile"
    yield Site(
        profile,
        tmp_path / "maestro.sqlite",
        Program(profile, None),
        speaker(profile, capfd, "--language", "en"),
        control,
    )
    keyring.set_keyring(before)


def failed(said: Said) -> dict[str, str]:
    """Name → code of the checks that failed themselves."""
    checks = [check for check in said.document["checks"] if not check["ok"] and not check["skipped"]]
    return {check["name"]: check["problem"]["code"] for check in checks}


def test_a_company_is_set_up_checked_and_synchronized(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way of IT: configure, doctor, sync; the password is nowhere in the profile."""
    said = site.configure(monkeypatch)
    assert (said.exit_code, said.codes) == (0, {"CFG-13"})
    examined = site.say("doctor", "--json")
    assert (examined.exit_code, failed(examined)) == (0, {})
    run = site.program.run("sync", "projects", "suppliers", "budgets", "costs")  # orders wait for an approver
    assert run.exit_code == 0
    assert sum(row["created"] for row in run.requests.values()) > 0
    secret = site.control.line["client_secret"].encode()
    assert not any(secret in file.read_bytes() for file in site.profile.rglob("*") if file.is_file())


def test_nobody_answers_is_told_with_4(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(monkeypatch, url=NOBODY)
    examined = site.say("doctor", "--json")
    assert (examined.exit_code, failed(examined)) == (4, {"connection": "SRV-06"})
    run = site.program.run("sync", "suppliers")
    assert (run.exit_code, run.problem_codes) == (4, {"SRV-06"})


def test_a_wrong_password_is_told_with_2(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(monkeypatch, secret="not-the-password")
    examined = site.say("doctor", "--json")
    assert (examined.exit_code, failed(examined)) == (2, {"connection": "CFG-03"})
    run = site.program.run("sync", "suppliers")
    assert (run.exit_code, run.problem_codes) == (2, {"CFG-03"})


def test_a_password_that_this_computer_does_not_know_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(monkeypatch)
    site.profile.with_name("ring.json").unlink()
    assert failed(site.say("doctor", "--json")) == {"configuration": "KEY-04"}
    run = site.program.run("sync", "suppliers")
    assert (run.exit_code, run.problem_codes) == (2, {"KEY-04"})


def test_a_company_that_the_account_may_not_use_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(monkeypatch)
    site.say("configure", "--procore-company", "77", "--json")
    assert failed(site.say("doctor", "--json")) == {"company": "CFG-04"}


def test_a_procore_company_that_another_maestro_company_uses_is_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CFG-06, and the option that allows it."""
    site.configure(monkeypatch)
    theirs = site.control.edit("vendors", name="Toitures Bélair inc.", origin_id="MST:BELAIR:suppliers:T01")
    try:
        assert failed(site.say("doctor", "--json")) == {}, "nothing has been read yet"
        assert site.program.run("sync", "suppliers").exit_code == 0
        examined = site.say("doctor", "--json")
        told = next(check["problem"] for check in examined.document["checks"] if not check["ok"])
        assert (examined.exit_code, told["code"]) == (2, "CFG-06")
        assert "is already paired with maestro* company BELAIR" in told["message"]
        allowed = site.profile.with_name("shared.json")
        allowed.write_text('{"shares_procore_company": true}', encoding="utf-8")
        assert site.say("configure", "--from", str(allowed), "--json").exit_code == 0
        assert failed(site.say("doctor", "--json")) == {}
    finally:
        site.control.remove("vendors", theirs["id"])


def test_a_test_company_is_not_paired_with_production(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(monkeypatch)
    assert site.say("configure", "--url", "https://api.procore.com", "--json").exit_code == 0
    examined = site.say("doctor", "--json")
    assert failed(examined) == {"configuration": "CFG-07"}
    assert examined.exit_code == 2
    run = site.program.run("sync", "suppliers")
    assert (run.exit_code, run.problem_codes) == (2, {"CFG-07"})


def test_someone_whom_maestro_does_not_know_may_only_look(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """F041."""
    site.configure(monkeypatch)
    monkeypatch.setenv("LOGNAME", "NOBODY")
    assert site.say("status", "--json").exit_code == 0
    for words in (("sync", "all"), ("configure", "--client-id", "other")):
        said = site.say(*words, "--json")
        assert (said.exit_code, said.codes) == (2, {"CFG-12"})
