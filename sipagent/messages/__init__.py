"""Messages of any domain: outbox, e-mail, letters from templates, paper."""
