"""Opening hours in words, by the clock of the desk's zone and as seen from its `now`."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import get_args
from zoneinfo import ZoneInfo

from chat import texts, wire


class Clock:
    """How one desk's times are told in one language."""

    def __init__(self, desk: wire.Desk, locale: str) -> None:
        self._desk, self._locale, self._zone = desk, locale, ZoneInfo(desk.zone)

    def zone(self) -> str:
        return texts.say(self._locale, "help.zone", zone=texts.zone_name(self._locale, self._desk.zone, self._desk.now))

    def when(self, at: datetime) -> str:
        """A moment to come, as today's, tomorrow's or of a day."""
        there = at.astimezone(self._zone)
        ahead = (there.date() - self._desk.now.astimezone(self._zone).date()).days
        time = f"{there:%H:%M}"
        if ahead in (0, 1):
            return texts.say(self._locale, "help.at_today" if ahead == 0 else "help.at_tomorrow", time=time)
        return texts.say(self._locale, "help.at_day", day=self._day(there), time=time)

    def _day(self, there: datetime) -> str:
        month = texts.say(self._locale, f"month.{there.month}")
        weekday = texts.say(self._locale, f"weekday.{there.weekday()}")
        return texts.say(self._locale, "help.day", month=month, day=there.day, weekday=weekday)

    def today(self, opening: wire.OpeningHours) -> str:
        if not opening.today:
            return texts.say(self._locale, "help.today_closed")
        return self._joined([self._stretch(each) for each in opening.today])

    def _stretch(self, stretch: wire.Stretch) -> str:
        opens, closes = stretch.opens.astimezone(self._zone), stretch.closes.astimezone(self._zone)
        if closes - opens >= timedelta(days=1):
            return texts.say(self._locale, "help.whole_day")
        return self._span(
            f"{opens:%H:%M}", f"{closes:%H:%M}", closes.date() > opens.date() and f"{closes:%H:%M}" != "00:00"
        )

    def _span(self, opens: str, closes: str, is_next_day: bool) -> str:
        if closes == "00:00":
            closes = "24:00"
        if is_next_day:
            closes = texts.say(self._locale, "help.next_day", time=closes)
        return texts.say(self._locale, "help.span", opens=opens, closes=closes)

    def weekly(self, opening: wire.OpeningHours) -> list[tuple[str, str]]:
        """Days that have the same hours, and these hours; days without any are left out."""
        runs = groupby(get_args(wire.Weekday), key=lambda day: opening.weekly.get(day))
        return [(self._days(list(days)), self._hours(hours)) for hours, days in runs if hours]

    def _days(self, codes: list[str]) -> str:
        if len(codes) == 7:
            return texts.say(self._locale, "help.every_day")
        names = [texts.say(self._locale, f"help.weekday.{code}") for code in codes]
        if len(names) < 3:
            return self._joined(names)
        return texts.say(self._locale, "help.days_range", first=names[0], last=names[-1])

    def _hours(self, pairs: wire.Hours) -> str:
        if [*pairs] == [["00:00", "24:00"]] or [*pairs] == [["00:00", "00:00"]]:
            return texts.say(self._locale, "help.whole_day")
        return self._joined([self._span(opens, closes, "00:00" < closes <= opens) for opens, closes in pairs])

    def _joined(self, parts: list[str]) -> str:
        return texts.say(self._locale, "help.list").join(parts)

    def status(self) -> str:
        desk = self._desk
        if desk.open:
            return texts.say(self._locale, "help.here" if desk.range else "help.away")
        return texts.say(self._locale, "help.emergency" if desk.rule == "emergency" else "help.closed")

    def why(self) -> list[str]:
        """The site's own words for today's hours, and the holiday they are for."""
        desk = self._desk
        holiday = (desk.holiday or {}).get(self._locale) if desk.rule in ("holiday", "makeup") else None
        if holiday and desk.rule == "makeup":
            holiday = texts.say(self._locale, "help.makeup", name=holiday)
        return [words for words in (holiday, desk.reason) if words]

    def way(self, opening: wire.OpeningHours) -> str:
        """Whether somebody is reached that way now, and until or from when."""
        if opening.open:
            if opening.closes_at is None:
                return texts.say(self._locale, "help.way_always")
            return texts.say(self._locale, "help.way_open", when=self.when(opening.closes_at))
        if opening.opens_at is None:
            return texts.say(self._locale, "help.way_shut")
        return texts.say(self._locale, "help.way_closed", when=self.when(opening.opens_at))

    def date(self, at: datetime) -> str:
        there = at.astimezone(self._zone)
        month = texts.say(self._locale, f"month.{there.month}")
        return texts.say(self._locale, "help.date", year=there.year, month=month, day=there.day)
