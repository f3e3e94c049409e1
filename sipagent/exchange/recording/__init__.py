"""Recording of what people say to each other through the exchange."""
