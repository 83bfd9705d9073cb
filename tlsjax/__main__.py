"""``python -m tlsjax``."""

import sys

from tlsjax.cli import main

sys.exit(main())
