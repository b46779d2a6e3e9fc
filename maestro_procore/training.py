"""The training world: an embedded maestro* company and a sandbox, both in the profile's folder.

Part of wiring: it joins the sandbox to the doors. Nothing leaves the computer, and the key ring is never touched.
"""

import json
import shutil
import subprocess
import threading
import urllib.request
from datetime import datetime
from typing import Any

from maestro_procore.erp.maestro_company import MaestroCompany
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import Profile, own_program
from maestro_procore.sandbox.training_company import generate
from maestro_procore.store.journal import Journal

SPIKE_LIMIT = 100
"""Calls per ten seconds of the training program's own sandbox."""
_SIZE_FILE = "training.json"


class TrainingWorld:
    """Both sides of a training profile. control: a running sandbox to use instead of starting one."""

    def __init__(self, profile: Profile, control: str | None) -> None:
        self._profile, self._control = profile, control
        self._child: subprocess.Popen[str] | None = None
        self._line: dict[str, Any] | None = None
        self._starting = threading.Lock()

    def prepare(self, company: MaestroCompany, journal: Journal, now: datetime) -> None:
        """Fills an empty profile with the training company, and pairs it."""
        company.create_schema()
        if not company.is_empty():
            return
        if self._control is not None:
            line = self.start_line()
            rows, pairing = line["company"], line["company_id"]
        else:
            made = generate(self._size())
            rows, pairing = made.company, made.procore_company_id
        company.load_rows(rows)
        settings = {
            "api_url": "http://127.0.0.1",
            "client_id": "training",
            "procore_company_id": pairing,
            "procore_company_name": company.company().name,
            "environment": "training",
            "default_template": rows["m_template"][0]["template_no"],
        }
        journal.change_settings(settings, "training", now)

    def start_line(self) -> dict[str, Any]:
        """What the sandbox says when it listens; it is started on first use. Raises Refused (CLI-05)."""
        with self._starting:
            if self._child is not None and self._child.poll() is not None:
                self._line = None
            if self._line is None:
                self._line = self._asked() if self._control is not None else self._started()
            return self._line

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

    def _asked(self) -> dict[str, Any]:
        assert self._control is not None
        if not self._control.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]")):
            raise Refused(Problem("CLI-05", {"url": self._control}))
        try:
            with urllib.request.urlopen(self._control, timeout=10) as answer:  # noqa: S310 - loopback, checked above
                line: dict[str, Any] = json.load(answer)
        except (OSError, ValueError) as error:
            raise Refused(Problem("CLI-05", {"url": self._control})) from error
        return line

    def _started(self) -> dict[str, Any]:
        self._profile.sandbox.mkdir(parents=True, exist_ok=True)
        self._child = subprocess.Popen(
            [
                *own_program(),
                "sandbox",
                "--company",
                self._size(),
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

    def _size(self) -> str:
        file = self._profile.root / _SIZE_FILE
        return str(json.loads(file.read_text())["company"]) if file.exists() else "small"


def reset(profile: Profile, size: str) -> None:
    """A fresh training company on both sides. The caller holds the run lease, so nobody works in the profile."""
    for file in (profile.journal, profile.company):
        for end in ("", "-wal", "-shm"):
            file.with_name(file.name + end).unlink(missing_ok=True)
    shutil.rmtree(profile.sandbox, ignore_errors=True)
    (profile.root / _SIZE_FILE).write_text(json.dumps({"company": size}))
