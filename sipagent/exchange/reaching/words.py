"""What is said to those who are called, each in their own language."""

from collections.abc import Iterable, Mapping

from sipagent.exchange.model import User
from sipagent.exchange.values import Kind, Ref
from sipagent.scenario.talk import Talk
from sipagent.switching.ringing import Sounds, Words
from sipagent.telephony.leg import Prompt
from sipagent.telephony.party import Party

#: What is asked of who has to press a key, which is 1, and what is said to who comes too late.
CONFIRM, TAKEN = "exchange.confirm", "exchange.taken"


def sounds(
    talk: Talk, ringback: Prompt | None, owners: Mapping[Party, Ref], users: Iterable[User]
) -> Sounds:
    """Return what is heard while parties are called.

    Args:
        talk: of who waits, whose language outside numbers are spoken to in.
        ringback: see ``Sounds``.
        owners: whose the parties are.
        users: with their languages.
    """
    languages = {user.name: user.language for user in users}
    spoken = {
        party: languages.get(ref.name, talk.language)
        for party, ref in owners.items()
        if ref.kind is Kind.USER
    }
    own = {
        party: _words(talk, language)
        for party, language in spoken.items()
        if language != talk.language
    }
    return Sounds(ringback, _words(talk, talk.language), own)


def _words(talk: Talk, language: str) -> Words:
    return Words(talk.within(language, CONFIRM), talk.within(language, TAKEN))
