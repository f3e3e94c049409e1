"""Who is let in and who has to wait: each claim of decision 003."""

import asyncio
import statistics
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlite_utils
from hypothesis import given
from hypothesis import strategies as st

from sipagent.access import lockout
from sipagent.access.lockout import Kind, Lockout, Source
from sipagent.config import LoginSection
from sipagent.infoline.directory import Directory
from sipagent.infoline.editing import Changes, edit_owner
from sipagent.infoline.login import Login, LoginResult, Verdict
from sipagent.infoline.schema import infoline
from sipagent.store.data import Single
from sipagent.store.database import file_of, open_database, writing
from sipagent.store.store import Store
from sipagent.threads import STORE
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
ANNA, ANNAS_PHONE = "100001", "+48600100101"
BOGDANS_PHONE = "+48600100102"
STRANGER = "+48600999888"
RULES = LoginSection(failures=3, wait=60, longest_wait=3600)


class Caller:
    """Calls a line whose clock stands until it is told otherwise."""

    def __init__(self, db: sqlite_utils.Database) -> None:
        self.db = db
        self.login = Login(Single(db), RULES)
        self.now = NOW

    def types(
        self, login: str, number: str | None = ANNAS_PHONE, *, asserted: bool = True, times: int = 1
    ) -> LoginResult:
        """Return what the last of ``times`` tries comes to."""
        for _ in range(times):
            result = self.login.check(login, number, now=self.now, asserted=asserted)
        return result

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def caller(sample: sqlite_utils.Database) -> Caller:
    return Caller(sample)


def rows(db: sqlite_utils.Database) -> int:
    return int(db.execute("SELECT count(*) FROM login_failures").fetchone()[0])


# What a pair comes to


@pytest.mark.parametrize(
    ("login", "number", "verdict"),
    [
        (ANNA, ANNAS_PHONE, Verdict.ACCEPTED),
        ("2000002", "+48600100110", Verdict.ACCEPTED),
        ("2000002", "+48600100111", Verdict.ACCEPTED),
        ("20000004", "+442079460123", Verdict.ACCEPTED),
        ("100007", "+48600100107", Verdict.OWNER_BLOCKED),
        ("100008", "+48600100108", Verdict.NO_ACCESS),
        ("2000001", "+48600100109", Verdict.ESTATE_BLOCKED),
    ],
)
@pytest.mark.parametrize("asserted", [True, False])
def test_a_right_pair_is_told_where_it_stands(
    caller: Caller, login: str, number: str, verdict: Verdict, asserted: bool
) -> None:
    result = caller.types(login, number, asserted=asserted)
    assert result.verdict is verdict
    assert result.owner is not None
    assert result.owner.login == login
    assert result.wait is None
    assert rows(caller.db) == 0


@pytest.mark.parametrize(
    ("login", "number"),
    [
        (ANNA, STRANGER),
        (ANNA, BOGDANS_PHONE),
        ("100007", STRANGER),
        ("100008", STRANGER),
        ("2000001", STRANGER),
        ("20000007", STRANGER),
        ("999999", ANNAS_PHONE),
        ("", ANNAS_PHONE),
        ("9" * 40, ANNAS_PHONE),
        ("*", ANNAS_PHONE),
    ],
)
def test_every_other_pair_sounds_the_same(caller: Caller, login: str, number: str) -> None:
    assert caller.types(login, number) == LoginResult(Verdict.REFUSED)


def test_a_blocked_owner_of_a_shut_estate_is_told_about_the_nearer_reason(caller: Caller) -> None:
    edit_owner(caller.db, "2000001", Changes(blocked=True, web_access=False))
    assert caller.types("2000001", "+48600100109").verdict is Verdict.OWNER_BLOCKED
    edit_owner(caller.db, "2000001", Changes(blocked=False))
    assert caller.types("2000001", "+48600100109").verdict is Verdict.ESTATE_BLOCKED


@pytest.mark.parametrize("login", [ANNA, "999999", ""])
def test_a_hidden_number_is_answered_before_anything_is_looked_up(
    caller: Caller, login: str
) -> None:
    assert caller.types(login, None, times=50) == LoginResult(Verdict.HIDDEN_NUMBER)
    assert rows(caller.db) == 0


def test_the_time_needs_its_offset(caller: Caller) -> None:
    with pytest.raises(ValueError, match="time zone"):
        caller.login.check(ANNA, ANNAS_PHONE, now=datetime(2026, 9, 1))


# How streaks grow and end


def test_the_failure_that_starts_a_lock_says_how_long_it_is(caller: Caller) -> None:
    assert caller.types("999999", times=2).wait is None
    result = caller.types("999999")
    assert result == LoginResult(Verdict.REFUSED, wait=timedelta(seconds=60))
    caller.later(seconds=20)
    assert caller.types("999999") == LoginResult(Verdict.LOCKED, wait=timedelta(seconds=40))


