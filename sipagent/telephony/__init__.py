"""The words of the trade as protocols and values; no PJSIP here."""
