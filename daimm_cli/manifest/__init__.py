"""The manifest: all that is said of one version of a model, signed by who sells it.

>>> from daimm_cli.manifest import manifest
>>> signed = manifest.parse(data)  # bytes from anywhere: bounded, canonical, checked
>>> manifest.verify(signed)  # the seller's signature and the key line's proof
>>> manifest.require_match(signed, details)  # what the chain committed to
"""
