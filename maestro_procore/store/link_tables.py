"""Tables of the journal about links themselves: what people did to them, and marks that Procore has not let go of."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from maestro_procore.store.tables import Table, UtcTime, metadata, wide


class LinkEvent(Table, table=True):
    """Something that happened to the link of a record: who, when, what, why. Never changed, never deleted."""

    __tablename__ = "link_event"
    __table_args__ = (Index("ix_link_event_record", "element", "maestro_key"),)

    id: int | None = Field(default=None, primary_key=True)
    element: str
    maestro_key: str
    """Or # and the Procore id, of a record that maestro* does not have."""
    procore_id: int | None = wide(default=None)
    what: str
    """A Deed of model/link_states.py, or what came of it: mark_emptied · mark_kept."""
    why: str = ""
    by: str = ""
    at: datetime = Field(sa_type=UtcTime)
    request_id: str | None = None


class LinkMark(Table, table=True):
    """Our mark on a Procore record whose link was taken back: to be emptied, or kept by Procore all the same.

    Gone once it is empty, or replaced by that of another link.
    """

    __tablename__ = "link_mark"

    element: str = Field(primary_key=True)
    procore_id: int = wide(primary_key=True)
    scope: str = ""
    maestro_key: str
    name: str = ""
    origin_id: str
    state: str = "open"
    """open: to be emptied by the next run · kept: Procore keeps it."""


EVENT, MARK = metadata.tables["link_event"], metadata.tables["link_mark"]
