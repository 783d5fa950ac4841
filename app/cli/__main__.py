"""``python -m app.cli`` is ``lart``."""

import sys

from app.cli import main

sys.exit(main())
