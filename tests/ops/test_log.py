"""Personal data do not reach the log."""

import io
import json
import logging
import sys

import pytest
import structlog

from sipagent.config import LogSection
from sipagent.helpdesk.knowledge import markup
from sipagent.ops import log

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("personal", "shown"), [(False, "•••101"), (True, "+48600100101")])
def test_numbers(capsys: pytest.CaptureFixture[str], personal: bool, shown: str) -> None:
    log.configure(LogSection(format="json", personal=personal))
    structlog.get_logger().info("call", caller="+48600100101", call_id="1")
    line = json.loads(capsys.readouterr().err)
    assert (line["caller"], line["call_id"], line["event"]) == (shown, "1", "call")


def test_the_standard_library_logs_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(LogSection(format="json"))
    logging.getLogger("x").warning("so %s", "it is")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"]) == ("so it is", "warning")


def test_the_level_is_that_of_the_settings_even_where_it_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure(LogSection(format="json", level="warning"))
    logger = structlog.get_logger()
    for number, level in enumerate(("warning", "debug", "error")):
        log.set_level(LogSection(level=level))
        for name in ("debug", "info", "warning", "error"):
            getattr(logger, name)(f"{number} {name}")
    events = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert events == [
        "0 warning", "0 error",
        "1 debug", "1 info", "1 warning", "1 error",
        "2 error",
    ]  # fmt: skip


def test_what_is_written_and_uploaded_is_not_told_by_those_who_read_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.configure(LogSection(format="json", level="debug"))
    markup.html("# Winda\n\n    stoi\n")
    logging.getLogger("python_multipart.multipart").debug("Calling %s with data", "on_part_data")
    assert capsys.readouterr().err == ""


def test_a_log_that_nobody_takes_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Broken())
    log.configure(LogSection(format="json"))
    structlog.get_logger().warning("unheard")


@pytest.mark.parametrize("key", sorted(log.PERSONAL))
def test_every_personal_key_is_masked(key: str) -> None:
    assert log.mask(None, "", {key: "100001"}) == {key: "•••"}


def test_nothing_is_not_masked() -> None:
    assert log.mask(None, "", {"caller": None, "digit": ""}) == {"caller": None, "digit": ""}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot call sip:+48600100101@gw.example.com", "cannot call sip:•••101@gw.example.com"),
        ("<sip:anna.kowalska@192.0.2.9:5060>", "<sip:•••@192.0.2.9:5060>"),
        ("tel:600100101", "•••101"),
        ("550 <anna@example.org>: unknown user", "550 <•••@example.org>: unknown user"),
        ("ValueError: '+48600100101'", "ValueError: '•••101'"),
        ("sip refused from 203.0.113.9 transport=udp count=3", None),
        ("2026-11-23T17:01:41.123456+00:00", None),
        ("019ab0b12341a2b3c", None),
        ("a84b4c76e66710@192.0.2.9", None),
    ],
)  # fmt: skip
def test_what_looks_personal_is_masked_wherever_it_stands(text: str, shown: str | None) -> None:
    assert log.mask(None, "", {"reason": text}) == {"reason": shown or text}


def test_a_traceback_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(LogSection(format="json"))
    try:
        raise ValueError("no owner has +48600100101")
    except ValueError:
        structlog.get_logger().exception("step failed")
    written = capsys.readouterr().err
    assert "no owner has •••101" in written
    assert "600100101" not in written
