"""``python -m trustkit.app.demo [FOLDER]``: run the demonstration; exit 1 when a step does not answer as told."""

import sys
from pathlib import Path

from trustkit.app.demo.walk import walk

sys.exit(walk(Path(sys.argv[1] if len(sys.argv) > 1 else ".demo").absolute()))
