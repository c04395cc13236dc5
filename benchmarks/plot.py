"""A learning curve as an SVG that reads well on a light and on a dark page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 64, 56
APART = 3.0  # pixels between the marks of two curves at one place
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .grid { stroke: #d0d7de } .axis { stroke: #57606a }
  .curve0 { stroke: #0969da; fill: #0969da } .curve1 { stroke: #bc4c00; fill: #bc4c00 }
  .line { fill: none; stroke-width: 2 } .peer { fill: none; stroke-width: 1.5; stroke-dasharray: 6 5 }
  .spread { stroke-width: 1.2; opacity: 0.55 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .grid { stroke: #30363d } .axis { stroke: #8b949e }
    .curve0 { stroke: #58a6ff; fill: #58a6ff } .curve1 { stroke: #f0883e; fill: #f0883e }
  }
"""


@dataclass(frozen=True)
class Curve:
    """Shares from 0 to 1 at each count, with their intervals; `peer` is the share to compare with."""

    name: str
    values: Sequence[float]
    ranges: Sequence[tuple[float, float]]
    peer: float


@dataclass(frozen=True)
class _Frame:
    """From counts and shares to pixels. Counts lie on a square-root scale, or the small ones would stick together."""

    most: int
    floor: float

    def x(self, count: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.sqrt(count / max(self.most, 1))

    def y(self, value: float) -> float:
        shown = min(max(value, self.floor), 1.0)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (shown - self.floor) / (1.0 - self.floor)


def draw(counts: Sequence[int], curves: Sequence[Curve], across: str, up: str, peer: str) -> str:
    """The SVG's text. `across` and `up` name the axes, `peer` the dashed lines; two curves at most."""
    lowest = min(low for curve in curves for low, _ in curve.ranges)
    lowest = min(lowest, *(curve.peer for curve in curves))
    frame = _Frame(max(counts), min(0.9, math.floor(lowest * 10) / 10))
    told = "; ".join(
        f"{curve.name}: "
        + ", ".join(f"{100 * value:.0f} % with {count}" for count, value in zip(counts, curve.values, strict=True))
        for curve in curves
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(up)}">',
        f"<title>{escape(up)}, by {escape(across)}</title>",
        f"<desc>{escape(told)}</desc>",
        f"<style>{STYLE}</style>",
        *_axes(frame, counts, across, up),
    ]
    for number, curve in enumerate(curves):
        shift = APART * (2 * number - len(curves) + 1)
        parts += [*_curve(frame, counts, curve, number, shift), *_key(number, curve, peer)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes(frame: _Frame, counts: Sequence[int], across: str, up: str) -> list[str]:
    left, right, bottom = frame.x(0), frame.x(frame.most), frame.y(frame.floor)
    parts = []
    for tenth in range(round(frame.floor * 10), 11):
        y = frame.y(tenth / 10)
        parts.append(f'<line class="grid" x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{10 * tenth}</text>')
    for count in counts:
        x = frame.x(count)
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom:.1f}" y2="{bottom + 5:.1f}"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 20:.1f}" text-anchor="middle">{count}</text>')
    middle, centre = (left + right) / 2, (frame.y(1.0) + bottom) / 2
    return [
        *parts,
        f'<line class="axis" x1="{left:.1f}" x2="{right:.1f}" y1="{bottom:.1f}" y2="{bottom:.1f}"/>',
        f'<text x="{middle:.1f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(across)} (square-root scale)</text>',
        f'<text transform="translate(18 {centre:.1f}) rotate(-90)" text-anchor="middle">{escape(up)}</text>',
    ]


def _curve(frame: _Frame, counts: Sequence[int], curve: Curve, number: int, shift: float) -> list[str]:
    xs = [frame.x(count) + shift for count in counts]
    ys = [frame.y(value) for value in curve.values]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    level, start, end = frame.y(curve.peer), frame.x(0), frame.x(frame.most)
    dashed = f'x1="{start:.1f}" x2="{end:.1f}" y1="{level:.1f}" y2="{level:.1f}"'
    parts = [
        f'<line class="curve{number} peer" {dashed}/>',
        f'<polyline class="curve{number} line" points="{path}" style="fill: none"/>',
    ]
    for x, y, (low, high) in zip(xs, ys, curve.ranges, strict=True):
        ends = f'y1="{frame.y(low):.1f}" y2="{frame.y(high):.1f}"'
        parts.append(f'<line class="curve{number} spread" x1="{x:.1f}" x2="{x:.1f}" {ends}/>')
        parts.append(f'<circle class="curve{number}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
    return parts


def _key(number: int, curve: Curve, peer: str) -> list[str]:
    """This curve's line of the key, above the plot."""
    y = 20 + 20 * number
    dashed = LEFT + 300
    return [
        f'<line class="curve{number} line" x1="{LEFT}" x2="{LEFT + 28}" y1="{y}" y2="{y}"/>',
        f'<text x="{LEFT + 36}" y="{y + 4}">this model, {escape(curve.name)}</text>',
        f'<line class="curve{number} peer" x1="{dashed}" x2="{dashed + 28}" y1="{y}" y2="{y}"/>',
        f'<text x="{dashed + 36}" y="{y + 4}">{escape(peer)}, {escape(curve.name)} ({100 * curve.peer:.0f} %)</text>',
    ]
