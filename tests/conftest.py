"""Settings of all tests."""

from hypothesis import settings

# How long something takes is measured in bench/, never asserted: machines are noisy.
settings.register_profile("sipagent", deadline=None)
settings.load_profile("sipagent")
