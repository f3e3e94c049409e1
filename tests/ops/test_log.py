"""Personal data do not reach the log."""

import json
import logging

import pytest
import structlog

from sipagent.config import LogSection
from sipagent.ops import log


@pytest.fixture
def _restored() -> object:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize(("personal", "shown"), [(False, "•••101"), (True, "+48600100101")])
def test_numbers(capsys: pytest.CaptureFixture[str], personal: bool, shown: str) -> None:
    log.configure(LogSection(format="json", personal=personal))
    structlog.get_logger().info("call", caller="+48600100101", call_id="1")
    line = json.loads(capsys.readouterr().err)
    assert (line["caller"], line["call_id"], line["event"]) == (shown, "1", "call")


@pytest.mark.usefixtures("_restored")
def test_the_standard_library_logs_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(LogSection(format="json"))
    logging.getLogger("x").warning("so %s", "it is")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"]) == ("so it is", "warning")


@pytest.mark.parametrize("key", sorted(log.PERSONAL))
def test_every_personal_key_is_masked(key: str) -> None:
    assert log.mask(None, "", {key: "100001"}) == {key: "•••"}


def test_nothing_is_not_masked() -> None:
    assert log.mask(None, "", {"caller": None, "digit": ""}) == {"caller": None, "digit": ""}
