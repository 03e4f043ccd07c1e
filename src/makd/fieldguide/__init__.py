"""The embedded world of small creatures, its species and its teacher.

The floor is low: pictures, species and the teacher's training know nothing of banks and teacher engines.
The packaged bank `fieldguide` and this world are held together by a test.
"""

from __future__ import annotations

from pathlib import Path

WORLD_VERSION = 1
"""Raised by every change of a picture or a species; part of the path under which the pictures are kept."""


def teacher_path() -> Path:
    """Return the folder of the shipped teacher, a transformers checkpoint."""
    return Path(__file__).parent / "teacher"
