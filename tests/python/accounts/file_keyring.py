"""A keyring in a file, which PYTHON_KEYRING_BACKEND names: `file_keyring.FileKeyring`."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Keeps everything in the file that DAIMM_TEST_KEYRING names; a folder there means locked."""

    priority = 1.0

    @property
    def _file(self) -> Path:
        return Path(os.environ["DAIMM_TEST_KEYRING"])

    def _all(self) -> dict[str, str]:
        if self._file.is_dir():
            raise KeyringLocked("locked")
        return dict(json.loads(self._file.read_text())) if self._file.exists() else {}

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._file.write_text(json.dumps(self._all() | {f"{service} {username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        kept = self._all()
        if kept.pop(f"{service} {username}", None) is None:
            raise PasswordDeleteError("nothing there")
        self._file.write_text(json.dumps(kept))
