"""Rules, settings and expressions as Prometheus' own checker sees them."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.ops.test_deploy_files import RULES, expressions
from tests.patience import PATIENCE

pytestmark = pytest.mark.outside


@pytest.mark.parametrize(
    "words",
    [
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
        ("check", "config", "scrape.yml"),
    ],
    ids=" ".join,
)
def test_promtool_agrees(words: tuple[str, ...]) -> None:
    promtool(*words)


def test_promtool_takes_the_expressions_of_the_dashboard(tmp_path: Path) -> None:
    rules = "\n".join(
        f"      - record: a:b{number}\n        expr: {json.dumps(plain(text))}"
        for number, text in enumerate(expressions())
    )
    file = tmp_path / "rules.yml"
    file.write_text(f"groups:\n  - name: dashboard\n    rules:\n{rules}\n", "utf-8")
    promtool("check", "rules", str(file))


def promtool(*words: str) -> None:
    """Run Prometheus' own checker beside the rules (Debian: package prometheus)."""
    done = subprocess.run(
        ["promtool", *words],
        cwd=RULES.parent, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def plain(expression: str) -> str:
    """Return an expression of Grafana with its variables filled in."""
    return expression.replace("$__rate_interval", "1m").replace("$instance", ".*")
