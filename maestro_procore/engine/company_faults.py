"""What it means for a person that the maestro* company cannot be read, as a message. Pure."""

from maestro_procore.model.problems import Problem
from maestro_procore.ports import CompanyRefused, CompanyUnreachable

_LACKING = ("no_table", "no_column")


def problem_of(fault: CompanyUnreachable | CompanyRefused) -> Problem:
    """SRV-01 nobody answers, STO-08 a table or column is missing, STO-07 for every other reason."""
    if isinstance(fault, CompanyUnreachable):
        return Problem("SRV-01")
    if fault.reason in _LACKING:
        return Problem("STO-08", {"name": f"{fault.table}.{fault.column}" if fault.column else fault.table})
    return Problem("STO-07", {"reason": fault.reason})
