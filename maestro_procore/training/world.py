"""The training world: an embedded maestro* company and a sandbox, both in the profile's folder.

Part of wiring: it joins the sandbox to the doors. Nothing leaves the computer, and the key ring is never touched.
"""

import contextlib
import json
import subprocess
import threading
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.model import settings as settings_table
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile, own_program
from maestro_procore.sandbox.row_store import forget_world
from maestro_procore.sandbox.training_company import generate
from maestro_procore.sandbox.training_world import CONNECTED_COMPANY_ID
from maestro_procore.store.database import Database, refuse_newer
from maestro_procore.store.journal import Journal
from maestro_procore.store.lease import FileLease
from maestro_procore.store.views import Views
from maestro_procore.training import progress

SPIKE_LIMIT = 100
"""Calls per ten seconds of the training program's own sandbox."""
_SIZE_FILE, _SETUP_LOCK = "training.json", "setup.lock"
# A company from a file is kept in the profile, so that the file may go; while one company gives way to another there
# is a mark, because a profile that holds a half of each must not be opened.
_LOADED, _COMPANY_FILE, _UNFINISHED_FILE = "loaded", "training-company.json", "training-unfinished"
_CONTROL_FILE, _SANDBOX_LOCK = "sandbox.url", "sandbox.lock"
_LOOKS, _BETWEEN_LOOKS_SECONDS = 100, 0.1


