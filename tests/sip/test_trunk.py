"""What a trunk decides, with a carrier that only remembers."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from sipagent.config import TrunkSection
from sipagent.errors import CallError, SetupError
from sipagent.sip import trunk as module
from sipagent.sip.locate import Server, Unlocated
from sipagent.sip.trunk import Answer, State, Trunk
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

FIRST = Server("sip.example.com", "192.0.2.1", 5060, "udp")
SECOND = Server("sip.example.com", "192.0.2.2", 5060, "udp")
THIRD = Server("sip.example.com", "192.0.2.3", 5060, "udp")
OK = Answer(200, "OK", 300)


class FakeCarrier:
    """Answers as it is told, server by server."""

    def __init__(self) -> None:
        self.trunk: Trunk | None = None
        self.sent: list[str] = []
        self.at = FIRST
        self.answers: dict[Server, Answer | None] = {FIRST: OK, SECOND: OK, THIRD: OK}
        self.deaf: set[Server] = set()
        self.refuses_to_send = False
        self.trouble: Exception | None = None
        self.on_sent: Callable[[], None] = lambda: None

    def _send(self, text: str) -> None:
        self.sent.append(text)
        self.on_sent()

    async def use(self, server: Server) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.at = server

    async def register(self) -> None:
        if self.refuses_to_send:
            raise CallError("no transport")
        self._send(f"register {self.at}")
        answer = self.answers[self.at]
        if answer is not None and self.trunk is not None:
            asyncio.get_running_loop().call_soon(self.trunk.answered, answer)

    async def unregister(self) -> None:
        self._send("unregister")
        if self.trunk is not None:
            asyncio.get_running_loop().call_soon(self.trunk.answered, Answer(200, "OK", 0))

    async def leave(self) -> None:
        if self.trouble is not None:
            raise self.trouble
        self._send("leave")

    async def ping(self, server: Server) -> bool:
        self._send(f"ping {server}")
        await asyncio.sleep(0)
        return server not in self.deaf


class Bench:
    """A trunk that runs, and whoever waits for what it becomes."""

    def __init__(self, **settings: object) -> None:
        section = TrunkSection.model_validate(
            {"name": "carrier", "registrar": "sip:sip.example.com", "user": "4822", **settings}
        )
        self.carrier = FakeCarrier()
        self.servers: list[Server] | None = [FIRST]
        self.states: list[tuple[State, str]] = []
        self._changed = asyncio.Event()
        self.trunk = Trunk(section, self.carrier, self._locate, self._take)
        self.carrier.trunk = self.trunk
        self.carrier.on_sent = self._changed.set
        self.task = asyncio.create_task(self.trunk.run())

    async def _locate(self) -> list[Server]:
        if self.servers is None:
            raise Unlocated("no address is known for sip.example.com")
        return self.servers

    def _take(self, state: module.TrunkState) -> None:
        self.states.append((state.state, state.server))
        self._changed.set()

    async def until(self, state: State, server: str = "") -> None:
        await self.when(lambda: (now := self.trunk.state).state is state and server in now.server)

    async def when(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[..., Bench]]:
    monkeypatch.setattr(module, "_SOON", 0.002)
    monkeypatch.setattr(module, "_REFUSED_SOON", 0.004)
    monkeypatch.setattr(module, "_ANSWER", 0.02)
    monkeypatch.setattr(module, "_LAST_ANSWER", 0.05)
    made: list[Bench] = []

    def make(**settings: object) -> Bench:
        made.append(Bench(**settings))
        return made[-1]

    yield make
    for one in made:
        one.task.cancel()
        await asyncio.gather(one.task, return_exceptions=True)


Make = Callable[..., Bench]


async def test_it_registers_and_says_so(bench: Make) -> None:
    one = bench()
    await one.until(State.REGISTERED, "192.0.2.1:5060")
    state = one.trunk.state
    assert (state.up, state.expires, state.reason) == (True, 300, "")
    assert [name for name, _ in one.states] == [State.TRYING, State.REGISTERED]


async def test_it_renews_before_the_registration_ends(bench: Make) -> None:
    one = bench(ping=0)
    one.carrier.answers[FIRST] = Answer(200, "OK", 1)
    await one.when(lambda: len(one.carrier.sent) >= 2)
    assert one.carrier.sent == ["register 192.0.2.1:5060"] * 2
    assert State.FAILED not in [name for name, _ in one.states]


@pytest.mark.parametrize("code", [401, 403, 404, 408, 500, 503, 600])
async def test_it_never_gives_up(bench: Make, code: int) -> None:
    """PJSIP itself stops for ever after 403 and 404, and is silent after a loop of 401."""
    one = bench()
    one.carrier.answers[FIRST] = Answer(code, "No")
    await one.when(lambda: len(one.carrier.sent) >= 3)
    assert one.trunk.state.reason in (f"{code} No", "")
    one.carrier.answers[FIRST] = OK
    await one.until(State.REGISTERED)


async def test_silence_of_pjsip_is_noticed(bench: Make) -> None:
    one = bench()
    one.carrier.answers[FIRST] = None
    await one.until(State.FAILED)
    assert one.trunk.state.reason == "no answer"
    one.carrier.answers[FIRST] = OK
    await one.until(State.REGISTERED)


async def test_a_name_without_address_is_asked_for_again(bench: Make) -> None:
    one = bench()
    one.servers = None
    await one.until(State.FAILED)
    assert "sip.example.com" in one.trunk.state.reason
    one.servers = [FIRST]
    await one.until(State.REGISTERED)


async def test_what_cannot_be_sent_is_tried_again(bench: Make) -> None:
    one = bench()
    one.carrier.refuses_to_send = True
    await one.until(State.FAILED)
    assert one.trunk.state.reason == "no transport"
    one.carrier.refuses_to_send = False
    await one.until(State.REGISTERED)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (SetupError("the password in p cannot be read"), "the password in p cannot be read"),
        (RuntimeError("surprise"), "RuntimeError: surprise"),
    ],
)
async def test_whatever_goes_wrong_is_told_and_tried_again(
    bench: Make, trouble: Exception, reason: str
) -> None:
    """A password file that could not be read at failover once ended the task without a word."""
    one = bench()
    one.carrier.trouble = trouble
    await one.until(State.FAILED)
    assert one.trunk.state.reason == reason
    one.carrier.trouble = None
    await one.until(State.REGISTERED)


async def test_a_password_that_is_gone_does_not_keep_it_from_stopping(bench: Make) -> None:
    one = bench()
    await one.until(State.REGISTERED)
    one.carrier.trouble = SetupError("the password in p cannot be read")
    one.task.cancel()
    await one.trunk.stop("the line is closed")
    assert one.carrier.sent[-1] == "unregister"
    assert not one.trunk.state.up


def moved(place: str) -> Answer:
    return Answer(302, "Moved Temporarily", moved=f"sip:4822@{place}")


async def test_a_registrar_sends_it_to_another_of_its_servers(bench: Make) -> None:
    """There it stays, although the one that it prefers otherwise answers OPTIONS."""
    one = bench(ping=1)
    one.servers = [FIRST, SECOND, THIRD]
    one.carrier.answers[FIRST] = moved("192.0.2.3")
    await one.until(State.REGISTERED, "192.0.2.3:5060")
    one.trunk.poke()
    await one.when(lambda: "ping 192.0.2.3:5060" in one.carrier.sent)
    assert one.carrier.sent == [
        "register 192.0.2.1:5060",
        "register 192.0.2.3:5060",
        "register 192.0.2.3:5060",
        "ping 192.0.2.3:5060",
    ]


async def test_a_registrar_cannot_send_it_to_a_stranger(bench: Make) -> None:
    one = bench()
    one.carrier.answers[FIRST] = moved("203.0.113.9")
    await one.until(State.FAILED)
    assert one.trunk.state.reason == (
        "302 Moved Temporarily to sip:4822@203.0.113.9, which is no server of this trunk"
    )
    assert set(one.carrier.sent) == {"register 192.0.2.1:5060"}


async def test_registrars_that_send_it_in_circles_are_left(bench: Make) -> None:
    one = bench()
    one.servers = [FIRST, SECOND]
    one.carrier.answers = {FIRST: moved("192.0.2.2"), SECOND: moved("192.0.2.1")}
    await one.until(State.FAILED)
    assert "302 Moved Temporarily" in one.trunk.state.reason
    one.carrier.answers = {FIRST: OK, SECOND: OK}
    await one.until(State.REGISTERED)


async def test_the_next_server_takes_over(bench: Make) -> None:
    one = bench()
    one.servers = [FIRST, SECOND]
    one.carrier.answers[FIRST] = None
    await one.until(State.REGISTERED, "192.0.2.2:5060")
    assert State.FAILED not in [name for name, _ in one.states]


async def test_it_returns_to_the_server_that_it_prefers(
    bench: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = bench(ping=1)
    one.servers = [FIRST, SECOND]
    one.carrier.answers[FIRST] = None
    one.carrier.deaf.add(FIRST)
    await one.until(State.REGISTERED, "192.0.2.2:5060")
    one.carrier.answers[FIRST] = OK
    one.carrier.deaf.clear()
    one.trunk.poke()
    await one.until(State.REGISTERED, "192.0.2.1:5060")
    assert State.FAILED not in [name for name, _ in one.states]


async def test_a_server_that_answers_no_options_is_lost(bench: Make) -> None:
    one = bench(ping=1)
    one.servers = [FIRST, SECOND]
    await one.until(State.REGISTERED, "192.0.2.1:5060")
    one.carrier.deaf.add(FIRST)
    one.trunk.poke()
    await one.when(lambda: one.carrier.sent.count("ping 192.0.2.1:5060") >= 1)
    one.trunk.poke()
    await one.until(State.REGISTERED, "192.0.2.2:5060")


async def test_a_lost_registration_is_noticed_at_once(bench: Make) -> None:
    """PJSIP tells of a registration that ended without being asked, as after a dead connection."""
    one = bench(ping=0)
    await one.until(State.REGISTERED)
    one.trunk.answered(Answer(503, "Transport gone"))
    await one.when(lambda: len(one.carrier.sent) == 2)
    await one.until(State.REGISTERED)


async def test_a_new_address_ends_the_wait(bench: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SOON", 3600.0)
    monkeypatch.setattr(module, "_LATER", 3600.0)
    one = bench()
    one.carrier.answers[FIRST] = Answer(408, "Request Timeout")
    await one.until(State.FAILED)
    one.carrier.answers[FIRST] = OK
    one.trunk.moved()
    await one.until(State.REGISTERED)


async def test_a_new_address_is_told_to_the_registrar_at_once(bench: Make) -> None:
    one = bench(ping=0)
    await one.until(State.REGISTERED)
    one.trunk.moved()
    await one.when(lambda: len(one.carrier.sent) == 2)


async def test_a_lost_connection_does_not_hurry_a_trunk_that_failed(
    bench: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every failed try, which ends a connection, would be the reason for the next one."""
    monkeypatch.setattr(module, "_REFUSED_SOON", 3600.0)
    one = bench()
    one.carrier.answers[FIRST] = Answer(403, "Forbidden")
    await one.until(State.FAILED)
    one.trunk.poke()
    one.trunk.answered(Answer(403, "Forbidden"))
    await asyncio.sleep(0.02)
    assert len(one.carrier.sent) == 1


