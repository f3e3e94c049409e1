"""Queues: callers wait in order, and free members are rung for them."""
