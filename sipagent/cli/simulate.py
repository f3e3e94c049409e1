"""``sipagent simulate``: walk a scenario in the terminal, without SIP and without a voice."""

import asyncio
import re
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config
from sipagent.domains import composed
from sipagent.e164 import to_e164
from sipagent.errors import DataError
from sipagent.rehearsing import NoVoice, rehearse
from sipagent.scenario import loader
from sipagent.speech.catalogue import Catalogue
from sipagent.telephony.digits import KEYS
from sipagent.telephony.fake import Event, FakeLeg
from sipagent.telephony.party import Caller
from sipagent.telephony.script import Act, Leave, Silence, Speak

_HELP = (
    "Type the keys that the caller presses; an empty line is silence, s speaks into a recording, "
    "h hangs up. Nothing is sent or kept."
)
#: Seconds for which the caller speaks.
_SPEECH = 5.0
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
    console = Terminal(lines=True)
    console.print(_HELP, style="dim")
    call = FakeLeg(_typed(login), caller=caller, called=name, watch=_Printer(console))
    result = await rehearse(settings, domains, walked, catalogue, call, NoVoice())
    console.print(f"Ended: {result.ending} in step {result.step} {result.error}".rstrip())


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
