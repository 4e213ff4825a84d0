"""Hand alembic the open, locked transaction it runs in."""

from __future__ import annotations

from alembic import context

from trustkit.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
