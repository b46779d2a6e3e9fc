"""One file for whoever helps: what runs here, what it was asked, what went wrong, and the logs. Everything redacted.

No content of a file, no body of a call, no password and no record of maestro* stands in it (F165, F261): a person can
open it and see that before he sends it.
"""

import json
import platform
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from maestro_procore.logs import redact
from maestro_procore.model import settings as settings_table
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.places import PROGRAM, Profile, private_opener
from maestro_procore.store.database import NEWEST_SCHEMA, Database
from maestro_procore.store.file_kept import KEPT
from maestro_procore.store.file_tables import STEP
from maestro_procore.store.rows import RequestQuery
from maestro_procore.store.views import Views

MOST_REQUESTS: Final = 200
MOST_LOG_BYTES: Final = 2_000_000
"""Of each log, its end."""

ADDRESSES: Final = frozenset({"completion_mail_to", "completion_mail_from"})


class SupportBundle:
    """Of one profile. environment: production · sandbox · training."""

    def __init__(
        self, profile: Profile, database: Database, views: Views, environment: str, now: Callable[[], datetime]
    ) -> None:
        self._profile, self._database, self._views, self._environment = profile, database, views, environment
        self._now = now

    def write(self, file: Path) -> list[str]:
        """Writes the bundle, readable by its owner only; the names of what stands in it.

        Errors: Refused (DOC-37) when the file cannot be written.
        """
        parts = {**{name: _json(found) for name, found in self._found(self._now()).items()}, **dict(self._logs())}
        try:
            with (
                open(file, "wb", opener=private_opener) as out,
                zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle,
            ):
                for name, content in parts.items():
                    bundle.writestr(name, content)
        except OSError as error:
            raise Refused(Problem("DOC-37", {"file": str(file), "text": error.strerror or str(error)})) from error
        return list(parts)

    def _found(self, now: datetime) -> dict[str, Any]:
        return {
            "about.json": self._about(now),
            "settings.json": _without_people(settings_table.effective(self._views.settings())),
            "service.json": {"service": self._views.service(), "budget": self._views.budget()},
            "elements.json": self._views.elements(),
            "requests.json": self._views.requests(RequestQuery(), 0, MOST_REQUESTS),
            "documents.json": self._documents(),
            "what-is-kept-about-files.json": KEPT,
        }

    def _about(self, now: datetime) -> dict[str, Any]:
        return {
            "program": PROGRAM,
            "version": version_of(PROGRAM),
            "python": sys.version,
            "system": platform.platform(),
            "environment": self._environment,
            "schema": NEWEST_SCHEMA,
            "made_at": now,
        }

    def _documents(self) -> dict[str, Any]:
        """Projects with their counts, and how often each problem stopped a file; not which files."""
        with self._database.read() as tx:
            told = tx.execute(sa.select(STEP.c.problems).where(STEP.c.state.in_(("failed", "skipped", "retry"))))
            codes = Counter(problem["code"] for (problems,) in told for problem in problems or ())
        return {"projects": self._views.files.projects(), "problems_of_files": dict(sorted(codes.items()))}

    def _logs(self) -> Iterator[tuple[str, bytes]]:
        if not self._profile.logs.is_dir():
            return
        for log in sorted(self._profile.logs.iterdir()):
            with log.open("rb") as file:
                file.seek(max(0, log.stat().st_size - MOST_LOG_BYTES))
                yield f"logs/{log.name}", str(redact(file.read().decode("utf-8", "replace"))).encode()


def _json(value: Any) -> bytes:
    return json.dumps(redact(_plain(value)), ensure_ascii=False, indent=1, default=str).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Problem):
        return value.to_json()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in asdict(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _without_people(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Whether addresses of people are set, not which."""
    return {key: bool(value) if key in ADDRESSES else value for key, value in settings.items()}
