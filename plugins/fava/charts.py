# SPDX-License-Identifier: GPL-2.0-or-later
"""Charts as inline SVG: a title and a description for who can't see them, links for who wants more.

Pure functions of figures and texts. Lengths are shares of a fixed box: the only place where an
amount becomes a float, and nothing is computed from it. Every text is escaped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

import attrs
from markupsafe import Markup

WIDTH, BAR, GAP = 1000, 26, 2
HEIGHT = 220
# The part of the box that the labels of the axes need.
LEFT, BOTTOM, TOP = 8, 24, 10


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
    """A figure at a day, said in words."""

    date: dt.date
    amount: Decimal
    text: str


@attrs.frozen
class Series:
    """A line or area through points, with its name and colour class."""

    label: str
    css: str
    points: Sequence[Point]
    steps: bool = False


def _frame(body: Iterable[Markup], title: str, description: str, height: int, name: str) -> Markup:
    """An image with a name; a reader's software says title and description."""
    return Markup(
        '<svg class="ar-chart" role="img" viewBox="0 0 {width} {height}" '
        'preserveAspectRatio="none" aria-labelledby="{name}-t {name}-d">'
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


def stacked_bar(segments: Sequence[Segment], title: str, name: str) -> Markup:
    """One bar, its segments in order; nothing where there is nothing to show."""
    shown = [one for one in segments if one.amount > 0]
    total = sum((one.amount for one in shown), Decimal(0))
    if not total:
        return Markup("")
    body, left = [], Decimal(0)
    for one in shown:
        width = one.amount / total * WIDTH
        rect = Markup(
            '<rect class="{css}" x="{x:.2f}" y="0" width="{width:.2f}" height="{height}">'
            "<title>{text}</title></rect>"
        ).format(
            css=one.css,
            x=left,
            width=max(width - GAP, Decimal("0.5")),
            height=BAR,
            text=f"{one.label}: {one.text}",
        )
        if one.href is not None:
            rect = Markup('<a href="{}" aria-label="{}">{}</a>').format(
                one.href, f"{one.label}: {one.text}", rect
            )
        body.append(rect)
        left += width
    description = "; ".join(f"{one.label}: {one.text}" for one in segments)
    return _frame(body, title, description, BAR, name)


def lines(series: Sequence[Series], title: str, name: str) -> Markup:
    """Series over time on one scale from zero; steps keep a value until the next day it changes."""
    points = [point for one in series for point in one.points]
    if len({point.date for point in points}) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup("")
    first, last = min(p.date for p in points), max(p.date for p in points)
    highest = max(Decimal(1), *(p.amount for p in points))
    lowest = min(Decimal(0), *(p.amount for p in points))
    body = [_axis(lowest, highest)]
    for one in series:
        places = [_place(point, first, last, lowest, highest) for point in one.points]
        path = _steps(places) if one.steps else _straight(places)
        body.append(Markup('<path class="{}" d="{}" fill="none"/>').format(one.css, path))
        body.extend(
            Markup(
                '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="5"><title>{}</title></circle>'
            ).format(one.css, x, y, f"{one.label}, {point.date}: {point.text}")
            for point, (x, y) in zip(one.points, places, strict=True)
        )
    description = " ".join(
        f"{one.label}: " + ", ".join(f"{p.date} {p.text}" for p in one.points) + "."
        for one in series
    )
    return _frame(body, title, description, HEIGHT, name)


_DOT = '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="5"><title>{}</title></circle>'


def _place(
    point: Point, first: dt.date, last: dt.date, lowest: Decimal, highest: Decimal
) -> tuple[float, float]:
    across = (point.date - first).days / ((last - first).days or 1)
    up = float((point.amount - lowest) / (highest - lowest))
    return LEFT + across * (WIDTH - 2 * LEFT), HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP)


def _axis(lowest: Decimal, highest: Decimal) -> Markup:
    zero = HEIGHT - BOTTOM - float(-lowest / (highest - lowest)) * (HEIGHT - BOTTOM - TOP)
    return Markup('<line class="ar-axis" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
        LEFT, WIDTH - LEFT, zero, zero
    )


def _straight(places: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _steps(places: Sequence[tuple[float, float]]) -> str:
    start = f"M{places[0][0]:.1f},{places[0][1]:.1f}"
    return start + "".join(f" H{x:.1f} V{y:.1f}" for _, (x, y) in pairwise(places))
