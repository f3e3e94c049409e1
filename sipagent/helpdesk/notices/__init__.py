"""Notices: who has asked is told of each answer, until they have seen it or put it away."""
