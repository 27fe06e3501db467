# SPDX-License-Identifier: GPL-2.0-or-later
"""Charts as inline SVG: a title and a description for who can't see them, links for who wants more.

Pure functions of figures and texts. Lengths are shares of a fixed box, which the page stretches:
the only place where an amount becomes a float, and nothing is computed from it. The words at the
axes stand beside the drawing as text of the page, so that they can be read on a telephone, too.
Every text is escaped.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs
from markupsafe import Markup

WIDTH, BAR, GAP = 1000, 26, 2
HEIGHT, MARGIN = 200, 8
# What stands below the time axis at most, and how near each other.
TICKS_MAX = 7


@attrs.frozen
class Segment:
    """A part of a bar: what it is, how much, said in words, its colour class and where it leads."""

    label: str
    amount: Decimal
    text: str
    css: str
    href: str | None = None


@attrs.frozen
class Point:
    """A figure at a day, said in words, and where it leads; no figure is a gap in the line."""

    date: dt.date
    amount: Decimal | None
    text: str = ""
    href: str | None = None


@attrs.frozen
class Series:
    """A line through points, with its name and colour class.

    `steps` keep a value until the next day it changes; without `joined` there are only dots.
    """

    label: str
    css: str
    points: Sequence[Point]
    steps: bool = False
    joined: bool = True
    dots: bool = True


@attrs.frozen
class Scale:
    """The box of a chart: its days and its amounts."""

    first: dt.date
    last: dt.date
    lowest: Decimal
    highest: Decimal

    def across(self, day: dt.date) -> float:
        """How far to the right a day is, from 0 to 1."""
        return (day - self.first).days / ((self.last - self.first).days or 1)

    def place(self, day: dt.date, amount: Decimal) -> tuple[float, float]:
        """Where a figure stands in the box."""
        up = float((amount - self.lowest) / (self.highest - self.lowest))
        x = MARGIN + self.across(day) * (WIDTH - 2 * MARGIN)
        return x, HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN)


def name_of(*parts: str) -> str:
    """An id for a chart, the same each time and fit for an attribute whatever the parts hold."""
    return "ar-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _image(body: Iterable[Markup], title: str, description: str, height: int, name: str) -> Markup:
    """An image with a name; a reader's software says title and description."""
    return Markup(
        '<svg class="ar-chart ar-chart-{height}" role="img" viewBox="0 0 {width} {height}" '
        'preserveAspectRatio="none" aria-labelledby="{name}-t" aria-describedby="{name}-d">'
        '<title id="{name}-t">{title}</title>'
        '<desc id="{name}-d">{description}</desc>{body}</svg>'
    ).format(
        width=WIDTH,
        height=height,
        name=name,
        title=title,
        description=description,
        body=Markup("").join(body),
    )


def _linked(shape: Markup, href: str | None, text: str) -> Markup:
    if href is None:
        return shape
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(href, text, shape)


def stacked_bar(segments: Sequence[Segment], title: str, name: str) -> Markup:
    """One bar, its segments in order; nothing where there is nothing to show."""
    shown = [one for one in segments if one.amount > 0]
    total = sum((one.amount for one in shown), Decimal(0))
    if not total:
        return Markup("")
    body, left = [], Decimal(0)
    for one in shown:
        width = one.amount / total * WIDTH
        text = f"{one.label}: {one.text}"
        rect = Markup(
            '<rect class="{css}" x="{x:.2f}" y="0" width="{width:.2f}" height="{height}">'
            "<title>{text}</title></rect>"
        ).format(
            css=one.css,
            x=left,
            width=max(width - GAP, Decimal("0.5")),
            height=BAR,
            text=text,
        )
        body.append(_linked(rect, one.href, text))
        left += width
    description = "; ".join(f"{one.label}: {one.text}" for one in segments)
    # An image with links in it is a group: its parts must be reachable.
    drawn = _image(body, title, description, BAR, name)
    if any(one.href for one in shown):
        return drawn.replace(Markup('role="img"'), Markup('role="group"'), 1)
    return drawn


