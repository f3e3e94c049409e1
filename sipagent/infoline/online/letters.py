"""The letters and texts that owners get of the page: codes, and what has changed."""

from dataclasses import dataclass, replace
from datetime import tzinfo

from sipagent import times
from sipagent.infoline.contact import contract_of
from sipagent.infoline.model import Owner
from sipagent.infoline.online import codes
from sipagent.infoline.online.changes import Action, Change, Medium
from sipagent.messages import address
from sipagent.messages.layout import Block, Quote, Table, html, plain
from sipagent.messages.message import Message
from sipagent.messages.templates import Templates, Text
from sipagent.messages.wording import moment_text

#: Kinds in the outbox; the first one lets somebody in, and is shown to nobody.
CODE, CHANGE = "owner-code", "owner-change"


@dataclass(frozen=True, slots=True)
class OnlineLetters:
    """Writes them from templates.

    Args:
        templates: of the infoline.
        zone: of the office.
        origin: where the page is: ``https://panel.example.com``.
    """

    templates: Templates
    zone: tzinfo
    origin: str

    def code(self, owner: Owner, code: str, to: str, purpose: str, language: str) -> Message:
        """Return the letter with a code.

        Args:
            owner: whose.
            code: six digits.
            to: where it goes.
            purpose: ``login`` or ``change``.
            language: of the letter.
        """
        text = self.templates.text("online-code", language, _code(owner, code, purpose))
        return _message(text, to, CODE, owner, language)

    def short_code(self, owner: Owner, code: str, purpose: str, language: str) -> str:
        """Return the text with a code."""
        values = _code(owner, code, purpose)
        return _line(self.templates.text("online-code-short", language, values))

    def change(self, owner: Owner, change: Change, event: str, link: str, to: str) -> Message:
        """Return the letter that tells an owner of a change.

        Args:
            owner: whose.
            change: what changes.
            event: ``proved`` or ``stopped``.
            link: what stands in the link that stops it; empty: nothing can be stopped.
            to: where it goes.
        """
        values = self._said(owner, change, event, link)
        text = self.templates.text("online-change", change.language, values)
        return _message(text, to, CHANGE, owner, change.language)

    def short_change(self, owner: Owner, change: Change, event: str, link: str) -> str:
        """Return the text that tells an owner of a change."""
        values = self._said(owner, change, event, link)
        return _line(self.templates.text("online-change-short", change.language, values))

    def office(self, owner: Owner, change: Change, event: str) -> Message | None:
        """Return the letter that tells the office of a change; None: it has no address."""
        to = contract_of(owner).email
        if not to:
            return None
        rows = [
            ("Właściciel", owner.name),
            ("Numer loginu", owner.login),
            ("Nieruchomość", owner.estate.name),
            ("Poprzednio", change.old),
            ("Teraz" if event == "proved" else "Nie zacznie działać", _told(change)),
            ("Kod wysłano na", change.proof),
            ("Adres sieciowy (IP)", change.browser),
        ]
        said = self._said(owner, replace(change, language="pl"), event, "")
        values = {**said, "facts": Table([row for row in rows if row[1]])}
        text = self.templates.text("online-office", "pl", values)
        return _message(text, to, CHANGE, owner, "pl")

    def request(
        self,
        owner: Owner,
        subject: str,
        words: str,
        *,
        files: int,
        message_id: str,
        number: int = 0,
    ) -> Message | None:
        """Return the letter that tells the office what an owner asks; None: it has no address.

        Args:
            owner: who asks.
            subject: in a line.
            words: of the owner.
            files: how many came with it; they are in the panel.
            message_id: under which it is known, so that what answers it is found.
            number: of the ticket that it belongs to; 0: it is new.
        """
        to = contract_of(owner).email
        if not to:
            return None
        values: dict[str, str | Block] = {
            **_office(owner),
            "owner": owner.name,
            "login": owner.login,
            "subject": subject,
            "words": Quote(words),
            "files": str(files or ""),
            "number": str(number or ""),
        }
        text = self.templates.text("online-request", "pl", values)
        letter = _message(text, to, "request", owner, "pl")
        return replace(
            letter,
            owner=owner.login,
            reply_to=next(iter(owner.emails), ""),
            message_id=message_id,
        )

    def _said(self, owner: Owner, change: Change, event: str, link: str) -> dict[str, str | Block]:
        due = change.due if change.due != change.proved else None
        when = times.in_zone(due, self.zone) if due else None
        return {
            **_office(owner),
            "owner": owner.name,
            "event": event,
            "medium": change.medium.value,
            "action": change.action.value,
            "old": masked(change.old, change.medium) if change.old else "",
            "new": masked(change.new, change.medium) if _comes(change) else "",
            "due": moment_text(when, change.language) if when and event == "proved" else "",
            "link": f"{self.origin}/owner/stop/{link}" if link else "",
        }


def masked(target: str, medium: Medium) -> str:
    """Return an address as it is told to another one of the same owner."""
    return address.masked(target) if medium is Medium.EMAIL else f"…{target[-3:]}"


def _comes(change: Change) -> bool:
    return change.action in (Action.ADD, Action.REPLACE)


def _told(change: Change) -> str:
    """Return what comes, as the office is told."""
    if change.action is Action.ORDER:
        return ", ".join(change.after)
    return change.new


def _code(owner: Owner, code: str, purpose: str) -> dict[str, str | Block]:
    return {
        **_office(owner),
        "code": codes.grouped(code),
        "minutes": str(codes.MINUTES),
        "purpose": purpose,
    }


def _office(owner: Owner) -> dict[str, str | Block]:
    return {
        "manager": owner.manager.name,
        "estate": owner.estate.name,
        "office_phone": contract_of(owner).office_phone or "",
    }


def _message(text: Text, to: str, kind: str, owner: Owner, language: str) -> Message:
    return Message(
        to=to,
        subject=text.subject,
        text=plain(text.blocks),
        html=html(text.subject, text.blocks, language),
        kind=kind,
        manager=owner.manager.id,
        language=language,
    )


def _line(text: Text) -> str:
    return " ".join(" ".join(block.split()) for block in text.blocks if isinstance(block, str))
