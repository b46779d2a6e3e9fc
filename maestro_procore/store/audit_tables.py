"""Table of the journal for what people were allowed to do, as it changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field

from maestro_procore.store.tables import Table, UtcTime, metadata


class RightsSeen(Table, table=True):
    """Rights of a person, written down when they were not those of the last time. Never changed, never deleted."""

    __tablename__ = "rights_seen"

    id: int | None = Field(default=None, primary_key=True)
    user: str = Field(index=True)
    at: datetime = Field(sa_type=UtcTime)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON, nullable=True)
    """{right: whether}; None when the person came for the first time."""
    after: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


RIGHTS = metadata.tables["rights_seen"]
