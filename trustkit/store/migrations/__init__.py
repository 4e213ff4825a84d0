"""Alembic's environment, run by `trustkit.store.migrate` and never from a shell."""
