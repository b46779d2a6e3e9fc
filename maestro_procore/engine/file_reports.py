"""Signed reports as files: saves the one that a request made, and checks one that somebody hands in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from maestro_procore.model.file_proof import differences_of
from maestro_procore.model.problems import Problem, Refused
from maestro_procore.ports import Row

ALGORITHM: Final = "Ed25519"
MOST_BYTES: Final = 200_000_000
"""A report is read whole: half a million differences are less than this."""


class Proofs(Protocol):
    """The part of the journal that keeps them."""

    def file_proof_of(self, request_id: str) -> Row | None: ...
    def request(self, request_id: str) -> Row: ...


@dataclass(frozen=True)
class FileReports:
    """is_intact: a report and its signature belong together. is_own: this computer signed it. All blocking."""

    journal: Proofs
    is_intact: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
    is_own: Callable[[Mapping[str, Any]], bool]

    def document(self, request_id: str) -> dict[str, Any] | None:
        """Report and signature; None while the request is under way. Raises Refused with why there is none."""
        proof = self.journal.file_proof_of(request_id)
        if proof is not None:
            signature = {"algorithm": ALGORITHM, "key": proof["key"], "value": proof["signature"]}
            return {"report": proof["report"], "signature": signature}
        request = self.journal.request(request_id)
        if request["ended_at"] is None:
            return None
        told = request["problem"]
        raise Refused(Problem.from_json(told) if told else Problem("SRV-12", {"user": request["requested_by"]}))

    def save(self, document: Mapping[str, Any], file: Path) -> None:
        """Raises Refused (DOC-37)."""
        try:
            file.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise _unusable(file, error) from error

    def verify(self, file: Path) -> dict[str, Any]:
        """What an unchanged report of this computer says: name, made_at, agrees, apart (items known to differ).

        Raises Refused (DOC-37 to DOC-39).
        """
        report, signature = _read(file)
        if not self.is_intact(report, signature):
            raise Refused(Problem("DOC-38", {"file": str(file)}))
        if not self.is_own(signature):
            raise Refused(Problem("DOC-39", {"file": str(file)}))
        apart, _ = differences_of(report)
        about = {name: report[name] for name in ("made_at", "agrees")}
        return {"name": report["project"]["name"], **about, "apart": apart}


def _read(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise Refused(Problem("DOC-38", {"file": str(file)}))
        document = json.loads(file.read_text(encoding="utf-8"))
        report, signature = document["report"], document["signature"]
        if isinstance(report, dict) and isinstance(signature, dict):
            return report, signature
    except OSError as error:
        raise _unusable(file, error) from error
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise Refused(Problem("DOC-38", {"file": str(file)}))


def _unusable(file: Path, error: OSError) -> Refused:
    return Refused(Problem("DOC-37", {"file": str(file), "text": error.strerror or type(error).__name__}))
