"""Dashboard and alerts speak of metrics that there are, in expressions that Prometheus takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sipagent.config import HttpSection
from sipagent.ops.metrics import Metrics

pytestmark = pytest.mark.unit

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus/alerts.yml"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/sipagent.json").read_text("utf-8"))

_METRIC = re.compile(r"\b(?:sipagent|process)_\w+")
#: Columns of Grafana's grid.
_WIDTH = 24


def known() -> set[str]:
    """Return the names of all samples that a scrape may hold."""
    names = set()
    for family in Metrics().registry.collect():
        ends = {
            "counter": ("_total",),
            "histogram": ("_bucket", "_count", "_sum"),
        }.get(family.type, ("",))
        names |= {family.name + end for end in ends}
    return names


def expressions() -> list[str]:
    return [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]


def test_the_dashboard_shows_metrics_that_there_are() -> None:
    asked = {name for text in expressions() for name in _METRIC.findall(text)}
    assert len(asked) > 15
    assert asked <= known()
    assert known() & asked >= {name for name in known() if name.endswith("_bucket")} - {
        "sipagent_call_duration_seconds_bucket"
    }


def test_the_panels_fit_and_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < _WIDTH
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


def test_the_dashboard_works_with_any_data_source() -> None:
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource", "instance"}
    for panel in DASHBOARD["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert all('instance=~"$instance"' in target["expr"] for target in panel["targets"])


def test_the_alerts_ask_for_metrics_that_there_are() -> None:
    text = re.sub(r"^\s*(summary|description):.*$", "", RULES.read_text("utf-8"), flags=re.M)
    asked = set(_METRIC.findall(text))
    assert len(asked) > 8
    assert asked <= known()


def test_each_alert_is_explained_and_tested() -> None:
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text("utf-8"))
    manual = (DEPLOY.parent / "docs/monitoring.md").read_text("utf-8")
    tests = RULES.with_name("alerts_test.yml").read_text("utf-8")
    assert len(alerts) > 8
    for alert in alerts:
        assert f"`{alert}`" in manual
        assert f'alertname="{alert}"' in tests, f"nothing shows that {alert} fires"
        assert f"alertname: {alert}," in tests, f"nothing shows that {alert} keeps quiet"


def test_the_example_asks_the_default_port() -> None:
    scrape = (DEPLOY / "prometheus/scrape.yml").read_text("utf-8")
    settings = HttpSection()
    assert f'targets: ["{settings.address}:{settings.port}"]' in scrape
