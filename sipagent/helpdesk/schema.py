"""Tables of the help desk, gathered from its rooms; those first that others refer to."""

from collections.abc import Sequence

from sipagent.store.database import Migrations

HELPDESK: Sequence[Migrations] = ()
