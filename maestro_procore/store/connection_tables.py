"""Table of the journal for connections: addresses, names and what the last test told; never a secret."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field

from maestro_procore.store.tables import Table, UtcTime, metadata, wide


class ConnectionRow(Table, table=True):
    """One connection. Those of Configuration have the ids of model/connections.py and only keep what a test told."""

    __tablename__ = "connection"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    """Names its secrets in the key ring."""
    platform: str
    way: str
    name: str
    url: str = ""
    client_id: str = ""
    redirect_uri: str = ""
    tenant: str = ""
    company_id: int | None = wide(default=None)
    company_name: str = ""
    account: str = ""
    certificate: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    acts_as: str = ""
    login: str = ""
    tested_at: datetime | None = Field(default=None, sa_type=UtcTime)
    problem: dict[str, Any] | None = Field(default=None, sa_type=JSON, nullable=True)
    added_by: str = ""
    added_at: datetime | None = Field(default=None, sa_type=UtcTime)


CONNECTION = metadata.tables["connection"]
