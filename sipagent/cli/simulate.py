"""``sipagent simulate``: walk a scenario in the terminal, without SIP and without a voice."""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from sipagent.backoffice import BackOffice
from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.domain import Domains
from sipagent.domains import composed
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.messages.schema import messages
from sipagent.scenario import engine, loader
from sipagent.scenario.talk import Pace, Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.clip import Clip
from sipagent.store.database import rehearsal, require_database
from sipagent.store.store import Store
from sipagent.switching.transfer import Transfers
from sipagent.telephony.digits import KEYS
from sipagent.telephony.fake import Event, FakeLeg
from sipagent.telephony.fake_phones import FakePhones
from sipagent.telephony.network import Network
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act, Leave, Silence, Speak

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
    domains = composed()
    catalogue = Catalogue.load(*settings.paths.all_prompts)
    file = loader.find(settings.paths.all_scenarios, name)
    walked = loader.load(file, catalogue, domains.vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        rehearsed = _rehearsed(settings, domains, Path(folder))
        store = Store(rehearsed.paths.database, (*domains.migrations, messages))
        office = BackOffice(rehearsed, domains, store)
        try:
            await office.learn()
            console = Terminal(lines=True)
            console.print(_HELP, style="dim")
            call = FakeLeg(_typed(login), caller=caller, called=name, watch=_Printer(console))
            talk = Talk(
                catalogue,
                _NoVoice(),
                walked.languages,
                services={
                    **office.services,
                    Transfers: Transfers(FakePhones(), settings.transfer),
                    Network: Network(FakePhones()),
                },
                zone=settings.line.zone,
            )
            result = await engine.run(walked, call, talk, longest=settings.line.longest_call)
            console.print(f"Ended: {result.ending} in step {result.step} {result.error}".rstrip())
        finally:
            await office.stop()
            await store.close()


def _rehearsed(settings: Config, domains: Domains, folder: Path) -> Config:
    """Return the settings of a line on a copy of what there is, in a folder that is thrown away.

    Raises:
        SetupError: there is no line.
    """
    database = settings.paths.database
    require_database(database, "owners")
    rehearsal(database, folder / "line.db", (*domains.migrations, messages))
    paths = settings.paths.model_copy(
        update={
            "database": folder / "line.db",
            "outbox": folder / "outbox",
            "maildir": folder / "mail",
            "recordings": folder / "recordings",
            "cache": folder / "cache",
        }
    )
    return settings.model_copy(update={"paths": paths})


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
                cut = " (cut)" if details.get("cut") else ""
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
