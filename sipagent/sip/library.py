"""The gate to PJSIP: only a build that can do the job is let in."""

from sipagent.errors import SetupError

OLDEST = (2, 17)
"""Earlier versions lack the fixes of CVE-2026-41416 and CVE-2026-29068."""

_HOW = "build it with ./scripts/build-pjsua2"


def require(calls: int) -> None:
    """Check that pjsua2 is there, recent enough, and built for so many calls.

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
    if calls > build.MAX_CALLS:
        raise SetupError(
            f"sip.max_calls needs {calls} call slots with the reserve, and pjsua2 is built for "
            f"{build.MAX_CALLS}; lower sip.max_calls"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
