"""``[texts]`` of agent.toml: text messages (SMS) through the HTTP gateway of a provider."""

from typing import Literal

from pydantic import Field, model_validator

from sipagent.config_sections import PasswordSection
from sipagent.config_types import Address, WebAddressOrNone

#: What a gateway is told; a field is ``{name}`` in the address, a header or the body.
FIELDS = ("to", "from", "text", "id", "secret")


class WebhookSection(PasswordSection):
    """``[texts.webhook]``: where texts come in; the password is the secret that signs them."""

    enabled: bool = False
    address: Address = "127.0.0.1"
    #: 0: any free one.
    port: int = Field(9467, ge=0, le=65535)
    #: Seconds that a signature holds.
    window: int = Field(300, ge=10, le=3600)

    @model_validator(mode="after")
    def _signed(self) -> "WebhookSection":
        if self.enabled and not (self.password_file or self.password_credential):
            raise ValueError("texts that come in are signed: give the secret in password_file")
        return self


class TextsSection(PasswordSection):
    """``[texts]``: how texts leave; without a gateway none does. The password is ``{secret}``."""

    #: Where the gateway is asked, with ``{to}``, ``{from}``, ``{text}``, ``{id}``, ``{secret}``.
    url: WebAddressOrNone = ""
    method: Literal["POST", "PUT", "GET"] = "POST"
    headers: dict[str, str] = Field(
        default_factory=lambda: {
            "Content-Type": "application/json",
            "Authorization": "Bearer {secret}",
        }
    )
    #: Written for its Content-Type: JSON, a form, or XML.
    body: str = '{"to": "{to}", "from": "{from}", "text": "{text}", "id": "{id}"}'
    #: Number or name that texts come from, as the gateway knows it.
    sender: str = ""
    #: Whether Polish letters are written without their marks: 160 of them fit a text, not 70.
    plain: bool = False
    #: Seconds after which a silent gateway is given up.
    timeout: float = Field(15.0, gt=0)
    #: Seconds before the second attempt; each further wait is twice as long, up to the longest.
    first_retry: int = Field(10, ge=1)
    longest_retry: int = Field(600, ge=1)
    #: Hours after which a text that nobody takes is given up.
    give_up: int = Field(2, ge=1)
    #: Texts that one number may be sent within an hour, or one user may send.
    per_number: int = Field(20, ge=1)
    webhook: WebhookSection = WebhookSection()

    @model_validator(mode="after")
    def _says_how_a_body_is_written(self) -> "TextsSection":
        named = any(name.lower() == "content-type" for name in self.headers)
        if self.url and self.method != "GET" and self.body and not named:
            raise ValueError(
                "headers: say the Content-Type of the body, such as application/json: without it "
                "a text could end the place where it stands"
            )
        return self

    @property
    def per_owner(self) -> int:
        """What the queue calls it."""
        return self.per_number
