"""Run by alembic for each upgrade."""

from alembic import context

from maestro_procore.store.migrations import OPTIONS

with context.config.attributes["engine"].begin() as connection:
    context.configure(connection=connection, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()
