"""Announcements: what is said by a name of its own, and stands in no prompt file."""

from sipagent.scenario.talk import Said, Talk


class Announcements:
    """Those that there are; a domain that has any offers a service of this class."""

    async def said(self, talk: Talk, name: str) -> Said | None:
        """Return an announcement as something to say; None: it is gone, or cannot be played.

        Args:
            talk: of the call; its language counts, as far as the announcement has it.
            name: of the announcement.
        """
        return None
