"""Settings of all tests, and what keeps each of them in a tier."""

import gc
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

# How long something takes is measured in bench/, never asserted: machines are noisy.
settings.register_profile("sipagent", deadline=None, max_examples=100)
#: Of ``scripts/check``, which somebody waits for.
settings.register_profile("quick", deadline=None, max_examples=15)
settings.load_profile("sipagent")

#: What a test needs; ``pyproject.toml`` says more. ``scripts/check`` runs the first tier.
TIERS = frozenset({"unit", "line", "outside"})


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """Leave the log as it was: commands set it up for the whole process, and so for other tests."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


class TieredModule(pytest.Module):
    """A module whose every test is in exactly one tier."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Collect the tests.

        Raises:
            pytest.Collector.CollectError: the tier of one is missing, or not clear.
        """
        for found in super().collect():
            tiers = TIERS & {mark.name for mark in found.iter_markers()}
            if len(tiers) != 1:
                raise self.CollectError(
                    f"{found.name} is in {len(tiers)} tiers, and has to be in one. Write below the "
                    "imports of the module `pytestmark = pytest.mark.unit`, or `.line` where it "
                    "needs a real endpoint, daemon or model, or a program of ours in a process "
                    "of its own, or `.outside` where it needs a program that is not ours."
                )
            yield found


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
    """Make the collector of a module."""
    return TieredModule.from_parent(parent, path=module_path)


def pytest_collection_finish() -> None:
    """Have no collection of garbage look at all tests and modules again and again."""
    gc.collect()
    gc.freeze()
