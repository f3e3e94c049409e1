"""``sipagent simulate``: walk a scenario in the terminal, without SIP and without a voice."""

import asyncio
import contextlib
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

import sipagent.infoline.steps  # noqa: F401  makes its steps known to scenarios
from sipagent.access.schema import FAILURES
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.infoline.directory import Directory
from sipagent.infoline.login import Login
from sipagent.infoline.notices import Notices
from sipagent.infoline.pins import Pins
from sipagent.infoline.requests import Requests
from sipagent.infoline.schema import infoline
from sipagent.infoline.statements import Statements
from sipagent.infoline.tickets import tickets
from sipagent.infoline.writing.letters import Letters
from sipagent.infoline.writing.texts import TEXTS
from sipagent.messages.outbox import Outbox
from sipagent.messages.schema import messages
from sipagent.messages.templates import Templates
from sipagent.scenario import engine, loader
from sipagent.scenario.talk import Pace, Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.clip import Clip
from sipagent.speech.tones import Tones
from sipagent.store.data import Single
from sipagent.store.database import open_database, rehearse
from sipagent.telephony.digits import KEYS
from sipagent.telephony.fake import Act, Event, FakeLeg, Leave, Silence, Speak
from sipagent.telephony.party import Caller

_HELP = (
    "Type the keys that the caller presses; an empty line is silence, s speaks into a recording, "
    "h hangs up. Nothing is sent or kept."
)
#: Seconds for which the caller speaks.
_SPEECH = 5.0
#: Roughly how long a prompt takes to say, so that times in the transcript look real.
_CHARACTERS_PER_SECOND = 14
#: Where the voice changes for a sentence in another language.
_SWITCH = re.compile(r"\[/?[a-z]{2}\]")


def simulate(
    scenario: Annotated[str | None, typer.Argument(help="Default: the one of the line.")] = None,
    number: Annotated[
        str | None, typer.Option(help="Calling number; without it the number is hidden.")
    ] = None,
    login: Annotated[
        str | None, typer.Option(help="What the caller types first, followed by #.")
    ] = None,
    asserted: Annotated[
        bool, typer.Option(help="The network vouches for the number (P-Asserted-Identity).")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Walk a scenario in the terminal: what would be said is printed, keys are typed."""
    settings = settings_of(config)
    caller = Caller(None)
    if number is not None:
        try:
            known = to_e164(number, settings.line.country)
        except ValueError as error:
            raise DataError(f"--number {number}: {error}") from None
        caller = Caller(known, asserted=asserted)
    if login is not None and not set(login) <= KEYS:
        raise DataError(f"--login {login}: no telephone has these keys")
    asyncio.run(_walk(settings, scenario or settings.line.scenario, caller, login))


async def _walk(settings: Config, name: str, caller: Caller, login: str | None) -> None:
    catalogue = Catalogue.load(*settings.paths.all_prompts)
    walked = loader.load(loader.find(settings.paths.all_scenarios, name), catalogue)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        db = stack.enter_context(closing(open_database(settings.paths.database, [infoline])))
        rehearse(db, FAILURES)
        rough = stack.enter_context(closing(open_database(folder / "db", [messages, tickets])))
        kept, made = Single(db), Single(rough)
        outbox = Outbox(made, folder / "outbox", settings.mail)
        letters = Letters(Templates([TEXTS], settings.paths.templates))
        services: dict[type, object] = {
            Directory: Directory(db),
            Notices: Notices(db),
            Login: Login(kept, settings.login),
            Pins: Pins(kept, settings.login),
            Statements: Statements(kept, outbox, letters),
            Requests: Requests(made, folder, _nobody),
            Tones: Tones(folder),
        }
        console = Terminal(lines=True)
        console.print(_HELP, style="dim")
        call = FakeLeg(_typed(login), caller=caller, called=name, watch=_Printer(console))
        talk = Talk(
            catalogue, _NoVoice(), walked.languages, services=services, zone=settings.line.zone
        )
        result = await engine.run(walked, call, talk, longest=settings.line.longest_call)
        console.print(f"Ended: {result.ending} in step {result.step} {result.error}".rstrip())


def _nobody() -> None:
    """Tell nobody: what is dictated here goes nowhere."""


class _NoVoice:
    """Says nothing aloud, and takes as long for it as a voice would."""

    async def clip(self, text: str, language: str, pace: Pace, *, urgent: bool = True) -> Clip:
        return Clip(Path(), len(text) / _CHARACTERS_PER_SECOND)

    def cached(self, text: str, language: str, pace: Pace) -> None:
        return None


class _Printer:
    """Shows what happens in the call."""

    def __init__(self, console: Terminal) -> None:
        self._console = console

    def __call__(self, event: Event) -> None:
        details = event.details
        match event.kind:
            case "prompt":
                cut = " (cut)" if details["cut"] else ""
                text = _SWITCH.sub("", str(details["text"]))
                self._console.print(f"agent   {text}{cut}")
            case "digit":
                self._console.print(f"caller  {details['digit']}")
            case "step":
                self._console.print(f"        [{details['step']}]", style="dim")


def _typed(login: str | None) -> Iterator[Act]:
    """Yield the login, then what is typed, line by line; the end of the input hangs up."""
    if login is not None:
        yield f"{login}#"
    while True:
        if sys.stdin.isatty():
            print("keys?   ", end="", flush=True)
        line = sys.stdin.readline()
        text = line.strip()
        if not line or text == "h":
            yield Leave()
        elif text == "s":
            yield Speak(_SPEECH)
        elif not text:
            yield Silence()
        elif set(text) <= KEYS:
            yield text
        else:
            print(f"        no telephone has these keys: {text}", flush=True)
