"""scripts/*.lock has what pyproject.toml asks for, for each Python, with hashes and no address."""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUN = [*PROJECT["dependencies"], *EXTRAS["english"], *PYPROJECT["build-system"]["requires"]]
LOCKS = {
    "requirements.lock": RUN,
    "requirements-test.lock": [*RUN, *EXTRAS["test"]],
}
PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = ("x86_64", "aarch64")

both = pytest.mark.parametrize("name", LOCKS)


def entries(name: str) -> list[str]:
    """Return the pinned releases, each with its hashes and the comment on who wants it."""
    text = (ROOT / "scripts" / name).read_text("utf-8")
    return re.findall(r"^[a-z0-9][^\n]*(?:\n .*)+", text, re.MULTILINE)


def pinned(name: str, python: str = "3.11", machine: str = "x86_64") -> dict[str, str]:
    """Return the releases for a Python and a processor: name → version."""
    here = {
        "sys_platform": "linux",
        "platform_machine": machine,
        "implementation_name": "cpython",
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
    found: dict[str, str] = {}
    for entry in entries(name):
        one = Requirement(entry.partition(" \\\n")[0])
        if one.marker is None or one.marker.evaluate(here):
            assert one.name not in found, f"{one.name} is locked twice for Python {python}"
            (exactly,) = one.specifier
            assert exactly.operator == "=="
            found[one.name] = exactly.version
    return found


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@both
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", MACHINES)
def test_each_release_is_one_that_pyproject_allows(name: str, python: str, machine: str) -> None:
    locked = pinned(name, python, machine)
    for line in LOCKS[name]:
        wanted = Requirement(line)
        version = locked.get(normalised(wanted.name))
        assert version, f"{name} has no {wanted.name}: run scripts/lock"
        assert wanted.specifier.contains(version), f"{name}: {line}: run scripts/lock"


@both
def test_nothing_is_locked_that_pyproject_wants_no_more(name: str) -> None:
    wanted = {normalised(Requirement(line).name) for line in LOCKS[name]}
    for entry in entries(name):
        if re.search(r"via (?:.*\n *# +)*(?:sipagent \(pyproject\.toml\)|-r -)", entry):
            assert entry.partition("==")[0] in wanted, f"{name}: run scripts/lock"


@both
def test_each_file_is_known_by_its_hash_and_none_by_its_address(name: str) -> None:
    found = entries(name)
    assert len(found) > len(LOCKS[name])
    for entry in found:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry
    assert not re.search(r"://|--index|--find-links", "\n".join(found))


@pytest.mark.parametrize("python", PYTHONS)
def test_the_tests_run_on_what_the_line_runs_on(python: str) -> None:
    assert (
        pinned("requirements.lock", python).items()
        <= pinned("requirements-test.lock", python).items()
    )


def test_nothing_that_is_locked_needs_what_is_not() -> None:
    """So it is installed without looking for anything else."""
    locked = pinned("requirements-test.lock", "{}.{}".format(*sys.version_info))
    for name in locked:
        for line in metadata.requires(name) or ():
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                version = locked.get(normalised(wanted.name))
                assert version, f"{name} needs {wanted.name}: run scripts/lock"
                assert wanted.specifier.contains(version), f"{name} needs {line}: run scripts/lock"
