"""`make bench`: gas first, of trade and of governance, then what attacks cost, then the speed of
the artifact."""

from bench import artifact, economics, gas, governance

if __name__ == "__main__":
    failed = gas.main() + governance.main() + economics.main()
    artifact.main()
    raise SystemExit(failed)
