"""The frame that all pages share, and how figures are written in them."""

from __future__ import annotations

from makd.evaluation import summary


def render(template: str, **content: object) -> str:
    """Return the page that a template of this folder makes of its content; everything is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("makd.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": summary.percent,
        "points": summary.points,
        "span": summary.span,
        "p_text": summary.p_text,
        "duration": duration,
    }
    return environment.get_template(template).render(**content)


def duration(seconds: float) -> str:
    """Write a time: `45 s`, `12 min 5 s`, `3 h 20 min`, `5 days 4 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 90:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} days {hours % 24} h"
