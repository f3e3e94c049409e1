"""What PJSIP calls: an exception there goes to the log, and the object that was called gives up."""

import functools
import re
from collections.abc import Callable, Mapping
from typing import ClassVar, Concatenate, ParamSpec, TypeVar, cast

import structlog

Object = TypeVar("Object", bound="Guarded")
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

#: pjsua2 calls its callbacks so.
_CALLBACK = re.compile(r"on[A-Z]")
log = structlog.get_logger(__name__)


class Guarded:
    """Base of the classes that PJSIP calls, to stand before the one of pjsua2.

    pjsua2 prints an exception of a callback to standard error, past the log, and goes on as if
    nothing had happened. So every callback of a derived class is ``guarded``, without a word.
    """

    #: What a callback that is asked something answers where it has failed, by its name: pjsua2 ends
    #: the process where it gets no answer.
    answers: ClassVar[Mapping[str, int]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, method in list(vars(cls).items()):
            if _CALLBACK.match(name):
                setattr(cls, name, guarded(method))

    def label(self) -> dict[str, str]:
        """Return what the log says of whom it is about."""
        return {}

    def give_up(self) -> None:
        """Do what is still to be done after something has failed; nothing, unless it is known."""


def guarded(
    method: Callable[Concatenate[Object, Arguments], Result],
) -> Callable[Concatenate[Object, Arguments], Result]:
    """Log an exception of a method, and let its object give up; callbacks are so by themselves."""

    @functools.wraps(method)
    def safe(self: Object, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        try:
            return method(self, *args, **kwargs)
        except Exception:
            log.exception("what PJSIP called failed", callback=method.__qualname__, **self.label())
            self.give_up()
            return cast(Result, self.answers.get(method.__name__))

    return safe
