"""sipagent answers a telephone line: SIP by PJSIP, speech by Piper, scenarios by TOML files."""

import os

# onnxruntime brings a client for telemetry; nothing leaves this machine unasked.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.2.0"
