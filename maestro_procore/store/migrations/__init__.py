"""Steps that bring an older journal up to date. They see our own tables only: the durable engine keeps its own."""

from importlib import metadata
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, Table, text

from maestro_procore.places import PROGRAM
from maestro_procore.store.database import belongs_to_others
from maestro_procore.store.tables import metadata as tables


def is_ours(name: str | None, kind: str) -> bool:
    """False for tables that we did not make."""
    return kind != "table" or name in tables.tables


def _include(item: Any, name: str | None, kind: str, reflected: bool, compared_to: Any) -> bool:
    owner = item if isinstance(item, Table) else getattr(item, "table", None)
    return is_ours(owner.name if owner is not None else name, "table")


OPTIONS: dict[str, Any] = {"target_metadata": tables, "include_object": _include, "render_as_batch": True}
"""For alembic's context, here and in the test that compares the steps with the tables."""


def config(engine: Engine) -> Config:
    """alembic's own settings, without a file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["engine"] = engine
    return settings


def upgrade(engine: Engine, present: str | None) -> None:
    """Applies what is missing, each step in a transaction, and notes who did it.

    Refused (STO-04) when the journal stands at a step that this version does not know.
    """
    settings = config(engine)
    known = {step.revision: step for step in ScriptDirectory.from_config(settings).walk_revisions()}
    if present is not None and present not in known:
        with engine.connect() as connection:
            raise belongs_to_others(connection, present)
    command.upgrade(settings, "head")
    note = text("insert into journal_upgrade (revision, program) values (:revision, :program) on conflict do nothing")
    with engine.begin() as connection:  # another process may have been quicker
        connection.execute(note, {"revision": max(known), "program": metadata.version(PROGRAM)})