def test_the_wait_doubles_up_to_the_longest(caller: Caller) -> None:
    waits = []
    caller.types("999999", times=2)
    for _ in range(9):
        wait = caller.types("999999").wait
        assert wait is not None
        waits.append(wait.total_seconds())
        caller.now += wait
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_tries_while_locked_do_not_make_it_longer(caller: Caller) -> None:
    caller.types("999999", times=3)
    assert caller.types("999999", times=100).verdict is Verdict.LOCKED
    caller.later(seconds=60)
    assert caller.types(ANNA).verdict is Verdict.ACCEPTED


def test_a_right_pair_ends_the_streak(caller: Caller) -> None:
    for slip in range(5):
        assert caller.types(f"99999{slip}", times=2).verdict is Verdict.REFUSED
        assert caller.types(ANNA) == LoginResult(Verdict.ACCEPTED, Directory(caller.db).find(ANNA))


def test_a_streak_that_is_left_alone_is_forgotten(caller: Caller) -> None:
    caller.types("999999", times=3)
    caller.later(seconds=60 + RULES.longest_wait)
    assert caller.types("888888", times=2).wait is None
    assert caller.types("888888").wait == timedelta(seconds=60)


def test_a_streak_that_is_not_left_alone_grows_on(caller: Caller) -> None:
    caller.types("999999", times=3)
    caller.later(seconds=60 + RULES.longest_wait - 1)
    assert caller.types("888888").wait == timedelta(seconds=120)


def test_streaks_survive_a_restart(caller: Caller) -> None:
    caller.types("999999", times=3)
    path = file_of(caller.db)
    caller.db.close()
    again = Caller(open_database(path, [infoline]))
    assert again.types(ANNA).verdict is Verdict.LOCKED
    again.later(seconds=60)
    assert again.types(ANNA).verdict is Verdict.ACCEPTED
    again.db.close()


def test_a_clock_that_was_wrong_locks_nobody_for_ever(caller: Caller) -> None:
    caller.later(days=1000)
    caller.types("999999", times=3)
    caller.later(days=-1000)
    assert caller.types(ANNA).verdict is Verdict.ACCEPTED


def test_other_offsets_are_the_same_moment(caller: Caller) -> None:
    caller.types("999999", times=3)
    caller.now = datetime.fromisoformat("2026-09-01T14:00:30+02:00")
    assert caller.types(ANNA).wait == timedelta(seconds=30)


# Who can lock whom


def test_a_locked_number_is_refused_even_with_the_right_login(caller: Caller) -> None:
    """Otherwise whoever claims the number could try all logins."""
    caller.types("999999", asserted=False, times=3)
    assert caller.types(ANNA, asserted=False).verdict is Verdict.LOCKED


def test_whoever_claims_a_number_cannot_lock_out_its_owner(caller: Caller) -> None:
    for _ in range(200):
        caller.types("999999", ANNAS_PHONE, asserted=False)
        caller.later(seconds=30)
    assert caller.types("999999", asserted=False).verdict is Verdict.LOCKED
    assert caller.types(ANNA, asserted=True).verdict is Verdict.ACCEPTED


def test_an_owner_who_logs_in_gives_no_new_tries_to_whoever_claims_the_number(
    caller: Caller,
) -> None:
    caller.types("999999", asserted=False, times=3)
    caller.types(ANNA, asserted=True)
    assert caller.types("999999", asserted=False).verdict is Verdict.LOCKED


@pytest.mark.parametrize("asserted", [True, False])
def test_no_stranger_can_lock_a_login_for_its_owner(caller: Caller, asserted: bool) -> None:
    for number in range(100, 200):
        caller.types(ANNA, f"+48600200{number}", asserted=asserted)
    assert caller.types(ANNA, STRANGER, asserted=asserted).verdict is Verdict.LOCKED
    assert caller.types(ANNA, asserted=asserted).verdict is Verdict.ACCEPTED


def test_unknown_logins_are_locked_just_as_known_ones(caller: Caller) -> None:
    known = [caller.types(ANNA, f"+48600200{n}") for n in range(100, 110)]
    unknown = [caller.types("999999", f"+48600300{n}") for n in range(100, 110)]
    assert known == unknown
    assert known[-1].verdict is Verdict.LOCKED


def test_one_number_does_not_lock_another(caller: Caller) -> None:
    caller.types("999999", STRANGER, times=50)
    assert caller.types(ANNA).verdict is Verdict.ACCEPTED
    assert caller.types("100002", BOGDANS_PHONE).verdict is Verdict.ACCEPTED


def test_guessing_is_limited_over_many_logins(caller: Caller) -> None:
    answers = [caller.types(str(login), asserted=False) for login in range(100_002, 100_102)]
    assert sum(answer.verdict is Verdict.REFUSED for answer in answers) == RULES.failures


def test_the_best_plan_of_a_guesser_gets_ten_tries_a_day() -> None:
    """With the settings that the program comes with: tries in a row, then a long rest."""
    rules = LoginSection()

    def pace(more: int) -> float:
        waits = [min(rules.wait * 2**n, rules.longest_wait) for n in range(more + 1)]
        return (rules.failures + more) / (sum(waits) + rules.longest_wait) * 86400

    assert 10 < max(map(pace, range(40))) < 11


