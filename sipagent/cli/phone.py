"""``sipagent phone``: call a number as a caller would, by a script."""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.config import Config, SipSection
from sipagent.errors import ConfigError, SetupError
from sipagent.sip import library
from sipagent.speech.speaker import Speaker

if TYPE_CHECKING:
    from sipagent.phone.caller import Event, Phone, Voice
    from sipagent.phone.script import Action

_CALLS = 4
_DEFAULT = "silence; hang-up"


def phone(
    target: Annotated[str, typer.Argument(help="Such as sip:infolinia@127.0.0.1:5060.")],
    do: Annotated[
        str, typer.Option(help="Script in one line: 'silence; press 1; hang-up'.")
    ] = _DEFAULT,
    script: Annotated[Path | None, typer.Option(help="Script as a TOML file.")] = None,
    number: Annotated[str, typer.Option("--from", help="Calling number to show.")] = "",
    asserted: Annotated[
        bool, typer.Option(help="Send the number as P-Asserted-Identity too.")
    ] = False,
    anonymous: Annotated[bool, typer.Option(help="Hide the number (Privacy: id).")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for recording and timeline.")] = None,
    answer_within: Annotated[float, typer.Option(help="Seconds until the answer.")] = 20.0,
    language: Annotated[str, typer.Option(help="Language of what it says.")] = "pl",
    quiet: Annotated[bool, typer.Option(help="Print nothing while the call goes on.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print events as JSON lines.")] = False,
    config: ConfigFile = None,
) -> None:
    """Call, follow a script, record; exit status 0 only if the call went as it says."""
    from sipagent.phone import script as scripts  # noqa: PLC0415  PJSIP may be missing

    library.require(_CALLS)
    actions = scripts.load(script) if script else scripts.parse(do)
    settings = settings_of(config)
    show = _Printer(quiet=quiet, as_json=as_json)
    with contextlib.ExitStack() as stack:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(f"{folder}: cannot be made: {error.strerror}") from None
        headers = _identity(target, number, asserted=asserted, anonymous=anonymous)
        call = _call(target, actions, headers, folder, answer_within, settings, language, show)
        asyncio.run(call)
    if out is not None and not quiet and not as_json:
        typer.echo(f"Recording: {out / 'call.wav'} (left caller, right agent)")


async def _call(
    target: str,
    actions: "tuple[Action, ...]",
    identity: tuple[str, tuple[tuple[str, str], ...]],
    folder: Path,
    answer_within: float,
    settings: Config,
    language: str,
    show: "_Printer",
) -> None:
    from sipagent.phone.caller import Phone  # noqa: PLC0415
    from sipagent.sip.endpoint import Endpoint  # noqa: PLC0415

    sip = SipSection(address=_own_address(target), port=0, max_calls=_CALLS)
    endpoint = Endpoint(sip)
    async with _voice(settings, language) as voice:
        await endpoint.start()
        phone: Phone | None = None
        try:
            caller, extra = identity
            call = await endpoint.dial(target, caller=caller, extra=extra)
            phone = Phone(call, folder, voice, show)
            await phone.follow(actions, answer_within)
        finally:
            await endpoint.stop()
            if phone is not None:
                await asyncio.to_thread(_keep, phone)


@contextlib.asynccontextmanager
async def _voice(settings: Config, language: str) -> "AsyncIterator[Voice]":
    """Yield what speaks for the caller; the voice is loaded when it is first needed."""
    speaker = Speaker(settings.voices, settings.paths.voices, settings.paths.cache)
    started = False

    async def say(text: str) -> Path:
        nonlocal started
        if not started:
            await speaker.start()
            started = True
        return (await speaker.clip(text, language)).path

    try:
        yield say
    finally:
        await speaker.close()


def _keep(phone: "Phone") -> None:
    """Write the stereo recording and the timeline of a call that was answered."""
    from sipagent.phone import recording  # noqa: PLC0415

    if not phone.heard_file.exists():
        return
    heard = recording.read(phone.heard_file)
    recording.compose(phone.folder / "call.wav", phone.sent, heard)
    events = [asdict(event) for event in phone.events]
    text = json.dumps(events, ensure_ascii=False, indent=2)
    (phone.folder / "phone.json").write_text(text + "\n", "utf-8")


class _Printer:
    """Shows events as they happen."""

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self._quiet = quiet
        self._as_json = as_json
        self._console = Console(highlight=False, markup=False, soft_wrap=True)

    def __call__(self, event: "Event") -> None:
        if self._as_json:
            print(json.dumps(asdict(event), ensure_ascii=False), flush=True)
        elif not self._quiet:
            self._console.print(f"+{event.at:7.3f}  phone  {event.kind} {event.text}".rstrip())


def _identity(
    target: str, number: str, *, asserted: bool, anonymous: bool
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the From URI and the further header fields that show the caller."""
    host = _host(target)
    shown = f"sip:{number}@{host}" if number else ""
    extra = []
    if asserted:
        if not shown:
            raise ConfigError("--asserted needs --from: whose number is to be asserted?")
        extra.append(("P-Asserted-Identity", f"<{shown}>"))
    if anonymous:
        extra.append(("Privacy", "id"))
        shown = '"Anonymous" <sip:anonymous@anonymous.invalid>'
    return shown, tuple(extra)


def _host(target: str) -> str:
    scheme, _, rest = target.partition(":")
    host = rest.rpartition("@")[2].partition(";")[0]
    if scheme.lower() not in {"sip", "sips"} or not host:
        raise ConfigError(f"{target!r} is no SIP address such as sip:infolinia@127.0.0.1:5060")
    return host


def _own_address(target: str) -> str:
    """Return the address to call from: loopback stays on loopback."""
    host = _host(target)
    return "127.0.0.1" if host.startswith(("127.", "localhost")) else "0.0.0.0"