def lines(
    series: Sequence[Series], title: str, name: str, highest: str, lowest: str = ""
) -> Markup:
    """Series over time on one scale that has zero in it.

    `highest` and `lowest` are said beside the axis: what its ends mean.
    """
    known = [point for one in series for point in one.points if point.amount is not None]
    if len({point.date for point in known}) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup("")
    scale = scale_of(series)
    body = [_axis(scale)]
    for one in series:
        body.extend(_drawn(one, scale))
    drawn = _image(body, title, _described(series), HEIGHT, name)
    if any(point.href for point in known):
        drawn = drawn.replace(Markup('role="img"'), Markup('role="group"'), 1)
    return Markup(
        '<figure class="ar-figure"><span class="ar-end">{highest}</span>{drawn}'
        '<span class="ar-end">{lowest}</span><div class="ar-ticks" aria-hidden="true">{ticks}</div>'
        "</figure>"
    ).format(highest=highest, lowest=lowest, drawn=drawn, ticks=_ticks(scale))


def scale_of(series: Sequence[Series]) -> Scale:
    """The box that all points are in, with zero."""
    known = [
        (point.date, point.amount)
        for one in series
        for point in one.points
        if point.amount is not None
    ]
    days = [day for day, _ in known]
    lowest = min(Decimal(0), *(amount for _, amount in known))
    highest = max(Decimal(0), *(amount for _, amount in known))
    if highest == lowest:
        highest = lowest + 1
    return Scale(min(days), max(days), lowest, highest)


def _described(series: Sequence[Series]) -> str:
    return " ".join(
        f"{one.label}: "
        + ", ".join(f"{p.date} {p.text}" for p in one.points if p.amount is not None)
        + "."
        for one in series
    )


def _drawn(one: Series, scale: Scale) -> Iterable[Markup]:
    """The line of a series, in as many pieces as its gaps leave, and its dots."""
    if one.joined:
        for piece in _pieces(one.points):
            places = [scale.place(day, amount) for day, amount in piece]
            path = _steps(places) if one.steps else _straight(places)
            yield Markup('<path class="{}" d="{}" fill="none"/>').format(one.css, path)
    if not one.dots:
        return
    for point in one.points:
        if point.amount is not None:
            x, y = scale.place(point.date, point.amount)
            text = f"{one.label}, {point.date}: {point.text}"
            # A line of no length with a round end is a dot, however the box is stretched.
            dot = Markup(
                '<path class="{} ar-dot" d="M{:.1f},{:.1f} h0.01"><title>{}</title></path>'
            ).format(one.css, x, y, text)
            yield _linked(dot, point.href, text)


def _pieces(points: Sequence[Point]) -> Iterable[list[tuple[dt.date, Decimal]]]:
    piece: list[tuple[dt.date, Decimal]] = []
    for point in points:
        if point.amount is not None:
            piece.append((point.date, point.amount))
            continue
        if piece:
            # What holds until a gap begins is drawn up to there.
            yield [*piece, (point.date, piece[-1][1])]
        piece = []
    if piece:
        yield piece


def _axis(scale: Scale) -> Markup:
    _, zero = scale.place(scale.first, Decimal(0))
    return Markup('<line class="ar-axis" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
        0, WIDTH, zero, zero
    )


def _ticks(scale: Scale) -> Markup:
    """The months below the time axis, as many as there is room for; the last day at its end."""
    # Months are counted from year 0, for a date of the year 9999 has none after it.
    first, last = (day.year * 12 + day.month - 1 for day in (scale.first, scale.last))
    step = -(-(last - first + 1) // TICKS_MAX)
    months = (dt.date(at // 12, at % 12 + 1, 1) for at in range(first + step, last + 1, step))
    days = [scale.first, *months]
    # What is too near to the end would be written over it.
    shown = [day for day in days if scale.across(day) < 0.9]  # noqa: PLR2004
    ticks = [
        Markup('<span style="left:{:.1f}%">{}</span>').format(
            scale.across(day) * 100, f"{day:%Y-%m}" if scale.across(day) else f"{day}"
        )
        for day in shown
    ]
    ticks.append(Markup('<span class="ar-last">{}</span>').format(scale.last))
    return Markup("").join(ticks)


def _straight(places: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _steps(places: Sequence[tuple[float, float]]) -> str:
    start = f"M{places[0][0]:.1f},{places[0][1]:.1f}"
    return start + "".join(f" H{x:.1f} V{y:.1f}" for x, y in places[1:])
