"""``python -m mock_server`` runs the command ``mock-server``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
