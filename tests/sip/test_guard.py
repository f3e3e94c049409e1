"""An exception in what PJSIP calls is logged, and the object gives up."""

from typing import Any, ClassVar

import pjsua2 as pj
import pytest
from structlog.testing import capture_logs

import sipagent.sip.endpoint  # noqa: F401  makes all of the classes known
from sipagent.sip.guard import Guarded, guarded

pytestmark = pytest.mark.unit

#: The classes of pjsua2 that call back.
DIRECTORS = (
    pj.Account, pj.AudioMediaPlayer, pj.AudioMediaPort, pj.AudioMediaRecorder, pj.Buddy, pj.Call,
    pj.Endpoint,
)  # fmt: skip


class Thing(Guarded):
    def __init__(self) -> None:
        self.given_up = 0

    def label(self) -> dict[str, str]:
        return {"call_id": "abc"}

    def give_up(self) -> None:
        self.given_up += 1

    def onCallState(self, prm: object) -> None:
        raise ValueError("worn out")

    def onCallRedirected(self, prm: object) -> int:
        return 7

    def once(self) -> None:
        raise ValueError("worn out")

    @guarded
    def told(self, word: str = "") -> None:
        if word:
            raise ValueError(word)


def test_a_callback_that_fails(capsys: pytest.CaptureFixture[str]) -> None:
    thing = Thing()
    with capture_logs() as logged:
        thing.onCallState(None)
    (event,) = logged
    assert (event["log_level"], event["call_id"]) == ("error", "abc")
    assert event["callback"] == "Thing.onCallState"
    assert thing.given_up == 1
    assert capsys.readouterr() == ("", "")


def test_the_answer_of_a_callback_is_handed_on() -> None:
    """Without one, pjsua2 throws through PJSIP's C, which ends the process with all calls."""
    assert Thing().onCallRedirected(None) == 7


def test_one_that_is_asked_and_fails_answers_all_the_same() -> None:
    class Failing(Thing):
        answers: ClassVar[dict[str, int]] = {"onCallRedirected": 3}

        def onCallRedirected(self, prm: object) -> int:
            raise ValueError("worn out")

    assert Failing().onCallRedirected(None) == 3


def test_what_is_no_callback_is_guarded_where_it_is_said() -> None:
    thing = Thing()
    with capture_logs() as logged:
        thing.told()
        thing.told(word="x")
    assert (len(logged), thing.given_up) == (1, 1)
    with pytest.raises(ValueError, match="worn out"):
        thing.once()


def derived(cls: Any) -> list[type]:
    return [each for child in cls.__subclasses__() for each in (child, *derived(child))]


def test_all_that_pjsip_calls_is_guarded() -> None:
    ours = [
        cls
        for director in DIRECTORS
        for cls in derived(director)
        if cls.__module__.startswith("sipagent.")
    ]
    assert {cls.__name__ for cls in ours} >= {"Account", "Library", "Player", "Session", "Tap"}
    assert [cls.__name__ for cls in ours if not issubclass(cls, Guarded)] == []
