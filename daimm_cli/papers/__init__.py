"""What other trades want to know of a model, in the formats that they read.

>>> write(Path("bom.json"), bom(Subject(described)))  # CycloneDX, checked before it is written
>>> sign(session, Path("model/"), Path("model.sig"))  # OpenSSF model signing, bound to an account
"""
