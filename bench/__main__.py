"""`make bench`: gas first, of trade and of governance, then the speed of the artifact."""

import sys

from bench import artifact, gas, governance

if __name__ == "__main__":
    failed = gas.main(sys.argv[1:]) + governance.main(sys.argv[1:])
    artifact.main()
    raise SystemExit(failed)
