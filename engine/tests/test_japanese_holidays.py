"""The computed holidays against the Cabinet Office's published lists."""

import datetime

import numpy as np
import pytest

from minori_engine.forecast.calendar_features import Calendar
from minori_engine.forecast.japanese_holidays import holidays_of

PUBLISHED = {
    2015: "1/1 1/12 2/11 3/21 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23",
    2019: "1/1 1/14 2/11 3/21 4/29 4/30 5/1 5/2 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 10/22 "
    "11/3 11/4 11/23",
    2020: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23",
    2021: "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23",
    2024: "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 11/3 11/4 "
    "11/23",
    2025: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
    2026: "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
}


@pytest.mark.parametrize("year", list(PUBLISHED))
def test_as_published(year: int) -> None:
    days = [datetime.date(year, *map(int, day.split("/"))) for day in PUBLISHED[year].split()]
    assert sorted(holidays_of(year)) == days


def test_a_column_of_the_calendar() -> None:
    days = (
        np.arange("2026-04-28", "2026-05-08", dtype="datetime64[D]").astype("datetime64[us]").astype(np.int64)
    )
    calendar = Calendar("D", 7, holidays=True)
    assert calendar.names[-1] == "holiday"
    assert calendar.past(days)[:, -1].tolist() == [0, 1, 0, 0, 0, 1, 1, 1, 1, 0]
    assert calendar.ahead(int(days[0]), 1)[0, -1] == 1, "known for the future, too"
    weeks = Calendar("W-SUN", 52, holidays=True)
    sunday = np.datetime64("2026-05-10", "us").astype(np.int64)
    assert weeks.past(np.array([sunday]))[0, -1] == 3, "the week up to its date: 4, 5 and 6 May"
    assert "holiday" not in Calendar("MS", 12, holidays=True).names
    assert "holiday" not in Calendar("D", 7).names
