"""``[webhooks]`` of agent.toml: telling programs what has happened, by HTTP."""

from pydantic import Field

from sipagent.config_sections import Section


class WebhooksSection(Section):
    """``[webhooks]``: how programs are told; which, ``sipagent webhooks`` says."""

    #: Seconds after which a silent program is given up.
    timeout: float = Field(10.0, gt=0)
    #: Seconds before the second attempt; each further wait is twice as long, up to the longest.
    first_retry: int = Field(10, ge=1)
    longest_retry: int = Field(900, ge=1)
    #: Hours after which something that nobody takes is given up.
    give_up: int = Field(72, ge=1)

    @property
    def per_owner(self) -> int:
        """What one owner may cause; what programs are told, no owner does."""
        return 0
