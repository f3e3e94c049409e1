"""The forms of a page as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form of a page, with what stands in it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        #: Value of an option, where it says one, and whether it is chosen.
        self._option: tuple[str | None, bool] | None = None
        self._text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        if self._form is None:
            return
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            usual = "on" if given.get("type") == "checkbox" else ""
            self._form.fields[name] = given.get("value", usual)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._option = (given.get("value"), "selected" in given)
            if self._select not in self._form.fields and "value" in given:
                self._form.fields[self._select] = given["value"]
            if "selected" in given and "value" in given:
                self._form.fields[self._select] = given["value"]
        elif tag == "textarea":
            self._text = name
            self._form.fields[name] = ""
        elif tag == "button":
            self._form.buttons.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "option":
            self._option = None
        elif tag == "textarea":
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._form is None:
            return
        if self._text is not None:
            # The first line break of a text is not part of it.
            self._form.fields[self._text] += data.removeprefix("\n")
        elif self._option is not None and self._option[0] is None:
            chosen = self._option[1]
            if chosen or self._select not in self._form.fields:
                self._form.fields[self._select] = data


def forms_of(page: str) -> list[Form]:
    """Return all forms of a page."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def form_of(page: str, action: str, **fields: str) -> Form:
    """Return the one form that goes somewhere and has some fields as they are given."""
    (found,) = (
        one
        for one in forms_of(page)
        if one.action.endswith(action) and fields.items() <= one.fields.items()
    )
    return found
