"""`python -m maestro_procore`: the same as the installed command."""

import sys

from maestro_procore.cli import main

if __name__ == "__main__":
    sys.exit(main())
