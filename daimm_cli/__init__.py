"""DAIMM: sell, buy and open AI models through smart contracts."""

__version__ = "0.1.0"
