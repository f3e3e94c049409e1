"""Scenarios: walking one in the browser, as it is drawn now: keys, words, and how they sound."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

import numpy as np
from starlette.responses import Response

from sipagent.e164 import to_e164
from sipagent.errors import DataError, SetupError
from sipagent.panel.guard import Refused
from sipagent.panel.pages.recordings import SOUND
from sipagent.panel.permissions import Permission
from sipagent.panel.scenarios.picture import HEAD, ROW, WIDTH
from sipagent.panel.scenarios.tries import Spoken, Try
from sipagent.panel.scenarios.work import Work, drawn, work_of
from sipagent.panel.sounds import heard, rendered
from sipagent.panel.web import Route, Visit, missing, moved
from sipagent.rehearsing import rehearse
from sipagent.speech import audio, recordings
from sipagent.speech.recordings import Recording
from sipagent.telephony.digits import KEYS
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act, Silence, Speak

#: Seconds for which a page waits for what a key brings, and for which the caller speaks.
_SETTLED, _SPEECH = 3.0, 5.0
#: How often the line is asked for words that it renders; each time it takes some seconds itself.
_ASKED = 4
#: Keys that are typed at once.
_MOST_KEYS = 40


def _open(visit: Visit) -> Response:
    return _begin_page(visit, work_of(visit))


def _begin_page(visit: Visit, work: Work, status: int = 200, **told: str) -> Response:
    given = {"number": "", "wrong": "", **told}
    return visit.page("scenarios/begin.html", status, name=work.name, work=work, **given)


def _begin(visit: Visit) -> Response:
    work, number = work_of(visit), visit.form.get("number", "").strip()
    desk = visit.house.desk
    try:
        known = to_e164(number, desk.config.line.country) if number else None
    except ValueError:
        return _begin_page(visit, work, 422, number=number, wrong="filter.wrong-number")
    scenario = desk.read(work.name, work.sheet.text).found.scenario
    if scenario is None or scenario.start not in scenario.steps:
        return _begin_page(visit, work, 422, number=number, wrong="scenario.try-none")
    caller = Caller(known, asserted="asserted" in visit.form)
    one = Try(work.name, visit.person.id, scenario.voices, caller)
    walked = partial(rehearse, desk.config, desk.domains, scenario, desk.catalogue())
    try:
        visit.house.tries.begin(one, walked)
    except DataError as error:
        return _begin_page(visit, work, 503, number=number, wrong=str(error))
    return moved(_path(one))


def _path(one: Try) -> str:
    return f"/scenarios/{quote(one.scenario, safe='')}/try/{one.id}"


def _mine(visit: Visit) -> Try:
    """Return the walk that the path names.

    Raises:
        Refused: it is nobody's, or somebody else's.
    """
    found = visit.house.tries.find(
        visit.names["key"], visit.names["name"], visit.person.id
    )  # fmt: skip
    if found is None:
        raise missing("scenario.try-gone")
    return found


def _show(visit: Visit) -> Response:
    return _shown(visit, _mine(visit))


def _shown(visit: Visit, one: Try) -> Response:
    state, work = one.settled(_SETTLED), work_of(visit)
    _, drawing = drawn(visit, work.name, work.sheet, state.way)
    return visit.page(
        "scenarios/walk.html" if visit.by_script else "scenarios/try.html",
        name=work.name,
        path=f"/scenarios/{quote(work.name, safe='')}",
        address=_path(one),
        walk=one,
        state=state,
        drawn=drawing,
        way=state.way,
        past=True,
        sizes={"width": WIDTH, "head": HEAD, "row": ROW},
    )


def _act(visit: Visit) -> Response:
    one, do = _mine(visit), visit.form.get("do", "")
    if do == "hang-up":
        one.hang_up()
    elif do in _ACTS:
        one.act(_ACTS[do])
    else:
        keys = visit.form.get("keys", "").strip()
        if not keys or len(keys) > _MOST_KEYS or not set(keys) <= KEYS:
            raise Refused(422, "scenario.try-keys")
        one.act(keys)
    return _shown(visit, one) if visit.by_script else moved(_path(one))


def _said(visit: Visit) -> Response:
    """Return how something sounds that was said: rendered by the line, or spoken by somebody."""
    one, at = _mine(visit), visit.names["at"]
    lines = one.settled(0).lines
    number = int(at) if at.isascii() and at.isdecimal() and len(at) < 6 else len(lines)
    spoken = lines[number].spoken if number < len(lines) else None
    if spoken is None:
        raise missing()
    pieces = visit.house.desk.catalogue().recorded.split(spoken.text, spoken.language)
    said = [piece for piece in pieces if isinstance(piece, Recording) or piece.strip()]
    if not said:
        raise missing()
    return heard(visit, np.concatenate([_sound(visit, one, spoken, piece) for piece in said]))


def _sound(visit: Visit, one: Try, spoken: Spoken, piece: str | Recording) -> audio.Signal:
    if isinstance(piece, Recording):
        return recordings.read(piece.path)
    return rendered(visit, _clip(visit, replace(spoken, text=piece), one.voices))


def _clip(visit: Visit, spoken: Spoken, voices: Mapping[str, str]) -> str:
    """Return the file among the clips in which the words are.

    Raises:
        Refused: the line does not say them now.
    """
    for _ in range(_ASKED):
        try:
            found = visit.house.ask(
                "announcements.preview",
                text=spoken.text,
                language=spoken.language,
                pace=spoken.pace,
                voice=voices.get(spoken.language, ""),
            )
        except (DataError, SetupError):
            break
        if found:
            return str(found["clip"])
    raise Refused(503, "scenario.try-silent")


_ACTS: Mapping[str, Act] = {"silence": Silence(), "speak": Speak(_SPEECH)}
_SCENARIOS = Permission.SCENARIOS
ROUTES = (
    Route("/scenarios/{name}/try", _SCENARIOS, _open),
    Route("/scenarios/{name}/try", _SCENARIOS, _begin, "POST"),
    Route("/scenarios/{name}/try/{key}", _SCENARIOS, _show),
    Route("/scenarios/{name}/try/{key}", _SCENARIOS, _act, "POST"),
    Route("/scenarios/{name}/try/{key}/said/{at}", _SCENARIOS, _said, threads=SOUND),
)
