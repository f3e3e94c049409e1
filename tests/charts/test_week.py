"""A week is drawn to scale, and told in words as well."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.charts.theme import DARK, LIGHT, Theme, contrast
from sipagent.charts.week import Day, Week, clock, week

pytestmark = pytest.mark.unit

SVG = "{http://www.w3.org/2000/svg}"
minutes = st.integers(0, 24 * 60)
stretches = st.lists(
    st.tuples(minutes, minutes).map(lambda pair: (min(pair), max(pair))), max_size=3
)
days = st.builds(Day, st.text(max_size=20), stretches, stretches, st.text(max_size=30))
weeks = st.builds(
    Week,
    st.text(),
    st.text(),
    st.lists(days, min_size=7, max_size=7),
    st.none() | st.tuples(st.integers(0, 6), st.integers(0, 24 * 60 - 1)),
)


def bars(svg: str) -> dict[str, tuple[float, float]]:
    """Return from where to where bars go, by what they say."""
    found = {}
    for one in ET.fromstring(svg).iter(f"{SVG}rect"):
        if len(one):
            x, width = float(one.attrib["x"]), float(one.attrib["width"])
            found[str(one[0].text)] = (x, x + width)
    return found


@given(chart=weeks)
def test_whatever_stands_in_it_is_a_drawing(chart: Week) -> None:
    root = ET.fromstring(week(chart))
    width, height = (float(size) for size in root.attrib["viewBox"].split()[2:])
    for one in root.iter(f"{SVG}rect"):
        x, y, wide, high = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        assert -0.1 <= x <= x + wide <= width + 0.1
        assert -0.1 <= y <= y + high <= height + 0.1
    assert root.attrib["role"] == "img"
    assert [one.tag for one in root[:2]] == [f"{SVG}title", f"{SVG}desc"]


def test_hours_are_as_long_as_they_last() -> None:
    drawn = bars(week(Week("Biuro", "", [Day("mon", [(480, 960)]), Day("tue", [(0, 1440)])])))
    (start, end), (first, last) = drawn["mon, 08:00–16:00"], drawn["tue, 00:00–24:00"]
    assert (end - start) * 3 == pytest.approx(last - first, abs=0.1)
    assert start - first == pytest.approx(end - start, abs=0.1)


def test_what_is_closed_all_the_same_is_crossed_out() -> None:
    plain = week(Week("Biuro", "", [Day("mon", [(480, 960)])]))
    shut = week(Week("Biuro", "", [Day("mon", [(480, 960)], [(600, 960)])]))
    lines = [len(list(ET.fromstring(svg).iter(f"{SVG}line"))) for svg in (plain, shut)]
    assert lines[0] < lines[1]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_times_can_be_read_on_the_bars(theme: Theme) -> None:
    assert contrast(theme.series[0], theme.ground) >= 4.5


def test_the_end_of_a_day_is_24() -> None:
    assert [clock(minute) for minute in (0, 485, 1440)] == ["00:00", "08:05", "24:00"]
