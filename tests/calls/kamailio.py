"""Kamailio as a carrier: a registrar with digest authentication, and the proxy behind it."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

from tests.patience import PATIENCE
from tests.ports import port_of_ours

#: A carrier's own address on loopback, so that its calls are told apart from others.
HOST = "127.0.0.9"

CONFIG = """#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
socket_workers=1
auto_aliases=no
mlock_pages=no
shm_mem_size=16
enable_tls={tls}
{listen}
loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "xlog.so"
{modules}
modparam("auth", "algorithm", "{algorithm}")
modparam("usrloc", "db_mode", 0)
modparam("registrar", "min_expires", 1)

request_route {{
    xlog("L_NOTICE", "SEEN $rm $proto $si $ru\\n");
    {first}
    if (is_method("OPTIONS")) {{
        sl_send_reply("200", "OK");
        exit;
    }}
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("carrier.test", "{password}", "0")) {{
            www_challenge("carrier.test", "0");
            exit;
        }}
        save("location");
        exit;
    }}
    if (has_totag()) {{
        loose_route();
        t_relay();
        exit;
    }}
    if (is_method("CANCEL")) {{
        t_relay();
        exit;
    }}
    record_route();
    if (is_method("INVITE")) {{
        # Whatever number was called is the line's: the registrar knows one user only.
        $rU = "{user}";
        if (!lookup("location")) {{
            sl_send_reply("404", "Not here");
            exit;
        }}
        t_relay();
    }}
}}
"""


class Kamailio:
    """One Kamailio on loopback; its log has a line ``SEEN`` for each request.

    Args:
        folder: where it keeps its files.
        user: the only one that may register; all calls go there.
        algorithm: of the digest, MD5 or SHA-256.
        first: what its script does before anything else.
        transports: of ``udp``, ``tcp`` and ``tls``; the last one alone, with a ``certificate``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        user: str = "48221000000",
        password: str = "tajne",
        algorithm: str = "MD5",
        first: str = "",
        transports: tuple[str, ...] = ("udp", "tcp"),
        port: int = 0,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.port = port or port_of_ours()
        self.place = f"{HOST}:{self.port}"
        self.password = password
        self.log: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "kamailio.cfg"
        self._folder = folder
        modules = ""
        if certificate:
            tls = folder / "tls.cfg"
            chain, key = certificate
            tls.write_text(
                "[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\n"
                f"certificate = {chain}\nprivate_key = {key}\n"
                "[client:default]\nmethod = TLSv1.2+\nverify_certificate = no\n"
            )
            modules = f'loadmodule "tls.so"\nmodparam("tls", "config", "{tls}")'
        self._config.write_text(
            CONFIG.format(
                listen="\n".join(f"listen={name}:{HOST}:{self.port}" for name in transports),
                tls="yes" if certificate else "no",
                modules=modules,
                algorithm=algorithm,
                password=password,
                user=user,
                first=first,
            )
        )
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> "Kamailio":
        """Start it, and return once it listens."""
        program = shutil.which("kamailio") or "/usr/sbin/kamailio"
        run = self._folder / "run"
        run.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [program, "-f", str(self._config), "-DD", "-E", "-Y", str(run), "-n", "1"],
            stderr=subprocess.STDOUT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None, "\n".join(self.log[-20:])
            assert time.monotonic() < deadline, "\n".join(self.log[-20:])
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """End it with all its children, as a crash does."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, 9)
            self._process.wait()
            self._process = None

    def __enter__(self) -> "Kamailio":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.log.append(line.rstrip())

    def _answers(self) -> bool:
        """Whether the port is taken, which is when Kamailio has got it."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            return probe.connect_ex((HOST, self.port)) == 0
