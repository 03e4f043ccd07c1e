"""What is asked of which samples: whatever the store does not know yet of their present state."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from makd.answers.parts import Seen, row_id
from makd.answers.quarantine import Quarantined
from makd.answers.survey import History
from makd.data.samples import Sample
from makd.storage import file_hash
from makd.teachers.base import Need

NO_FILE = -1
"""Size of what cannot be read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Samples to ask about by the hashes of the questions they lack; how many not, and why."""

    asking: dict[frozenset[str], list[Sample]]
    skipped: int
    quarantined: Counter[str]


def plan(
    samples: Sequence[Sample],
    hashes: Sequence[str],
    history: History,
    broken: dict[str, Quarantined],
    *,
    needs: Need,
    verify: bool,
) -> Plan:
    """Decide what to ask.

    Args:
        samples: all that shall be answered in the end.
        hashes: of the questions.
        history: what was answered when.
        broken: samples in quarantine by row id.
        needs: what the teacher sees; a change of anything else is none.
        verify: hash every picture, not only those of new size or time.
    """
    wanted = frozenset(hashes)
    asking: defaultdict[frozenset[str], list[Sample]] = defaultdict(list)
    skipped, quarantined = 0, Counter[str]()
    ids = [row_id(sample.key, sample.instance) for sample in samples]
    for sample, id_, place in zip(samples, ids, history.ids.find(ids).tolist(), strict=True):
        before, failed = (history.seen(place) if place >= 0 else None), broken.get(id_)
        if before is None and failed is None:
            asking[wanted].append(sample)
            continue
        known = [before] if before else []
        known += [Seen(failed.size, failed.mtime, failed.sha256)] if failed else []
        sha256 = look(sample, needs, [] if verify else known)[0].sha256
        asked = history.hashes(place) if before and before.sha256 == sha256 else frozenset[str]()
        if wanted <= asked:
            skipped += 1
        elif failed and failed.sha256 == sha256:
            quarantined[failed.reason] += 1
        else:
            asking[wanted - asked].append(sample)
    return Plan(dict(asking), skipped, quarantined)


def look(sample: Sample, needs: Need, known: Sequence[Seen] = ()) -> tuple[Seen, str]:
    """Return what the teacher sees of a sample, and why it sees nothing (empty where it does).

    Args:
        sample: with its path, and its class name where the teacher sees that.
        needs: what the teacher sees.
        known: a hash is taken over from one of equal size and time.
    """
    size, mtime, sha256, reason = NO_FILE, 0, "", "no such file"
    try:
        if sample.path is not None:
            status = sample.path.stat()
            size, mtime, reason = status.st_size, status.st_mtime_ns, ""
            if needs == "image":
                same = (seen.sha256 for seen in known if (seen.size, seen.mtime) == (size, mtime))
                sha256 = next(same, "") or file_hash(sample.path)
    except OSError as error:
        size, mtime, sha256, reason = NO_FILE, 0, "", _reason(error)
    if needs == "label":
        sha256, reason = hashlib.sha256(str(sample.class_name).encode()).hexdigest(), ""
    return Seen(size, mtime, sha256), reason


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return f"cannot be read ({error.strerror or error})"
