"""Lines of TOML files: where a key stands, in tables of tables and arrays of them."""

from pathlib import Path

import pytest

from sipagent.errors import ConfigError
from sipagent.toml import Keys, line_of, read

pytestmark = pytest.mark.unit

FILE = """\
[line]
country = "PL"

[[trunk]]
name = "first"
[trunk.numbers]
"221000200" = "infolinia"

[[trunk]]
name = "second"
numbers."221000201" = "infolinia"
[trunk.numbers]
"221000200" = "infolinia"
[[trunk.way]]
host = "a"
[[trunk.way]]
host = "b"
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("line", "country"), 2),
        (("trunk", 0, "name"), 5),
        (("trunk", 0, "numbers", "221000200"), 7),
        (("trunk", 1, "numbers", "221000201"), 11),
        (("trunk", 1, "numbers", "221000200"), 13),
        (("trunk", 1, "numbers", "221000299"), 12),
        (("trunk", 1, "way", 1, "host"), 17),
        (("trunk", 1), 9),
        (("mail", "server"), None),
    ],
)
def test_the_line_of_a_key(tmp_path: Path, keys: Keys, line: int | None) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(FILE, "utf-8")
    assert line_of(path, keys) == line


def test_a_file_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.toml"
    path.write_text("a = " + "[" * 100_000)
    with pytest.raises(ConfigError, match=r"deep\.toml: its tables and lists are too deep"):
        read(path)
