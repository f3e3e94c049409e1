"""Walking a scenario without a phone, on a copy of what there is: nothing is sent or kept."""

import tempfile
from pathlib import Path

from sipagent.backoffice import BackOffice
from sipagent.config import Config
from sipagent.domain import Domains
from sipagent.messages.schema import messages
from sipagent.scenario import engine
from sipagent.scenario.model import Scenario
from sipagent.scenario.talk import Pace, Speaker, Talk
from sipagent.speech.catalogue import Catalogue
from sipagent.speech.clip import Clip
from sipagent.store.database import rehearsal, require_database
from sipagent.store.store import Store
from sipagent.switching.transfer import Transfers
from sipagent.telephony.fake import FakeLeg
from sipagent.telephony.fake_phones import FakePhones
from sipagent.telephony.network import Network

#: Roughly how long a prompt takes to say, so that times in the transcript look real.
_CHARACTERS_PER_SECOND = 14


class NoVoice:
    """Says nothing aloud, and takes as long for it as a voice would."""

    async def clip(self, text: str, language: str, pace: Pace, *, urgent: bool = True) -> Clip:
        """Return no sound of some length."""
        return Clip(Path(), len(text) / _CHARACTERS_PER_SECOND)

    def cached(self, text: str, language: str, pace: Pace) -> None:
        """Return that nothing was made."""


async def rehearse(
    settings: Config,
    domains: Domains,
    scenario: Scenario,
    catalogue: Catalogue,
    call: FakeLeg,
    speaker: Speaker,
) -> engine.Result:
    """Walk a scenario with a caller who follows a script; whoever is called is not there.

    Args:
        settings: of the line, whose data is copied for the length of the walk.
        domains: what the scenario is made of.
        scenario: what is walked.
        catalogue: what is said.
        call: the caller.
        speaker: who says it.

    Raises:
        SetupError: there is no line.
    """
    with tempfile.TemporaryDirectory() as folder:
        rehearsed = _rehearsed(settings, domains, Path(folder))
        store = Store(rehearsed.paths.database, (*domains.migrations, messages))
        office = BackOffice(rehearsed, domains, store)
        try:
            await office.learn()
            talk = Talk(
                catalogue,
                speaker,
                scenario.languages,
                services={
                    **office.services,
                    Transfers: Transfers(FakePhones(), settings.transfer),
                    Network: Network(FakePhones()),
                },
                zone=settings.line.zone,
            )
            return await engine.run(scenario, call, talk, longest=settings.line.longest_call)
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
