"""``python -m trustkit.app``: the same program as ``trustkit``."""

from trustkit.app.cli.main import main

main()
