"""The wheel runs where there is no checkout: own settings in the working directory, as in one."""

import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.line

ROOT = Path(__file__).parents[1]
#: Seconds until the line has ended, at most.
ENDING = 180


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from what git knows of the checkout, without the network."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, source / name)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), str(source))
    (made,) = target.glob("sipagent-*.whl")
    return made


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment of its own; all that it needs is lent from here."""
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", str(venv)), check=True)
    pip("--python", str(venv / "bin/python"), "install", "--no-deps", "--no-index", str(wheel))
    (packages,) = venv.glob("lib/python*/site-packages")
    # A folder named in a .pth file is searched last; the .pth files in it, such as that of the
    # checkout, do not count.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"), "utf-8")
    return venv / "bin/sipagent"


@pytest.fixture(scope="module")
def package(program: Path) -> Path:
    (found,) = program.parents[1].glob("lib/python*/site-packages/sipagent")
    return found


@pytest.fixture(autouse=True)
def _nothing_is_written_into_the_package(package: Path) -> Iterator[None]:
    before = files(package)
    yield
    assert files(package) == before


def files(package: Path) -> set[Path]:
    return {p for p in package.rglob("*") if p.is_file() and p.suffix != ".pyc"}


def pip(*words: str) -> None:
    command = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *words)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run(program: Path, folder: Path, *words: str, typed: str = "") -> str:
    done = subprocess.run(
        (program, *words), cwd=folder, input=typed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_file_of_the_package_is_in_it(package: Path) -> None:
    listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "sipagent")
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    known = {Path(name).relative_to("sipagent") for name in names.split() if (ROOT / name).exists()}
    carried = {path.relative_to(package) for path in files(package)}
    assert known <= carried


def test_an_empty_folder_is_checked(program: Path, tmp_path: Path) -> None:
    assert "scenarios (infolinia, listening, ordering): good" in run(program, tmp_path, "check")


def test_both_polish_voices_are_in_it(program: Path, package: Path, tmp_path: Path) -> None:
    listed = run(program, tmp_path, "voices", "list")
    assert "pl_PL-natan-low" in listed
    assert "pl_PL-nela-low" in listed
    assert len(list((package / "share/voices").glob("*.onnx"))) == 2


def test_the_line_is_walked_with_the_owners_that_are_shipped(program: Path, tmp_path: Path) -> None:
    run(program, tmp_path, "owners", "import", "--sample")
    caller = ("--number", "+48600100101", "--login", "100001")
    walked = run(program, tmp_path, "simulate", *caller, typed="1\nh\n")
    assert "[balance]" in walked
    assert (tmp_path / "data/sipagent.db").exists()


def test_own_settings_and_prompts_win(program: Path, tmp_path: Path) -> None:
    (tmp_path / "local/prompts").mkdir(parents=True)
    (tmp_path / "local/agent.toml").write_text("[sip]\nport = 'x'\n", "utf-8")
    wrong = subprocess.run(
        (program, "check"), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "local/agent.toml:2: sip.port" in wrong.stderr
    (tmp_path / "local/agent.toml").write_text("[sip]\nport = 5070\n", "utf-8")
    (tmp_path / "local/prompts/pl.toml").write_text('greeting = "Witam."\n', "utf-8")
    assert "    + Witam." in run(program, tmp_path, "prompts", "diff").splitlines()


def test_a_service_is_planned(program: Path, package: Path, tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    plan = run(program, tmp_path, "install", "--dry-run", "--config", str(config))
    assert f"ExecStart={program.parent}/python -m sipagent run --config {config}" in plan
    assert f"Documentation=file:{package}/share/docs/operations.md" in plan
    assert f"would: write {config}" in plan


def test_it_opens_and_ends(program: Path, tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local/agent.toml").write_text(
        '[sip]\naddress = "127.0.0.1"\nport = 0\n[http]\nport = 0\n'
        "[transcription]\nenabled = false\n",
        "utf-8",
    )
    with subprocess.Popen(
        (program, "run"), cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as line:
        assert line.stderr is not None
        log = []
        for event in line.stderr:
            log.append(event)
            if "line open" in event:
                break
        else:
            pytest.fail("".join(log))
        line.send_signal(signal.SIGTERM)
        line.communicate(timeout=ENDING)
    assert line.returncode == 0
    assert (tmp_path / "data/cache").is_dir()
