"""Alembic runs the migrations over the connection that `runtime.store.migration` gives it."""

from alembic import context

from runtime.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes a table by copying it.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
