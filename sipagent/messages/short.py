"""A message of nothing but words, such as a text, as a file of the outbox.

It has the form of an e-mail, so that whoever looks into the outbox reads it as one.
"""

import email
import email.policy
from email.message import EmailMessage

from sipagent.errors import DataError


def written(to: str, key: str, body: str) -> bytes:
    """Return the file of a message.

    Args:
        to: where it goes: a number, an address.
        key: names it.
        body: the words.
    """
    message = EmailMessage(policy=email.policy.SMTP.clone(cte_type="7bit"))
    message["To"], message["Message-ID"] = to, key
    message.set_content(body)
    return message.as_bytes()


def body_of(content: bytes) -> str:
    """Return the words of a message from its file.

    Raises:
        DataError: it is none.
    """
    try:
        message = email.message_from_bytes(content, policy=email.policy.default)
        return str(message.get_content()).rstrip("\r\n")
    except (KeyError, LookupError, ValueError) as error:
        raise DataError(f"the file of a message cannot be read: {error}") from None
