"""One row of what the doctor found."""

from dataclasses import dataclass

from maestro_procore.i18n import text
from maestro_procore.model.problems import Problem


@dataclass(frozen=True)
class Check:
    """text: what is well. problem: what is not; of a skipped check, what made it impossible.

    of: which one, where several are checked alike: a connection, an account, the projects of a drive.
    """

    name: str
    is_ok: bool
    text: str
    problem: Problem | None = None
    is_skipped: bool = False
    of: str = ""


def well(name: str, told: str, of: str = "") -> Check:
    return Check(name, True, told, of=of)


def ill(name: str, problem: Problem, of: str = "") -> Check:
    return Check(name, False, "", problem, of=of)


def skipped(names: tuple[str, ...], because: Problem, of: str = "") -> list[Check]:
    """The same for each: it could not be asked."""
    return [Check(name, False, text("doctor.skipped"), because, is_skipped=True, of=of) for name in names]
