"""PJSIP without a line, for what its parser alone decides."""

from collections.abc import Iterator

import pjsua2 as pj
import pytest

from sipagent.sip.thread import quiet


@pytest.fixture(scope="module")
def pjsip() -> Iterator[None]:
    """PJSIP in the thread of the tests of a module."""
    quiet()
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    yield
    endpoint.libDestroy()
