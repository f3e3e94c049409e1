"""What can be asked of a running line, by name."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sipagent.errors import DataError, SetupError


class Wish(BaseModel):
    """What somebody asks for; unknown words are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(Wish):
    """No more than the name says."""


Asked = TypeVar("Asked", bound=Wish)


class Control(Generic[Asked]):
    """One thing that can be asked.

    Args:
        wish: what belongs to it.
        work: does it, and returns what JSON can carry; a ``SipAgentError`` refuses.
    """

    def __init__(self, wish: type[Asked], work: Callable[[Asked], Awaitable[object]]) -> None:
        self._wish = wish
        self._work = work

    async def __call__(self, name: str, wanted: Mapping[str, Any]) -> object:
        """Do what is wanted.

        Raises:
            DataError: it is not what belongs to it, and what is wrong.
            SipAgentError: whatever the work says.
        """
        try:
            wish = self._wish.model_validate(wanted)
        except ValidationError as error:
            wrong = error.errors()[0]
            where = ".".join(map(str, (name, *wrong["loc"])))
            raise DataError(f"{where}: {wrong['msg']}") from None
        return await self._work(wish)


#: ``subject.verb`` → what does it.
Controls = Mapping[str, Control[Any]]


async def done(controls: Controls, name: str, wanted: Mapping[str, Any]) -> object:
    """Do what a name stands for.

    Raises:
        SetupError: this line knows no such thing.
        SipAgentError: as ``Control``.
    """
    if name not in controls:
        raise SetupError(f"the running line does not know {name!r}; is it an older version?")
    return await controls[name](name, wanted)
