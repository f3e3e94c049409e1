"""``sipagent phone``: call a number as a caller would, or take a call, by a script."""

import asyncio
import contextlib
import json
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sipagent.cli.settings import ConfigFile, settings_of
from sipagent.cli.terminal import Terminal
from sipagent.config import Config, LogSection
from sipagent.errors import ConfigError, SetupError
from sipagent.ops import log
from sipagent.sip import library
from sipagent.speech.speaker import Speaker
from sipagent.threads import FILES

if TYPE_CHECKING:
    from sipagent.phone.caller import Event, Voice
    from sipagent.phone.ends import End
    from sipagent.phone.script import Action
    from sipagent.sip.endpoint import Endpoint
    from sipagent.sip.leg import SipLeg

_CALLS = 4
_DEFAULT = "silence; hang-up"
#: Exit status of a command that SIGINT or SIGTERM ended, as shells have it.
_INTERRUPTED = 130


def phone(
    target: Annotated[
        str | None, typer.Argument(help="sip:infolinia@127.0.0.1:5060; with --account 102.")
    ] = None,
    do: Annotated[
        str, typer.Option(help="Script in one line: 'silence; press 1; hang-up'.")
    ] = _DEFAULT,
    script: Annotated[Path | None, typer.Option(help="Script as a TOML file.")] = None,
    listen: Annotated[
        str | None, typer.Option(help="Take a call at this address: 127.0.0.1:5070.")
    ] = None,
    account: Annotated[str, typer.Option(help="Be the phone of this account of a line.")] = "",
    server: Annotated[str, typer.Option(help="Where the account is: 127.0.0.1:5060.")] = "",
    password_file: Annotated[
        Path | None, typer.Option(help="File with the password of the account.")
    ] = None,
    ring: Annotated[float, typer.Option(min=0, help="Seconds to ring before it answers.")] = 0.0,
    refuse: Annotated[
        int | None, typer.Option(min=300, max=699, help="Refuse the call with this SIP code.")
    ] = None,
    number: Annotated[str, typer.Option("--from", help="Calling number to show.")] = "",
    asserted: Annotated[
        bool, typer.Option("--asserted", help="Send the number as P-Asserted-Identity too.")
    ] = False,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Hide the number (Privacy: id).")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for recording and timeline.")] = None,
    answer_within: Annotated[float, typer.Option(min=0.1, help="Seconds until the answer.")] = 20.0,
    timeout: Annotated[float, typer.Option(min=1, help="Longest call in seconds.")] = 600.0,
    language: Annotated[str, typer.Option(help="Language of what it says.")] = "pl",
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Print nothing while the call goes on.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print events as JSON lines.")] = False,
    config: ConfigFile = None,
) -> None:
    """Call or take a call, follow a script, record; status 0 only if it went as the script says."""
    library.require(_CALLS)
    from sipagent.phone import script as scripts  # noqa: PLC0415  PJSIP may be missing
    from sipagent.phone.ends import Answering, Calling, Registered  # noqa: PLC0415

    actions = scripts.load(script) if script else scripts.parse(do)
    end: End
    if account:
        if listen or number or asserted or anonymous:
            raise ConfigError("an account shows who calls, and where: leave out --listen, --from …")
        if not server or password_file is None:
            raise ConfigError("--account needs --server and --password-file")
        end = Registered(account, server, password_file, target or "", ring, refuse)
    elif listen is not None:
        if target is not None:
            raise ConfigError("a phone either calls or listens: leave the SIP address out")
        end = Answering.at(listen, ring, refuse)
    elif target is None:
        raise ConfigError("whom to call? Give a SIP address, or --listen to take a call")
    else:
        end = Calling.of(target, number, asserted=asserted, anonymous=anonymous)
    settings = settings_of(config)
    log.configure(LogSection(level="warning"))  # standard output belongs to the events
    with _folder(out) as folder:
        order = _Order(end, actions, folder, answer_within, timeout)
        show = _Printer(quiet=quiet, as_json=as_json)
        try:
            asyncio.run(_call(order, settings, language, show))
        except asyncio.CancelledError:
            raise typer.Exit(_INTERRUPTED) from None
        if out is not None and not quiet and not as_json and (folder / "call.wav").exists():
            typer.echo(f"Recording: {folder / 'call.wav'} (left caller, right agent)")


