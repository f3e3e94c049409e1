"""Why an e-mail was not taken: for now, or for good."""


class NotNow(Exception):
    """A message was not taken this time; the text says why.

    ``server`` where the fault is not the message's own: the others need not be tried either.
    """

    def __init__(self, why: str, *, server: bool = False) -> None:
        super().__init__(why)
        self.server = server


class Never(Exception):
    """A message will not be taken, however often it is tried; the text says why."""
