"""What a calibrated probability says against what is so, as a table and as a diagram."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

_SIDE = 320
_MARGIN = 48
_BARS = 60


class Tenth(NamedTuple):
    """Pairs whose probability lies in one tenth: its mean, the share of matches, how many."""

    said: float
    was: float
    pairs: int


def reliability(probabilities: Tensor, truth: Tensor, bins: int = 10) -> list[Tenth]:
    """The tenths of probabilities [N] and truth [N] that hold any pairs."""
    rows = []
    for i in range(bins):
        inside = (probabilities >= i / bins) & (probabilities < (i + 1) / bins + (i == bins - 1))
        if inside.any():
            said, was = float(probabilities[inside].mean()), float(truth[inside].mean())
            rows.append(Tenth(said, was, int(inside.sum())))
    return rows


def reliability_diagram(rows: list[Tenth]) -> str:
    """An SVG: points on the diagonal mean what they say; the bars show how many pairs there are."""

    def x(value: float) -> str:
        return f"{_MARGIN + value * _SIDE:.1f}"

    def y(value: float) -> str:
        return f"{_MARGIN / 2 + (1 - value) * _SIDE:.1f}"

    width, bottom = _SIDE + 1.5 * _MARGIN, _MARGIN / 2 + _SIDE
    height = bottom + _MARGIN
    most = max(row.pairs for row in rows)
    bars = [
        f'<rect x="{x(row.said - 0.03)}" y="{bottom - _BARS * row.pairs / most:.1f}" '
        f'width="{0.06 * _SIDE:.1f}" height="{_BARS * row.pairs / most:.1f}"/>'
        for row in rows
    ]
    marks = [
        f'<text x="{x(i / 5)}" y="{bottom + 16}" text-anchor="middle">{i / 5:.1f}</text>'
        f'<text x="{_MARGIN - 6}" y="{y(i / 5)}" dy="4" text-anchor="end">{i / 5:.1f}</text>'
        for i in range(6)
    ]
    points = " ".join(f"{x(row.said)},{y(row.was)}" for row in rows)
    circles = [f'<circle cx="{x(row.said)}" cy="{y(row.was)}" r="4"/>' for row in rows]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        'font-family="sans-serif" font-size="11" role="img">',
        "<title>Reliability of the match probability</title>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        f'<g fill="#cbd5e1">{"".join(bars)}</g>',
        f'<path d="M{x(0)} {y(1)}V{y(0)}H{x(1)}" fill="none" stroke="#475569"/>',
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#94a3b8" stroke-dasharray="4 4"/>',
        f'<polyline points="{points}" fill="none" stroke="#1d4ed8" stroke-width="2"/>',
        f'<g fill="#1d4ed8">{"".join(circles)}</g>',
        f'<g fill="#334155">{"".join(marks)}',
        f'<text x="{x(0.5)}" y="{bottom + 36}" text-anchor="middle">match probability</text>',
        f'<text transform="translate(12 {y(0.5)}) rotate(-90)" text-anchor="middle">'
        "share of pairs that match</text></g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
