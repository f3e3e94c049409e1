"""Words that mean the same to those who search: each set of them in one line."""

from sipagent.searching.words import stems

_SETS = {
    "pl": """
        telefon, aparat, słuchawka, komórka
        poczta głosowa, sekretarka, skrzynka głosowa, automatyczna sekretarka, voicemail
        przekierowanie, przekazanie, przeadresowanie
        połączenie, rozmowa
        przełączyć, przekazać, połączyć z, transfer
        kolejka, poczekalnia, oczekiwanie
        konferencja, telekonferencja, pokój, spotkanie
        pauza, przerwa
        zgłoszenie, sprawa, wniosek, ticket
        czat, rozmowa na czacie, chat
        hasło, kod dostępu
        pin, kod pin
        e-mail, mail, email, poczta elektroniczna, adres
        sms, wiadomość tekstowa, esemes
        nagranie, rejestracja rozmów, zapis rozmowy
        podsłuch, odsłuch, podsłuchiwanie, wsłuchiwanie się
        nie przeszkadzać, dnd, cisza
        saldo, zadłużenie, zaległość, niedopłata, dług
        opłata, należność, czynsz
        wyciąg, zestawienie
        rachunek, faktura, billing
        godziny pracy, harmonogram, grafik, godziny otwarcia
        zapowiedź, komunikat, powitanie
        agent, konsultant, członek kolejki
        zalogować, wejść
        wylogować, wyjść
        administrator, admin
        właściciel, mieszkaniec, lokator
        zarządca, administracja, spółdzielnia
        numer wewnętrzny, wewnętrzny
        uwierzytelnianie, dwuetapowe, totp, aplikacja z kodami
        głośność, słychać, mikrofon
        zamknąć, zakończyć
        usunąć, skasować, wykasować
    """,
    "en": """
        phone, telephone, handset, device
        voicemail, box, mailbox, answering machine
        forward, divert, redirect
        call, conversation
        transfer, put through, hand over
        queue, waiting line
        conference, meeting, room
        pause, break
        request, ticket, case
        chat, messaging
        password, passphrase
        e-mail, mail, email
        text, sms, text message
        recording, recorded call
        listen in, whisper, barge, monitoring
        do not disturb, dnd
        balance, debt, arrears
        charge, fee, rent
        statement, summary
        bill, invoice
        schedule, office hours, opening hours
        announcement, greeting, message
        member, agent
        log in, sign in, login
        log out, sign out, logout
        administrator, admin
        owner, resident, tenant
        manager, administration
        extension, internal number
        authenticator, totp, two factor
        delete, remove
    """,
}


def _read(language: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in _SETS[language].strip().splitlines():
        phrases = tuple(dict.fromkeys(stems(one, language) for one in line.split(",")))
        for phrase in phrases:
            found[phrase] = tuple(dict.fromkeys((phrase, *found.get(phrase, ()), *phrases)))
    return found


#: Language → phrase, as stems → those that mean the same, itself first.
SYNONYMS = {language: _read(language) for language in _SETS}
#: Language → stems of all words that are known here.
MEANT = {
    language: frozenset(stem for phrase in known for stem in phrase.split())
    for language, known in SYNONYMS.items()
}
#: Words of the longest phrase.
LONGEST = max(len(phrase.split()) for known in SYNONYMS.values() for phrase in known)
