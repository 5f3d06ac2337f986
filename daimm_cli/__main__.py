"""`python -m daimm_cli` is `daimm`."""

import sys

from daimm_cli.cli.main import run

sys.exit(run())
