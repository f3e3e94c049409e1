"""What the infoline writes to owners and administrations: statements, requests, replies."""
