"""Messages to owners and administrations: outbox, e-mail, statement, tickets."""
