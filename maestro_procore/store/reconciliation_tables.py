"""Tables of the journal that keep what a reconciliation found: page, workbook and certificate show it for ever."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field

from maestro_procore.store.tables import Table, UtcTime, metadata


class Reconciled(Table, table=True):
    """One reconciliation: what was asked for, and what its certificate says."""

    __tablename__ = "reconciliation"

    request_id: str = Field(primary_key=True)
    cut_off: str
    """The last day that counts, ISO."""
    project: str | None = None
    """maestro* code of the only project that was looked at; None: all."""
    company: str = ""
    period: str = ""
    """Fiscal period that the cut-off lies in, "2026-11"; '' when maestro* has none."""
    is_period_closed: bool = False
    agrees: bool | None = None
    """None while it runs, and for one that never came to its end."""
    made_at: datetime | None = Field(default=None, sa_type=UtcTime)
    prepared_by: str = ""
    reviewed_by: str = ""


class ReconciledProject(Table, table=True):
    """What was found about one project beside its lines."""

    __tablename__ = "reconciled_project"

    request_id: str = Field(primary_key=True)
    project: str = Field(primary_key=True)
    aside: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """[{of, currency, amount}]: taxes and holdback, never compared."""
    told: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    missing: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    """[[element, figure]] that could not be compared."""


class ReconciledLine(Table, table=True):
    """One figure of one code in one currency. Amounts are canonical text."""

    __tablename__ = "reconciled_line"
    __table_args__ = (Index("ix_reconciled_line_page", "request_id", "project", "seq"),)

    request_id: str = Field(primary_key=True)
    project: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    """Place among the lines of its project."""
    element: str
    figure: str
    code: str
    currency: str
    maestro: str
    expected: str
    procore: str
    unexplained: str
    cause: str = ""
    """Codes of its bridges, and REC-00 where something is unexplained."""
    bridges: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    """[{cause, amount, records: [{record, amount, problem}]}]"""
    is_apart: bool = False
    """Something is unexplained."""
    search_text: str = ""
    """Project, code and names of the records behind it, in lower case and without accents."""


RECONCILED, OF_PROJECT, RECONCILED_LINE = (
    metadata.tables[name] for name in ("reconciliation", "reconciled_project", "reconciled_line")
)
