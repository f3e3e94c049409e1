"""``[billing]`` of agent.toml: what managers pay for the calls of their owners."""

from pydantic import Field

from sipagent.config_sections import Section


class TariffSection(Section):
    """``[billing.managers.CODE]``: where a manager pays otherwise; grosze without VAT."""

    per_call: int | None = Field(None, ge=0)
    per_minute: int | None = Field(None, ge=0)
    monthly_cap: int | None = Field(None, ge=0)


class BillingSection(Section):
    """``[billing]``: what managers pay for the calls of their owners; grosze without VAT."""

    per_call: int = Field(0, ge=0)
    #: For each minute that a call has begun.
    per_minute: int = Field(0, ge=0)
    #: The most that a manager pays for a month; without it there is no limit.
    monthly_cap: int | None = Field(None, ge=0)
    #: Per cent.
    vat: int = Field(23, ge=0, le=100)
    #: Who runs the line: stands at the top of bills.
    issuer: str = ""
    #: Code of a manager → what differs.
    managers: dict[str, TariffSection] = Field(default_factory=dict)
