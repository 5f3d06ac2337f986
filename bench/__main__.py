"""`make bench`: gas first, of trade and of governance, then the speed of the artifact."""

from bench import artifact, gas, governance

if __name__ == "__main__":
    failed = gas.main() + governance.main()
    artifact.main()
    raise SystemExit(failed)
