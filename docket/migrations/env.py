"""Alembic's entry: the connection comes from docket.schema."""

from alembic import context

from docket.schema import OPTIONS

context.configure(connection=context.config.attributes["connection"], **OPTIONS)
with context.begin_transaction():
    context.run_migrations()
