"""`python -m obstore`: the command line."""

import sys

from obstore.cli import main

if __name__ == "__main__":
    sys.exit(main())
