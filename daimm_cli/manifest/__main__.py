"""`python -m daimm_cli.manifest > daimm_cli/manifest/schema.json` writes the published schema."""

import json
import sys

from daimm_cli.manifest.manifest import json_schema

sys.stdout.write(json.dumps(json_schema(), indent=2, sort_keys=True) + "\n")
