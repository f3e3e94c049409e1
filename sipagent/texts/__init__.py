"""Text messages (SMS): out through a gateway, in by webhook, and both as SIP MESSAGE."""
