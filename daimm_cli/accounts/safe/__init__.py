"""Safes as sellers and buyers."""