async def test_a_trunk_without_registration_is_asked_with_options(bench: Make) -> None:
    one = bench(register=False)
    await one.until(State.STATIC, "192.0.2.1:5060")
    assert one.carrier.sent == ["ping 192.0.2.1:5060"]
    assert one.trunk.state.up


async def test_a_trunk_without_registration_and_options_is_simply_there(bench: Make) -> None:
    one = bench(register=False, ping=0)
    await one.until(State.STATIC)
    assert one.carrier.sent == []


async def test_a_deaf_trunk_without_registration_is_down(bench: Make) -> None:
    one = bench(register=False)
    one.carrier.deaf.add(FIRST)
    await one.until(State.FAILED)
    assert not one.trunk.state.up
    one.carrier.deaf.clear()
    await one.until(State.STATIC)


async def test_at_the_end_the_registration_is_taken_back(bench: Make) -> None:
    one = bench()
    await one.until(State.REGISTERED)
    one.task.cancel()
    await one.trunk.stop("the line is closed")
    assert one.carrier.sent[-2:] == ["unregister", "leave"]
    assert one.trunk.state.state is State.UNREGISTERED


def waits(code: int, retry_after: float = 0.0) -> list[float]:
    section = TrunkSection(name="a", registrar="sip:b", user="c")
    one = Trunk.__new__(Trunk)
    one._section, one._failures = section, 0
    return [one._wait(Answer(code, "", 0, retry_after)) for _ in range(14)]


def test_waits_grow_and_are_never_the_same_for_two() -> None:
    ours = waits(408)
    assert all(0.5 * 2 ** (n + 1) <= wait <= 2 ** (n + 1) for n, wait in enumerate(ours[:6]))
    assert 60 <= ours[-1] <= 120
    assert len({waits(408)[3] for _ in range(20)}) > 10


def test_a_refusal_is_not_asked_again_at_once() -> None:
    assert waits(403)[0] >= 15
    assert 900 <= waits(403)[-1] <= 1800


def test_the_patience_that_a_registrar_asks_for_is_had() -> None:
    assert waits(503, 77)[0] == 77
    assert waits(503, 1e9)[0] == 3600
