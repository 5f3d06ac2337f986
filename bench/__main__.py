"""`make bench`: gas first, then the speed of the artifact."""

import sys

from bench import artifact, gas

if __name__ == "__main__":
    failed = gas.main(sys.argv[1:])
    artifact.main()
    raise SystemExit(failed)
