"""What the exchange promises and the line does not keep: told by ``check``, and at the start."""

from collections.abc import Iterator

from sipagent.config import Config
from sipagent.e164 import shown_e164
from sipagent.errors import SetupError
from sipagent.exchange.model import KINDS, Exchange, LineNumber
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.steps.conference import Conference, ConferenceSettings
from sipagent.exchange.steps.dial import Dial
from sipagent.exchange.steps.mailbox import Mailbox, MailboxSettings
from sipagent.exchange.steps.queue import QueueSettings, QueueStep
from sipagent.exchange.steps.redirect import Redirect, RedirectSettings
from sipagent.exchange.steps.schedule import ScheduleSettings, ScheduleStep
from sipagent.exchange.steps.voicemail import Voicemail, VoicemailSettings
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario.model import Scenario
from sipagent.scenario.step import Step
from sipagent.scenario.steps import Announcement, SpokenSettings
from sipagent.speech import recordings, voices
from sipagent.toml import Mistake


def missed(there: Exchange, config: Config) -> Iterator[str]:
    """Yield a sentence for each promise."""
    yield from _twice(there, config)
    for phone in there.phones:
        if not phone.has_secret:
            yield f"phone {phone.account} has no password: sipagent phones renew {phone.account}"
        elif phone.realm != config.sip.realm:
            yield (
                f"phone {phone.account} has a password for the realm {phone.realm}, and sip.realm "
                f"is {config.sip.realm}: sipagent phones renew {phone.account}"
            )
    yield from _rooms(there)
    for announcement in there.announcements:
        try:
            voices.find_all(
                {str(one): name for one, name in announcement.voice.items()}, config.paths.voices
            )
        except SetupError as error:
            yield f"announcement {announcement.name} is read by the line's own voice: {error}"


def _rooms(there: Exchange) -> Iterator[str]:
    """Yield which rooms nobody gets into, or nobody can lead."""
    led_to = {one.leads_to for one in there.numbers}
    for room in there.rooms:
        if str(Ref(Kind.ROOM, room.name)) in led_to and not room.pin:
            yield (
                f"room {room.name} has no PIN for guests, so that nobody comes in from outside: "
                f"sipagent rooms pin '{room.name}'"
            )
        if room.wait and room.pin and not room.moderator_pin:
            yield (
                f"in room {room.name} all wait for a moderator, and nobody can be one: "
                f"sipagent rooms pin '{room.name}' --moderator"
            )


def broken(there: Exchange, config: Config) -> Iterator[str]:
    """Yield a sentence for each announcement that nobody can hear, and for such music."""
    if config.exchange.music is not None:
        try:
            recordings.read(config.exchange.music)
        except ValueError as error:
            yield f"exchange.music: {config.exchange.music}: {error}"
    for announcement in there.announcements:
        if announcement.recording:
            try:
                recordings.read(config.paths.announcements / announcement.recording)
            except ValueError as error:
                file = config.paths.announcements / announcement.recording
                yield f"announcement {announcement.name}: {file}: {error}"


def astray(there: Exchange, scenario: Scenario) -> Iterator[Mistake]:
    """Yield each setting of a step that leads to what the exchange has not."""
    for name, step in scenario.steps.items():
        for setting, what in _mistaken(step, there):
            yield Mistake(("steps", name, setting), what)


def _mistaken(step: Step, there: Exchange) -> Iterator[tuple[str, str]]:
    """Yield each setting of a step that leads nowhere, and why."""
    for setting, field, key in named(step):
        if there.find(field, key) is None:
            yield setting, f"there is no {KINDS[field].what} {key!r}"
    if isinstance(step, Redirect) and isinstance(step.target, str):
        ours = there.find("numbers", step.target)
        if isinstance(ours, LineNumber) and Ref.of(ours.leads_to).kind is Kind.SCENARIO:
            yield "target", f"{step.target} leads to {ours.leads_to}, to which no step can lead"


def named(step: Step) -> Iterator[tuple[str, str, str]]:
    """Yield what a step needs of the exchange: the setting, the kind of the entry, and its key."""
    match step:
        case Redirect(target=target, settings=RedirectSettings(music=music)):
            if isinstance(target, Ref):
                yield "target", FIELDS[target.kind], target.name
            if music is not None:
                yield "music", "announcements", music
        case QueueStep(settings=QueueSettings(queue=queue)):
            yield "queue", "queues", queue
        case Conference(settings=ConferenceSettings(room=room)):
            yield "room", "rooms", room
        case ScheduleStep(settings=ScheduleSettings(schedule=schedule)):
            yield "schedule", "schedules", schedule
        case Voicemail(settings=VoicemailSettings(box=box)):
            yield "box", "boxes", box
        case Mailbox(settings=MailboxSettings(box=str(box))):
            yield "box", "boxes", box
        case (
            Announcement(settings=SpokenSettings(announcement=str(name)))
            | Dial(settings=SpokenSettings(announcement=str(name)))
        ):
            yield "announcement", "announcements", name


def _twice(there: Exchange, config: Config) -> Iterator[str]:
    """Yield which numbers the settings name as well as the exchange, which wins."""
    ours = {one.number: Ref.of(one.leads_to) for one in there.numbers}
    for index, trunk in enumerate(config.trunk):
        for number in trunk.numbers:
            written = shown_e164(number, config.line.country) or number
            ref = ours.get(number) or ours.get(written)
            if ref is not None:
                yield (
                    f"{config.place('trunk', index, 'numbers', number)}: {number}: the exchange "
                    f"leads this number to {ref}, and that counts; remove it here, or there with "
                    f"sipagent numbers remove {written}"
                )
