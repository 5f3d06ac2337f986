"""Papers are of the manifests' models."""

from tests.python.manifest.conftest import case

__all__ = ["case"]
