"""Threads: no kind of work waits for another, and nobody waits for what may never end."""

import ast
import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import sipagent
from sipagent.threads import Overloaded, Threads
from tests.patience import PATIENCE

pytestmark = pytest.mark.unit

#: What would use the threads that asyncio keeps for everybody, or make a task without an owner.
_SHARED = {"to_thread", "run_in_executor", "getaddrinfo", "getnameinfo"}
_UNOWNED = {"create_task", "ensure_future"}


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    opened = threading.Event()
    yield opened
    opened.set()


async def until_begun(work: Threads, gate: threading.Event) -> "asyncio.Task[bool]":
    begun = threading.Event()

    def stuck() -> bool:
        begun.set()
        return gate.wait(30)

    task = asyncio.create_task(work.run(stuck))
    while not begun.is_set():
        await asyncio.sleep(0.001)
    return task


async def test_what_work_returns_and_raises_comes_back() -> None:
    work = Threads("test", 2, 2)
    assert await work.run(divmod, 7, 2) == (3, 1)
    assert await work.run(sorted, [1, 3, 2], reverse=True) == [3, 2, 1]
    assert (await work.run(threading.current_thread)).name.startswith("test-")
    with pytest.raises(ZeroDivisionError):
        await work.run(divmod, 1, 0)
    work.close()


async def test_one_kind_of_work_does_not_wait_for_another(gate: threading.Event) -> None:
    stuck, free = Threads("stuck", 1, 100), Threads("free", 1, 100)
    waiting = [await until_begun(stuck, gate)]
    waiting += [asyncio.create_task(stuck.run(gate.wait, 30)) for _ in range(50)]
    async with asyncio.timeout(PATIENCE):
        assert await free.run(divmod, 7, 2) == (3, 1)
    gate.set()
    assert all(await asyncio.gather(*waiting))


async def test_who_is_cancelled_goes_at_once_and_what_waits_is_never_done(
    gate: threading.Event,
) -> None:
    work = Threads("test", 1, 1)
    first = await until_begun(work, gate)
    done: list[int] = []
    second = asyncio.create_task(work.run(done.append, 1))
    await asyncio.sleep(0)
    for task in (second, first):
        task.cancel()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
    gate.set()
    await work.run(done.append, 2)
    assert done == [2]


async def test_more_than_may_wait_is_refused_at_once(gate: threading.Event) -> None:
    work = Threads("names", 1, 1)
    first = await until_begun(work, gate)
    second = asyncio.create_task(work.run(divmod, 7, 2))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="names"):
        await work.run(divmod, 7, 2)
    gate.set()
    assert await first
    assert await second == (3, 1)


async def test_what_is_being_done_can_be_waited_for(gate: threading.Event) -> None:
    work = Threads("test", 1, 1)
    task = await until_begun(work, gate)
    task.cancel()
    assert not await work.settled(0.01)
    threading.Timer(0.05, gate.set).start()
    assert await work.settled(30)
    assert gate.is_set()


def test_the_program_uses_no_shared_threads_and_leaves_no_task_alone() -> None:
    root = Path(sipagent.__file__).parent
    found = {
        f"{path.relative_to(root)}: {name}"
        for path in root.rglob("*.py")
        for name in _names(ast.parse(path.read_text("utf-8")))
    }
    assert found == {
        "tasks.py: create_task",
        # A task group waits for its tasks, and passes on what they fail with.
        "speech/speaker.py: group.create_task",
        # What a call waits for until it is over; see ``Lifetime.unless_over``.
        "sip/leg.py: ensure_future",
        "sip/keys.py: ensure_future",
        "sip/saying.py: ensure_future",
        "sip/endpoint.py: ensure_future",
        "cli/run.py: ensure_future",
        # These run in threads of ``sipagent.threads``.
        "sip/addresses.py: getaddrinfo",
        "sip/locate.py: getaddrinfo",
    }


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _SHARED | _UNOWNED:
            group = isinstance(node.value, ast.Name) and node.value.id == "group"
            yield f"group.{node.attr}" if group else node.attr
