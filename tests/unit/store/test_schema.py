from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import trustkit.store.api_schema
import trustkit.store.copy_schema
import trustkit.store.credential_schema
import trustkit.store.factor_schema
import trustkit.store.holder_schema
import trustkit.store.identity_schema
import trustkit.store.licence_schema
import trustkit.store.machine_schema
import trustkit.store.offer_schema
import trustkit.store.op_schema
import trustkit.store.presentation_schema
import trustkit.store.seal_schema
import trustkit.store.subject_schema
import trustkit.store.trust_list_schema
import trustkit.store.webhook_schema  # noqa: F401 - its tables are in the metadata
from trustkit.store.migrate import MIGRATIONS
from trustkit.store.schema import REVISIONS, SCHEMA_HEAD, metadata

if TYPE_CHECKING:
    from trustkit.store.database import Database


def test_the_migrations_make_the_schema_the_queries_use(database: Database) -> None:
    with database._engines.writing.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_known_revisions_are_the_packaged_ones() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [SCHEMA_HEAD]
    assert tuple(reversed([revision.revision for revision in script.walk_revisions()])) == REVISIONS
