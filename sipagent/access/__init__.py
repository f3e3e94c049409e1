"""Who is let in, whatever the domain: PINs, and lock-outs of those who guess."""
