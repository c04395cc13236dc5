"""What a command says that was given before the database was ever prepared."""

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor


def sentence() -> str:
    """Empty where the database is as this release needs it, or cannot be asked."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return ""
    if not missing:
        return ""
    return (
        f"The database of {settings.DATA_DIR} is not ready for this release. Start the server once, with "
        "script/server, or run script/manage prepare; then give this command again."
    )
