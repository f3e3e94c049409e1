"""How users are reached: do-not-disturb, forwarding, follow-me, and picking up."""
