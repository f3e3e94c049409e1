"""What tables of agent.toml have in common."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from sipagent.errors import SetupError


class Section(BaseModel):
    """A table of agent.toml: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PasswordSection(Section):
    """A section with a password, which never stands in agent.toml itself."""

    #: A file of one line, readable by the daemon only.
    password_file: Path | None = None
    #: Name of a systemd credential (``LoadCredential=``), in place of a file.
    password_credential: str = ""

    def password(self) -> str | None:
        """Return the password; None where none is set.

        Raises:
            SetupError: the file or the credential cannot be read.
        """
        path = self.password_file
        if self.password_credential:
            path = Path(os.environ.get("CREDENTIALS_DIRECTORY", ""), self.password_credential)
        if path is None:
            return None
        try:
            return path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = (error.strerror if isinstance(error, OSError) else "") or error
            raise SetupError(f"the password in {path} cannot be read: {why}") from error
