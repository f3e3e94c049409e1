"""Where the files are that are shipped with sipagent, and never written.

In a checkout they stand in its folders of the same names; a wheel carries them inside the package,
where ``setup.py`` puts them.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CARRIED = _PACKAGE / "share"

#: Whether this is an installed package, not a checkout.
INSTALLED = _CARRIED.is_dir()
ROOT = _CARRIED if INSTALLED else _PACKAGE.parent

#: The manual of all settings, each with its default.
AGENT_TOML = ROOT / "agent.toml"
PROMPTS = ROOT / "data/prompts"
#: Owners to try the line with.
SAMPLE = ROOT / "data/sample"
SCENARIOS = ROOT / "data/scenarios"
VOICES = ROOT / "voices"
