"""What happens between legs: state machines without a network, and who carries them out."""
