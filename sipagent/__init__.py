"""sipagent answers a telephone line: SIP by PJSIP, speech by Piper, scenarios by TOML files."""

__version__ = "0.1.0"
