"""Charts: axes hold their values, labels stand in their slots, lines break where nothing is known."""

from __future__ import annotations

import pytest

from dashboards import charts
from dashboards.charts import Bar


@pytest.mark.parametrize(("highest", "top"), [(0, 4), (1, 4), (4, 4), (5, 8), (22, 24), (97, 120), (1234, 1600)])
def test_an_axis_holds_its_highest_value_with_little_room_above(highest: float, top: float) -> None:
    axis = charts.axis(highest, charts.COUNTS, str)
    assert (axis.top, axis.labels[0], axis.labels[-1]) == (top, str(top), "0")
    assert len(axis.labels) == charts.LINES + 1


def test_columns_of_a_part_stand_side_by_side_inside_its_slot() -> None:
    scale = charts.axis(10, charts.COUNTS, str)
    two = (Bar((("", 6.0, "six"),)), Bar((("done", 5.0, "five"), ("bad", 3.0, "three"))))
    first, second, third, *_ = charts.columns([two, two, two], scale)
    slot = charts.WIDTH / 3
    assert 0 < first.x < first.x + first.width <= second.x < second.x + second.width < slot
    assert first.y + first.height == charts.HEIGHT
    assert third.y + third.height == second.y  # stacked
    assert second.height == pytest.approx(charts.HEIGHT * 5 / scale.top, abs=0.1)


def test_nothing_is_drawn_for_nothing() -> None:
    assert charts.columns([(Bar((("", 0.0, "none"),)),)], charts.axis(0, charts.COUNTS, str)) == ()


def test_a_line_breaks_where_there_is_no_value_and_a_lone_point_is_seen() -> None:
    scale = charts.axis(10, charts.COUNTS, str)
    drawn = charts.line("p50", [1.0, 2.0, None, 3.0, None, None], scale)
    assert [len(line.points.split()) for line in drawn] == [2, 2]
    assert charts.line("p50", [None, None], scale) == ()


def test_a_band_reaches_from_edge_to_edge() -> None:
    points = charts.band("work", [1.0, 4.0], charts.axis(4, charts.COUNTS, str)).points.split()
    assert points[0].startswith("0.0,")
    assert points[-2:] == ["1200.0,200.0", "0.0,200.0"]


@pytest.mark.parametrize(("count", "said"), [(7, 7), (13, 4), (30, 6), (90, 6)])
def test_there_are_as_many_labels_as_fit(count: int, said: int) -> None:
    labels = charts.labels([f"day {nth}" for nth in range(count)])
    assert len(labels) == count
    assert sum(bool(label) for label in labels) == said
    assert labels[0] == "day 0"
