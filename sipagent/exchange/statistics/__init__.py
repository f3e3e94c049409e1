"""Statistics of queues: how many called, who waited how long, and what members did all day.

They are made of the journal of the queues, which is only read. What each figure means stands in
``docs/statistics.md``, and in the docstring of what counts it.
"""
