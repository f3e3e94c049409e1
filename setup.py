"""Packaging of sipagent: what is shipped in folders of its own goes into the wheel.

Everything else of it stands in pyproject.toml.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

#: What ``sipagent.shipped`` looks for, in a checkout and in the package alike.
SHIPPED = ("agent.toml", "data/prompts", "data/sample", "data/scenarios", "docs", "voices")


class Build(build_py):  # type: ignore[misc]  # setuptools has no types
    """Copy the shipped files into the package; an editable install finds them in the checkout."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for name in SHIPPED:
            target = Path(self.build_lib, "sipagent/share", name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if Path(name).is_dir():
                shutil.copytree(name, target, dirs_exist_ok=True)
            else:
                shutil.copyfile(name, target)


setup(cmdclass={"build_py": Build})
