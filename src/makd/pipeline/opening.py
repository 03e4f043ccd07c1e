"""From the settings of a teacher to the teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from makd.config.asking import TeacherSettings
from makd.progress import Progress

if TYPE_CHECKING:
    from makd.teachers.base import Teacher


def open_asked(settings: TeacherSettings, progress: Progress) -> Teacher:
    """Open the teacher that the settings name."""
    from makd.teachers.registry import open_teacher

    return open_teacher(progress=progress, **settings.model_dump())
