"""A desk for window tests: the real journal and views in a temporary file, and buttons that are remembered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import CallRecord
from maestro_procore.store.database import Database
from maestro_procore.store.journal import Journal
from maestro_procore.store.views import Views
from tests.templates import new_journal

NOW = datetime(2026, 11, 23, 18, 42, tzinfo=UTC)
RESUMES_AT = NOW + timedelta(minutes=23)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


def ask_now(function: Callable[[], Any], then: Callable[[Any], None]) -> None:
    """A background that answers at once."""
    then(function())


@dataclass
class Rights:
    can_configure: bool = True
    can_synchronize: bool = True
    can_manage: bool = True
    can_add_master: bool = True


@dataclass
class Buttons:
    """Commands that write to the journal as the real ones do, and remember what was asked."""

    journal: Journal
    pressed: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusal: Problem | None = None

    def synchronize(self, element: str, **wish: Any) -> dict[str, Any]:
        self._press("synchronize", {"element": element, **wish})
        keys = wish.get("keys")
        row = {
            "element": element,
            "scope": "selection" if keys else "all",
            "keys": keys,
            "mode": "full" if wish.get("full") else "differential",
            "is_preview": bool(wish.get("preview")),
            "requested_by": "mlavoie",
        }
        return self.journal.submit(row, NOW)[0]

    def synchronize_all(self, **wish: Any) -> list[dict[str, Any]]:
        self._press("synchronize_all", wish)
        return []

    def cancel(self, request_id: str) -> bool:
        self._press("cancel", {"request_id": request_id})
        return self.journal.cancel(request_id, "mlavoie")

    def resume(self, request_id: str) -> bool:
        self._press("resume", {"request_id": request_id})
        return self.journal.resume(request_id)

    def choose(self, element: str, maestro_key: str, subject: str, choice: str) -> None:
        self._press("choose", {"element": element, "key": maestro_key, "subject": subject, "choice": choice})

    def accept(self, element: str, keys: list[str], control_total: Any, seen: set[str]) -> None:
        self._press("accept", {"element": element, "keys": keys, "total": str(control_total), "seen": sorted(seen)})

    def refuse(self, element: str, keys: list[str], reason: str) -> None:
        self._press("refuse", {"element": element, "keys": keys, "reason": reason})

    def confirm(self, request_id: str, records: int) -> None:
        self._press("confirm", {"request_id": request_id, "records": records})

    def undo(self, request_id: str, actions: list[int] | None = None) -> None:
        self._press("undo", {"request_id": request_id, "actions": actions})

    @property
    def reconciliations(self) -> "ReconcileButtons":
        return ReconcileButtons(self)

    @property
    def links(self) -> "LinkButtons":
        return LinkButtons(self)

    def _press(self, name: str, values: dict[str, Any]) -> None:
        self.pressed.append((name, values))
        if self.refusal is not None:
            raise Refused(self.refusal)


@dataclass
class ReconcileButtons:
    """The page Reconciliation, as engine/reconcile_commands.py writes its requests down."""

    buttons: Buttons

    def order(self, *, project: str | None = None, cut_off: Any = None) -> dict[str, Any]:
        self.buttons._press("reconcile", {"project": project, "cut_off": cut_off.isoformat()})
        wish = {"element": "reconciliation", "mode": "reconcile", "scope": "all", "requested_by": "mlavoie"}
        asked = {"cut_off": cut_off.isoformat(), "project": project, "prepared_by": "mlavoie", "company": "Roy inc."}
        journal = self.buttons.journal
        return journal.submit(wish, NOW, lambda tx, i: journal.put_reconciliation(tx, i, **asked))[0]

    def sign(self, request_id: str, *, prepared_by: str, reviewed_by: str) -> None:
        self.buttons._press("sign", {"prepared_by": prepared_by, "reviewed_by": reviewed_by})
        with self.buttons.journal.begin() as tx:
            self.buttons.journal.put_reconciliation(tx, request_id, prepared_by=prepared_by, reviewed_by=reviewed_by)


@dataclass
class LinkButtons:
    """The deeds of the Links page, remembered."""

    buttons: Buttons

    def unlink(self, element: str, maestro_key: str, why: str = "") -> bool:
        self.buttons._press("unlink", {"element": element, "key": maestro_key, **_given(why=why)})
        return True

    def link(self, element: str, maestro_key: str, procore_id: int, why: str = "") -> None:
        self.buttons._press("link", {"element": element, "key": maestro_key, "procore_id": procore_id, "why": why})

    def relink(self, element: str, maestro_key: str, procore_id: int, why: str = "") -> None:
        self.buttons._press("relink", {"element": element, "key": maestro_key, "procore_id": procore_id, "why": why})

    def resend(self, element: str, maestro_key: str, why: str = "") -> None:
        self.buttons._press("resend", {"element": element, "key": maestro_key, **_given(why=why)})

    def ignore(self, element: str, maestro_key: str | None, procore_id: int | None, why: str = "") -> None:
        self.buttons._press("ignore", {"element": element, "key": maestro_key, "procore_id": procore_id, "why": why})

    def heed(self, element: str, maestro_key: str | None, procore_id: int | None, why: str = "") -> bool:
        self.buttons._press("heed", {"element": element, "key": maestro_key, **_given(why=why)})
        return True


def _given(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


@dataclass
class JournalDesk:
    """What pages get, with the journal behind it for the test to write to."""

    database: Database
    journal: Journal
    views: Views
    commands: Buttons
    rights: Rights = field(default_factory=Rights)
    user: str = "mlavoie"
    environment: str = "training"
    reports: Any = None
    versions: Any = None

    def lines(self, element: str, *lines: dict[str, Any]) -> None:
        """Replace the lines of a page."""
        with self.journal.begin() as tx:
            self.journal.put_lines(tx, element, [dict(line) for line in lines], is_complete=True)

    def request(self, element: str = "suppliers", **values: Any) -> dict[str, Any]:
        """A request in the state that the values say."""
        wish = {"element": element, "scope": "all", "mode": "differential", "requested_by": "mlavoie"}
        row, _ = self.journal.submit(wish, NOW - timedelta(minutes=5))
        self.journal.change_request(row["id"], **values)
        return self.journal.request(row["id"])

    def action(self, request: dict[str, Any], **values: Any) -> int:
        """One action of a request."""
        with self.journal.begin() as tx:
            seq = self.journal.next_seq(tx, request["id"])
            row = {"request_id": request["id"], "seq": seq, "element": request["element"], "kind": "update", **values}
            return self.journal.add_action(tx, row)

    def call(self, request: dict[str, Any], sent: str, received: str, status: int = 200, attempt: int = 1) -> int:
        """One call to Procore and its answer."""
        record = CallRecord(
            at=NOW,
            api="procore",
            method="PATCH",
            path="/rest/v1.0/companies/17/vendors/sync",
            query="",
            status=status,
            milliseconds=312,
            is_counted=True,
            records=1,
            request_body=sent,
            answer_body=received,
            headers={"x-request-id": "7f00-aa"},
        )
        with self.journal.begin() as tx:
            return self.journal.add_exchange(tx, record, request["id"], attempt)

    def line_id(self, element: str, key: str) -> int:
        from maestro_procore.store.views import LineQuery

        return next(line.id for line in self.views.lines(element, LineQuery(), 0, 1000) if line.maestro_key == key)


def open_desk(folder: Path) -> JournalDesk:
    """A desk on an empty journal."""
    database = new_journal(folder / "journal.sqlite")
    journal = Journal(database)
    return JournalDesk(database, journal, Views(database, lambda: NOW), Buttons(journal))


def supplier(code: str, name: str = "", city: str = "Lévis", **values: Any) -> dict[str, Any]:
    """A line of the page Suppliers, in step on both sides unless the values say otherwise."""
    maestro = {"code": code, "name": name or f"Supplier {code}", "city": city, "phone": "418 555-0100"}
    return {
        "element": "suppliers",
        "maestro_key": code,
        "procore_id": 9000 + int("".join(c for c in code if c.isdigit()) or 0),
        "sort_key": code.lower(),
        "search_text": f"{code} {maestro['name']} {city}".lower(),
        "groups": {"status": "A"},
        "maestro_values": maestro,
        "procore_values": dict(maestro),
        "agreed": dict(maestro),
        "differing": [],
        "direction": "to_procore",
        "status": "done",
        "is_in_scope": True,
        "is_linked": True,
        "needs_sync": False,
        "problems": [],
        "worst": "",
        "candidates": [],
        **values,
    }


def project(number: str, status: str = "A", **values: Any) -> dict[str, Any]:
    """A line of the page Projects."""
    shown = {"number": number, "name": f"École {number}", "city": "Québec", "start_date": "2026-03-01"}
    return {
        **supplier("X1"),
        "element": "projects",
        "maestro_key": number,
        "procore_id": int(number.replace("-", "")),
        "sort_key": number,
        "search_text": number,
        "groups": {"status": status},
        "maestro_values": shown,
        "procore_values": dict(shown),
        "agreed": dict(shown),
        "direction": "both",
        **values,
    }


def problem(code: str, /, **args: Any) -> dict[str, Any]:
    """The fields of a line that carries this one problem."""
    found = Problem(code, args)
    return {"problems": [found.to_json()], "worst": found.kind.value}
