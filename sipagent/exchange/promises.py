"""What the exchange promises and the line does not keep: told by ``check``, and at the start."""

from collections.abc import Iterable, Iterator

from sipagent.config import Config
from sipagent.e164 import shown_e164
from sipagent.exchange.leads import takes_calls
from sipagent.exchange.model import KINDS, Exchange
from sipagent.exchange.rules import FIELDS
from sipagent.exchange.steps.redirect import Redirect
from sipagent.exchange.steps.schedule import ScheduleSettings, ScheduleStep
from sipagent.exchange.values import Ref
from sipagent.scenario.model import Scenario
from sipagent.toml import place


def missed(there: Exchange, config: Config) -> Iterator[str]:
    """Yield a sentence for each promise."""
    yield from _twice(there, config)
    for one in there.numbers:
        if not takes_calls(Ref.of(one.leads_to)):
            yield (
                f"number {one.number} leads to {one.leads_to}, but boxes take no calls yet: its "
                "callers hear what agent.toml says"
            )
    for phone in there.phones:
        if not phone.has_secret:
            yield f"phone {phone.account} has no password: sipagent phones renew {phone.account}"
        elif phone.realm != config.sip.realm:
            yield (
                f"phone {phone.account} has a password for the realm {phone.realm}, and sip.realm "
                f"is {config.sip.realm}: sipagent phones renew {phone.account}"
            )
    folder = config.paths.announcements
    for announcement in there.announcements:
        if announcement.recording and not (folder / announcement.recording).is_file():
            yield (
                f"announcement {announcement.name}: there is no file {announcement.recording} "
                f"in {folder}"
            )


def astray(there: Exchange, scenarios: Iterable[Scenario]) -> Iterator[str]:
    """Yield a sentence for each step of a scenario that leads to what the exchange has not."""
    for scenario in scenarios:
        for name, step in scenario.steps.items():
            match step:
                case Redirect(target=Ref(kind, key)):
                    setting, field = "target", FIELDS[kind]
                case ScheduleStep(settings=ScheduleSettings(schedule=key)):
                    setting, field = "schedule", "schedules"
                case _:
                    continue
            if there.find(field, key) is None:
                keys = ("steps", name, setting)
                what = f"there is no {KINDS[field].what} {key!r}"
                yield f"{place(scenario.path, keys)}: {'.'.join(keys)}: {what}"


def _twice(there: Exchange, config: Config) -> Iterator[str]:
    """Yield which numbers the settings name as well as the exchange, which wins."""
    ours = {one.number: Ref.of(one.leads_to) for one in there.numbers}
    for index, trunk in enumerate(config.trunk):
        for number in trunk.numbers:
            written = shown_e164(number, config.line.country) or number
            ref = ours.get(number) or ours.get(written)
            if ref is not None and takes_calls(ref):
                yield (
                    f"{config.place('trunk', index, 'numbers', number)}: {number}: the exchange "
                    f"leads this number to {ref}, and that counts; remove it here, or there with "
                    f"sipagent numbers remove {written}"
                )
