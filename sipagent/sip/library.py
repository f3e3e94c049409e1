"""The gate to PJSIP: only a build that can do the job is let in."""

from sipagent.errors import SetupError

OLDEST = (2, 17)
"""Earlier versions lack the fixes of CVE-2026-41416 and CVE-2026-29068."""

#: Call slots beyond max_calls, for calls that are being refused or are just ending.
RESERVE = 32
#: Of these, call slots that only calls for help may have.
HELP = 4

_HOW = "build it with ./scripts/build-pjsua2"


def require(max_calls: int) -> None:
    """Check that pjsua2 is there, recent enough, and built for so many calls and a reserve.

    To be called before any module that imports pjsua2 is imported.

    Raises:
        SetupError: it is not; the text says how to build it.
    """
    try:
        import pjsua2_build as build  # noqa: PLC0415  it may be missing, and that is the question
    except ImportError:
        raise SetupError(
            f"pjsua2 is missing, or is not the build that sipagent needs; {_HOW}"
        ) from None
    if _numbers(build.VERSION) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise SetupError(f"pjsua2 {build.VERSION} is too old, {wanted} is needed; {_HOW} --force")
    most = build.MAX_CALLS - RESERVE
    if max_calls > most:
        raise SetupError(
            f"sip.max_calls is {max_calls}, and this pjsua2 is built for {most}; lower it"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
