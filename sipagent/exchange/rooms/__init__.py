"""Rooms in which many talk: who is let in, who hears whom, who leads the meeting."""
