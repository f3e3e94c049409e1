"""Charts are drawings that every program reads, and nobody has to tell colours apart."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipagent.charts.bars import bars, stacked
from sipagent.charts.drawing import Drawing
from sipagent.charts.frame import WHOLE, Chart, Series, scale
from sipagent.charts.heat import Heat, heat
from sipagent.charts.lines import lines
from sipagent.charts.theme import DARK, LIGHT, STYLES, Texture, Theme, contrast

pytestmark = pytest.mark.unit

SVG = "{http://www.w3.org/2000/svg}"
KINDS = [bars, stacked, lines]
both = pytest.mark.parametrize("theme", [LIGHT, DARK])
each = pytest.mark.parametrize("kind", KINDS)

values = st.none() | st.floats(0, 1e6)
charts = st.integers(0, 40).flatmap(
    lambda length: st.builds(
        Chart,
        title=st.text(),
        description=st.text(),
        categories=st.lists(st.text(max_size=20), min_size=length, max_size=length),
        series=st.lists(
            st.builds(
                Series,
                name=st.text(max_size=30),
                values=st.lists(values, min_size=length, max_size=length),
            ),
            max_size=len(STYLES),
        ),
        most=st.sampled_from([0.0, 1.0]),
        clock=st.booleans(),
    )
)


def chart(*series: list[float | None], names: str = "abc") -> Chart:
    found = [Series(f"series {number}", one) for number, one in enumerate(series)]
    return Chart("Calls", "Some calls", list(names[: len(series[0])]), found)


def boxes(svg: str) -> list[dict[str, str]]:
    """Return the bars, which are the boxes that say what they are."""
    return [one.attrib for one in ET.fromstring(svg).iter(f"{SVG}rect") if len(one)]


@each
@given(chart=charts)
def test_whatever_stands_in_it_is_a_drawing(kind: Callable[..., str], chart: Chart) -> None:
    """Names that strangers have sent are texts, and all that is drawn is inside."""
    root = ET.fromstring(kind(chart, (680, 240)))
    for one in root.iter(f"{SVG}rect"):
        x, y, width, height = (float(one.attrib[name]) for name in ("x", "y", "width", "height"))
        assert -0.1 <= x <= x + width <= 680.1
        assert height >= 0
        assert y + height <= 240.1
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        *("svg", "title", "desc", "rect", "line", "path", "text"),
    }


@each
@both
def test_a_screen_reader_is_told_what_it_shows(kind: Callable[..., str], theme: Theme) -> None:
    root = ET.fromstring(kind(chart([1, 2, 3]), theme=theme))
    assert root.attrib["role"] == "img"
    assert [root[0].tag, root[0].text] == [f"{SVG}title", "Calls"]
    assert [root[1].tag, root[1].text] == [f"{SVG}desc", "Some calls"]
    hints = [one.text for one in root.iter(f"{SVG}title")][1:]
    assert sorted(map(str, hints)) == ["a, series 0: 1", "b, series 0: 2", "c, series 0: 3"]


@both
def test_colours_are_seen_on_their_ground(theme: Theme) -> None:
    """WCAG 2.2: 4.5:1 for texts, 3:1 for what else has to be seen."""
    assert contrast(theme.ink, theme.ground) >= 4.5
    assert contrast(theme.quiet, theme.ground) >= 4.5
    assert len(theme.series) == len(STYLES)
    assert all(contrast(one, theme.ground) >= 3 for one in theme.series)
    assert all(
        contrast(less, theme.ground) < contrast(more, theme.ground)
        for less, more in pairwise(theme.heat)
    )
    for shade in theme.heat:
        assert max(contrast(theme.ink, shade), contrast(theme.ground, shade)) >= 4.5


def test_series_differ_without_their_colours() -> None:
    assert len({style.texture for style in STYLES}) == len(STYLES)
    assert len({style.marker for style in STYLES}) == len(STYLES)
    assert len({style.dash for style in STYLES}) == len(STYLES)


def test_bars_are_as_high_as_their_values() -> None:
    one, two, four = (float(box["height"]) for box in boxes(bars(chart([1, 2, 4]))))
    assert [two, four] == pytest.approx([2 * one, 4 * one], abs=0.05)


def test_stacked_bars_stand_on_each_other() -> None:
    low, high = boxes(stacked(chart([1], [3])))
    assert float(high["y"]) + float(high["height"]) == pytest.approx(float(low["y"]), abs=0.02)
    assert float(high["height"]) == pytest.approx(3 * float(low["height"]), abs=0.05)


def test_a_line_is_broken_where_there_is_no_value() -> None:
    root = ET.fromstring(lines(chart([1, 2, None, 3, 4], names="abcde")))
    drawn = [one for one in root.iter(f"{SVG}path") if "stroke" in one.attrib]
    assert [one.attrib["d"].count("L") for one in drawn] == [1, 1]


def test_a_heat_map_has_its_figures_in_it() -> None:
    drawn = heat(Heat("Hours", "", ["Mon", "Tue"], ["08", "09"], [[0, 7], [70, 35]]))
    root = ET.fromstring(drawn)
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert texts == ["Hours", "Mon", "7", "Tue", "70", "35", "08", "09"]
    shades = [box["fill"] for box in boxes(drawn)]
    assert shades[0] == LIGHT.heat[0]
    assert [shades[2], shades[1]] == [LIGHT.heat[-1], LIGHT.heat[1]]


@given(st.text(), st.lists(st.lists(st.integers(0, 10**6), min_size=3, max_size=3), max_size=7))
def test_any_heat_map_is_a_drawing(name: str, rows: list[list[int]]) -> None:
    ET.fromstring(heat(Heat(name, name, [name] * len(rows), ["a", name, "c"], rows), theme=DARK))


@given(st.floats(0, 1e9), st.booleans())
def test_a_scale_has_few_round_figures_and_room_for_all(highest: float, clock: bool) -> None:
    found = scale(highest, clock=clock)
    assert found[0] == 0
    assert highest <= found[-1] * (1 + 1e-9)
    assert 2 <= len(found) <= 6
    assert all(one < two for one, two in pairwise(found))


@pytest.mark.parametrize(
    ("highest", "clock", "scale_"),
    [
        (7, False, [0, 2, 4, 6, 8]),
        (1.0, False, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, False, [0, 1]),
        (130, True, [0, 30, 60, 90, 120, 150]),
        (4000, True, [0, 900, 1800, 2700, 3600, 4500]),
        (90_000, True, [0, 18_000, 36_000, 54_000, 72_000, 90_000]),
    ],
)
def test_scales(highest: float, clock: bool, scale_: list[float]) -> None:
    assert scale(highest, clock=clock) == pytest.approx(scale_)


@given(st.sampled_from(Texture), st.floats(0, 300), st.floats(0, 300))
def test_a_texture_stays_within_its_area(texture: Texture, width: float, height: float) -> None:
    drawing = Drawing("", "", 400, 400)
    drawing.texture(10, 20, width, height, texture)
    for one in ET.fromstring(drawing.svg()).iter(f"{SVG}line"):
        for name, low, high in (("x", 10, 10 + width), ("y", 20, 20 + height)):
            for end in "12":
                assert low - 0.01 <= float(one.attrib[name + end]) <= high + 0.01


def test_what_no_chart_can_show_is_refused() -> None:
    seven: list[list[float | None]] = [[1.0]] * 7
    with pytest.raises(ValueError, match="6 series at the most: Calls"):
        chart(*seven)
    with pytest.raises(ValueError, match="a value for each category: Calls"):
        Chart("Calls", "", ["a"], [Series("x", [1, 2])])


@pytest.mark.parametrize("highest", [0, 1, 3, 5, 7, 40])
def test_a_scale_of_counts_has_whole_steps(highest: int) -> None:
    assert all(tick == int(tick) for tick in scale(max(highest, WHOLE)))