class TrainingWorld:
    """Both sides of a training profile. control: a running sandbox to use instead of starting one."""

    def __init__(self, profile: Profile, control: str | None) -> None:
        self._profile, self._control = profile, control
        self._child: subprocess.Popen[str] | None = None
        self._line: dict[str, Any] | None = None
        self._starting = threading.Lock()
        self._alone = FileLease(profile.root / _SANDBOX_LOCK)

    def prepare(self, company: MaestroCompany, journal: Journal, now: datetime) -> None:
        """Fills an empty profile with the training company, and pairs it.

        Whoever comes meanwhile waits; what a killed process left half done is completed. Errors: Refused (TRN-06) when
        the old company was not removed whole.
        """
        if (self._profile.root / _UNFINISHED_FILE).exists():
            raise Refused(Problem("TRN-06"))
        if not company.is_empty() and _is_paired(journal):
            return
        with FileLock(self._profile.root / _SETUP_LOCK):
            if company.is_empty():
                company.create_schema()
                company.load_rows(self._company_rows())
            if not _is_paired(journal):
                journal.change_settings(self._pairing(company), "training", now)

    def _company_rows(self) -> dict[str, list[dict[str, Any]]]:
        if self._control is None:
            return self._own_rows()
        rows: dict[str, list[dict[str, Any]]] | None = self.start_line()["company"]
        if not rows:
            raise Refused(Problem("CLI-05", {"url": self._control}))
        return rows

    def _own_rows(self) -> dict[str, list[dict[str, Any]]]:
        size = self._size()
        if size != _LOADED:
            return generate(size).company
        rows: dict[str, list[dict[str, Any]]] = self._loaded()["company"]
        return rows

    def _loaded(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self._profile.root / _COMPANY_FILE).read_text(encoding="utf-8"))
        return content

    def _procore_id(self) -> int:
        if self._control is not None:
            return int(self.start_line()["company_id"])
        is_loaded = self._size() == _LOADED
        return int(self._loaded()["procore"]["companies"][0]["id"]) if is_loaded else CONNECTED_COMPANY_ID

    def _pairing(self, company: MaestroCompany) -> dict[str, Any]:
        """Settings of a training profile: identified by its company, not by an address that changes at each start."""
        templates = company.templates()
        return {
            "api_url": "http://127.0.0.1",
            "client_id": "training",
            "procore_company_id": self._procore_id(),
            "procore_company_name": company.company().name,
            "environment": "training",
            "default_template": templates[0]["template_no"] if templates else None,
            **settings_table.TRAINING,
        }

    def start_line(self) -> dict[str, Any]:
        """What the sandbox says when it listens; it is started on first use. Raises Refused (CLI-05)."""
        with self._starting:
            if self._control is not None:
                self._line = self._line or _asked(self._control)
            elif self._child is None or self._child.poll() is not None:
                self._line = self._shared(self._line)
            assert self._line is not None
            return self._line

    def _shared(self, known: dict[str, Any] | None) -> dict[str, Any]:
        """The one sandbox of this profile: started here, or the one that another process of ours started.

        Two on one world would answer from two memories. known: what the other's said; true while it has the lock.
        """
        self._profile.sandbox.mkdir(parents=True, exist_ok=True)
        address = self._profile.root / _CONTROL_FILE
        for _ in range(_LOOKS):
            if self._alone.take():
                line = self._started()
                address.write_text(line["control"])
                return line
            if known is not None:
                return known
            try:
                return _asked(address.read_text())
            except (OSError, Refused):  # it is starting, or its owner is just ending
                time.sleep(_BETWEEN_LOOKS_SECONDS)
        raise Refused(Problem("CLI-05", {"url": "http://127.0.0.1"}))

    def close(self) -> None:
        """Ends the sandbox that this process started."""
        if self._child is None:
            return
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(3)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._child = None
        self._alone.give_back()

    def _started(self) -> dict[str, Any]:
        self._child = subprocess.Popen(
            [
                *own_program(),
                "sandbox",
                "--company",
                self._company_option(),
                "--profile",
                str(self._profile.sandbox),
                "--spike-limit",
                str(SPIKE_LIMIT),
                "--until-stdin-closes",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._child.stdout is not None
        text = self._child.stdout.readline()
        if not text:
            raise Refused(Problem("CLI-05", {"url": "http://127.0.0.1"}))
        line: dict[str, Any] = json.loads(text)
        return line

    def _company_option(self) -> str:
        size = self._size()
        return str(self._profile.root / _COMPANY_FILE) if size == _LOADED else size

    def _size(self) -> str:
        """small, reference, or that it was loaded from a file."""
        file = self._profile.root / _SIZE_FILE
        return str(json.loads(file.read_text())["company"]) if file.exists() else "small"


def _is_paired(journal: Journal) -> bool:
    return settings_table.is_complete(settings_table.effective(journal.settings()))


def _asked(control: str) -> dict[str, Any]:
    """The start line of a running sandbox. Raises Refused (CLI-05)."""
    if not control.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]")):
        raise Refused(Problem("CLI-05", {"url": control}))
    try:
        with urllib.request.urlopen(control, timeout=10) as answer:  # noqa: S310 - loopback, checked above
            line: dict[str, Any] = json.load(answer)
    except (OSError, ValueError) as error:
        raise Refused(Problem("CLI-05", {"url": control})) from error
    return line


def reset(profile: Profile, size: str) -> None:
    """A fresh training company on both sides; the next opening of the profile fills it.

    The caller holds the run lease, so nobody works in the profile. Errors: Refused (STO-04) when the profile belongs
    to a newer version of the program: what that one keeps is not ours to throw away.
    """
    _replace(profile, size, None)


def put_in_place(profile: Profile, content: str) -> None:
    """The company of a file instead of the one in use. content: checked, as CompanyFile.to_json writes it.

    As for reset, the caller holds the run lease. Errors: as for reset.
    """
    _replace(profile, _LOADED, content)


def _replace(profile: Profile, size: str, content: str | None) -> None:
    _refuse_a_newer_one(profile)
    unfinished = profile.root / _UNFINISHED_FILE
    unfinished.touch()
    forget_world(profile.sandbox)
    for file in (profile.journal, profile.company):
        _remove_database(file)
    progress.forget(profile.root)
    company_file = profile.root / _COMPANY_FILE
    if content is None:
        company_file.unlink(missing_ok=True)
    else:
        company_file.write_text(content, encoding="utf-8")
    (profile.root / _SIZE_FILE).write_text(json.dumps({"company": size}))
    unfinished.unlink()


def _refuse_a_newer_one(profile: Profile) -> None:
    """Errors: Refused (STO-04). A journal that is damaged may go: that is what a reset is good for."""
    if not profile.journal.exists():
        return
    with contextlib.closing(Database.of_file(profile.journal)) as database:
        try:
            with database.read() as connection:
                refuse_newer(connection)
        except Refused as refused:
            if refused.problem.code == "STO-04":
                raise


def engine_process(profile: Profile) -> int | None:
    """Number of the process that runs the engine of a profile, None when the journal does not say."""
    try:
        database = Database.of_file(profile.journal)
        with contextlib.closing(database):
            return Views(database).service().process
    except Refused:
        return None


def _remove_database(file: Path) -> None:
    """With its log and index, the log first: without its database it means nothing."""
    for end in ("-wal", "-shm", ""):
        file.with_name(file.name + end).unlink(missing_ok=True)