def test_a_burst_of_calls_gets_no_more_guesses_than_one_call(caller: Caller) -> None:
    answers: list[Verdict] = []
    start = threading.Barrier(8)

    def guess(first: int) -> None:
        start.wait()
        answers.extend(caller.types(str(n)).verdict for n in range(first, first + 10))

    threads = [threading.Thread(target=guess, args=(n * 1000,)) for n in range(200, 208)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 80
    assert answers.count(Verdict.REFUSED) == RULES.failures


def test_adding_a_number_ends_its_wait(caller: Caller) -> None:
    caller.types(ANNA, STRANGER, times=5)
    assert caller.types(ANNA, STRANGER).verdict is Verdict.LOCKED
    edit_owner(caller.db, ANNA, Changes(add_phones=[STRANGER]))
    assert caller.types(ANNA, STRANGER).verdict is Verdict.ACCEPTED


@given(st.lists(st.sampled_from(["right", "wrong", "claimed", "stranger", "minute"]), max_size=60))
def test_only_the_phone_itself_makes_its_owner_wait(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[str]
) -> None:
    """Whatever strangers do, an asserted owner waits after own failures only."""
    path = tmp_path_factory.mktemp("rules") / "line.db"
    caller = Caller(_small(path))
    wrong = 0
    for deed in deeds:
        match deed:
            case "right":
                result = caller.types(ANNA).verdict
                assert result is Verdict.ACCEPTED or wrong >= RULES.failures
                wrong = 0 if result is Verdict.ACCEPTED else wrong
            case "wrong":
                caller.types("999999")
                wrong += 1  # also where that login is locked already: it is an own failure
            case "claimed":
                caller.types("999999", asserted=False)
            case "stranger":
                caller.types(ANNA, STRANGER)
            case "minute":
                caller.later(minutes=1)
    caller.db.close()


def _small(path: Path) -> sqlite_utils.Database:
    db = open_database(path, [infoline])
    db.execute("INSERT INTO managers (id, code, name) VALUES (1, 'm', 'M')")
    db.execute("INSERT INTO estates (id, manager_id, code, name) VALUES (1, 1, 'e', 'E')")
    db.execute(
        "INSERT INTO owners (id, manager_id, estate_id, login, name) VALUES (1, 1, 1, ?, 'Anna')",
        [ANNA],
    )
    db.execute("INSERT INTO owner_phones VALUES (1, 0, 1, ?)", [ANNAS_PHONE])
    return db


# What it costs


def test_unknown_login_and_wrong_number_take_as_long(caller: Caller) -> None:
    def measure(login: str, first: int) -> float:
        times = []
        for number in range(first, first + 300):
            start = time.perf_counter()
            caller.types(login, f"+48600{number}")
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    known, unknown = measure(ANNA, 200_000), measure("999999", 300_000)
    assert 1 / 3 < known / unknown < 3


def test_absurd_logins_are_counted_for_the_number_only(caller: Caller) -> None:
    caller.types("1" * 200)
    assert rows(caller.db) == 1


def test_streaks_that_are_over_are_removed(sample: sqlite_utils.Database) -> None:
    streaks = Lockout(RULES)
    for number in range(20):
        streaks.count(sample, Source(Kind.NUMBER, str(number), True), NOW)
    streaks.clean(sample, NOW + timedelta(hours=1))
    assert rows(sample) == 20
    streaks.clean(sample, NOW + timedelta(hours=2))
    assert rows(sample) == 0


def test_a_flood_washes_no_long_streak_away(
    sample: sqlite_utils.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockout, "MOST_STREAKS", 50)
    caller = Caller(sample)
    caller.types("999999", times=3)
    with writing(sample):
        streaks = Lockout(RULES)
        for number in range(1200):
            streaks.count(
                sample, Source(Kind.NUMBER, f"+4860{number}", False), NOW + timedelta(minutes=1)
            )
        streaks.clean(sample, NOW)
    assert rows(sample) == 50
    assert caller.types(ANNA).verdict is Verdict.LOCKED


async def test_a_right_login_does_not_wait_for_an_import(sample: sqlite_utils.Database) -> None:
    """Nor for all those who have to be written down, and wait for it."""
    path = file_of(sample)
    async with Store(path, [infoline]) as store:
        login = Login(store.blocking, RULES)

        def check(owner: str, number: str) -> "asyncio.Task[LoginResult]":
            work = STORE.run(login.check, owner, number, now=NOW, asserted=True)
            return asyncio.create_task(work)

        with writing(sample):
            wrong = [check("999999", f"+48600{number:06}") for number in range(20)]
            async with asyncio.timeout(PATIENCE):
                assert (await check(ANNA, ANNAS_PHONE)).verdict is Verdict.ACCEPTED
            assert not any(one.done() for one in wrong)
        assert {one.verdict for one in await asyncio.gather(*wrong)} == {
            Verdict.REFUSED,
            Verdict.LOCKED,
        }
