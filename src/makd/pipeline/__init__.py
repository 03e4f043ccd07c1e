"""The whole road: one function a verb of the command line, and the one place that picks a task."""

from __future__ import annotations

from makd.pipeline.apply import evaluate, predict
from makd.pipeline.audit import audit
from makd.pipeline.check import check
from makd.pipeline.compare import compare, report
from makd.pipeline.exchange import compact, export, import_, merge
from makd.pipeline.extract import extract
from makd.pipeline.generate import generate
from makd.pipeline.info import info
from makd.pipeline.preview import preview
from makd.pipeline.run import demo, run
from makd.pipeline.select import select
from makd.pipeline.train import train

__all__ = [
    "audit",
    "check",
    "compact",
    "compare",
    "demo",
    "evaluate",
    "export",
    "extract",
    "generate",
    "import_",
    "info",
    "merge",
    "predict",
    "preview",
    "report",
    "run",
    "select",
    "train",
]
