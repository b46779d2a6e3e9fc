"""What a person may ask of a reconciliation: to be made, and to carry two names on its certificate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from maestro_procore.model import settings as settings_table
from maestro_procore.model.elements import RECONCILE, RECONCILIATION
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Clock, Company, Journal, Row, Tx


@dataclass(frozen=True)
class ReconcileCommands:
    """Of one person. may: whether he has the right to synchronize, for it makes calls as well."""

    journal: Journal
    company: Company
    clock: Clock
    user: str
    may: bool

    def order(self, *, project: str | None = None, cut_off: date | None = None) -> Row:
        """Writes the request down, or gives back the one that has not ended, whatever that was asked for.

        cut_off: the last day that counts; None: today. Raises Refused: CFG-12 without the right, CFG-01 when the
        interface is not configured, CLI-03 for a project that maestro* does not have; CompanyUnreachable.
        """
        self._needs_right()
        if not settings_table.is_complete(settings_table.effective(self.journal.settings())):
            raise Refused(Problem("CFG-01"))
        if project and not self.company.rows("m_project", keys=[project]):
            raise Refused(Problem("CLI-03", {"code": project}))
        day = (cut_off or self.clock.now().astimezone().date()).isoformat()
        asked = {"cut_off": day, "project": project, "prepared_by": self.user, **self._facts(day)}
        wish = {
            "element": RECONCILIATION,
            "scope": "project" if project else "all",
            "keys": None,
            "project": project,
            "mode": RECONCILE,
            "is_preview": False,
            "requested_by": self.user,
        }

        def beside(tx: Tx, request_id: str) -> None:
            self.journal.put_reconciliation(tx, request_id, **asked)

        return self.journal.submit(wish, self.clock.now(), beside)[0]

    def is_as_asked(self, request: Row, project: str | None, cut_off: date | None) -> bool:
        """Whether a request is about that project and that day; None: today."""
        held = self.journal.reconciliation(request["id"])
        day = (cut_off or self.clock.now().astimezone().date()).isoformat()
        return held is not None and (held["project"], held["cut_off"]) == (project, day)

    def sign(self, request_id: str, *, prepared_by: str, reviewed_by: str) -> None:
        """Who prepared and who reviewed, as the certificate shows it; '' leaves a line to sign by hand."""
        self._needs_right()
        with self.journal.begin() as tx:
            self.journal.put_reconciliation(tx, request_id, prepared_by=prepared_by, reviewed_by=reviewed_by)

    def _facts(self, day: str) -> Mapping[str, Any]:
        """Company, and the fiscal period that the day lies in."""
        periods = self.company.rows("m_period")
        found = next((p for p in periods if str(p["start_date"])[:10] <= day <= str(p["end_date"])[:10]), None)
        return {
            "company": self.company.company().name,
            "period": f"{found['year']}-{int(found['period']):02d}" if found else "",
            "is_period_closed": found is not None and found["status"] == "closed",
        }

    def _needs_right(self) -> None:
        if not self.may:
            raise Refused(Problem("CFG-12"))
