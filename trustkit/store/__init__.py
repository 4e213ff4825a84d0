"""SQLAlchemy Core over SQLite and PostgreSQL: schema, migrations, unit of work."""
