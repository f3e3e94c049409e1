"""A recording: what is kept, a file to send in its place, or none."""

from dataclasses import dataclass
from typing import ClassVar

from sipagent.panel.forms.fields import Field, Sent, Typed


@dataclass(frozen=True, slots=True)
class RecordingField(Field):
    """The name of a file; a new one is named once it has come and is kept."""

    template: ClassVar[str] = "forms/recording.html"

    def sent(self, form: Sent) -> Typed:
        """Return the name of the file; nothing where there is to be none."""
        return "" if form.get(f"{self.name}.none") else form.get(self.name, "").strip()
