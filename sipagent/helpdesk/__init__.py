"""The help desk: people ask in writing, find answers, and are told when one has come."""
