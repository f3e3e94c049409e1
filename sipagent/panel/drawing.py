"""HTML from templates: every value is escaped, and a name that is not there is a mistake."""

import json
from collections.abc import Mapping
from datetime import datetime, tzinfo
from importlib import resources
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from sipagent import times
from sipagent.messages.wording import moment_text
from sipagent.money import plain_amount
from sipagent.panel.contact import contact
from sipagent.panel.forms.showing import label
from sipagent.panel.menu import here, menu
from sipagent.panel.pages.notices import CORNER
from sipagent.panel.permissions import Permission
from sipagent.panel.statics import Statics
from sipagent.panel.web import Visit
from sipagent.text import printable


class Drawing:
    """Fills templates in.

    Args:
        statics: files that pages name.
    """

    def __init__(self, statics: Statics) -> None:
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(str(resources.files(__package__) / "templates")),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "length": length,
            "length_of": len,
            "from_json": json.loads,
            "plain": printable,
            "amount": _amount,
            "encoded": lambda text: quote(text, safe=""),
        }
        self._templates.globals |= {
            "static": statics.url,
            "may": Permission,
            "menu": menu,
            "here": here,
            "label": label,
            "contact": contact,
            "popups_of": CORNER.popups,
        }

    def __call__(self, template: str, visit: Visit, /, **values: object) -> str:
        """Return a page, or a part of one."""
        zone = visit.zone
        given: Mapping[str, Any] = {
            "visit": visit,
            "t": visit.words,
            "moment": lambda at: _moment(at, visit),
            "clock": lambda at: _clock(at, zone),
            **values,
        }
        return self._templates.get_template(template).render(given)


def length(seconds: float | None) -> str:
    """Return seconds as minutes and seconds; nothing for none."""
    if seconds is None:
        return ""
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


@jinja2.pass_context
def _amount(context: jinja2.runtime.Context, grosze: int) -> str:
    """Return zlotys as the language of the page writes them."""
    text = plain_amount(grosze)
    return text.replace(".", ",") if context["t"].language == "pl" else text


def _moment(at: str | datetime, visit: Visit) -> Markup:
    """Return a moment as clocks show it, to owners in words, with the time itself for programs."""
    local = times.in_zone(at, visit.zone)
    if visit.owner_session is not None:
        return _time(at, moment_text(local, visit.language))
    return _time(at, local.strftime("%Y-%m-%d %H:%M:%S"))


def _clock(at: str | datetime, zone: tzinfo) -> Markup:
    """Return a moment of today."""
    return _time(at, times.in_zone(at, zone).strftime("%H:%M:%S"))


def _time(at: str | datetime, shown: str) -> Markup:
    exact = at if isinstance(at, str) else times.stored(at, "seconds")
    return Markup('<time datetime="{}">{}</time>').format(exact, shown)
