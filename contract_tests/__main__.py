"""``python -m contract_tests`` runs the command ``contract-tests``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