@dataclass(frozen=True, slots=True)
class _Order:
    """A call, and what is to be done in it."""

    end: "End"
    actions: "tuple[Action, ...]"
    folder: Path
    answer_within: float
    timeout: float


@contextlib.contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Yield the folder for the files of a call, free of those of an earlier one."""
    with contextlib.ExitStack() as stack:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("call.wav", "heard.wav", "phone.json"):
                (folder / name).unlink(missing_ok=True)
            (folder / "phone.json").touch()  # better to learn now that nothing can be written
        except OSError as error:
            raise SetupError(f"{folder}: cannot be used: {error.strerror}") from None
        yield folder


async def _call(order: _Order, settings: Config, language: str, show: "_Printer") -> None:
    from sipagent.phone.caller import Phone  # noqa: PLC0415
    from sipagent.sip.endpoint import Endpoint  # noqa: PLC0415
    from sipagent.sip.leg import SipLeg  # noqa: PLC0415

    _hang_up_on_signals()
    came: asyncio.Future[SipLeg] = asyncio.get_running_loop().create_future()

    def take(call: SipLeg) -> None:
        if not came.done():
            came.set_result(call)

    endpoint = Endpoint(order.end.settings, trunks=order.end.trunks, on_call=take)
    async with _voice(settings, language) as voice:
        phone: Phone | None = None
        try:
            await endpoint.start()
            # The far end must not wait in the call for a voice that a busy machine loads.
            for action in order.actions:
                if action.say:
                    await voice(action.say, action.language)
            call = await order.end.begin(endpoint, came, order.answer_within)
            if call is not None:
                phone = Phone(call, order.folder, voice, show, _Outside(order.end, endpoint))
                await phone.follow(order.actions, order.answer_within, order.timeout)
        finally:
            await endpoint.stop()
            if phone is not None:
                await FILES.run(phone.keep)


@dataclass(frozen=True, slots=True)
class _Outside:
    """Whom the phone can call besides."""

    end: "End"
    endpoint: "Endpoint"

    def uri(self, number: str) -> str:
        return self.end.uri(number)

    async def dial(self, uri: str) -> "SipLeg":
        return await self.end.dial(self.endpoint, uri)


def _hang_up_on_signals() -> None:
    """Let SIGINT and SIGTERM end the call with BYE; a second one changes nothing."""
    task = asyncio.current_task()
    assert task is not None
    asked = False

    def ask() -> None:
        nonlocal asked
        if not asked:
            asked = True
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ask)


@contextlib.asynccontextmanager
async def _voice(settings: Config, usual: str) -> "AsyncIterator[Voice]":
    """Yield what speaks for the caller; the voice is loaded where it is needed."""
    speaker = Speaker(settings.voices, settings.paths.voices, settings.paths.cache)
    started = False

    async def say(text: str, language: str | None) -> Path:
        nonlocal started
        if not started:
            await speaker.start()
            started = True
        return (await speaker.clip(text, language or usual)).path

    try:
        yield say
    finally:
        await speaker.close()


class _Printer:
    """Shows events as they happen."""

    def __init__(self, *, quiet: bool, as_json: bool) -> None:
        self._quiet = quiet
        self._as_json = as_json
        self._console = Terminal(lines=True)

    def __call__(self, event: "Event") -> None:
        if self._as_json:
            print(json.dumps(asdict(event), ensure_ascii=False), flush=True)
        elif not self._quiet and event.kind != "failed":  # that is the error the command ends with
            minutes, seconds = divmod(event.at, 60)
            time = f"+{int(minutes):02}:{seconds:06.3f}"
            self._console.print(f"{time}  phone  {event.kind} {event.text}".rstrip())
