"""From the name of a data set and a folder to its catalog."""

from __future__ import annotations

from pathlib import Path

from makd.data.known.spec import KnownSet, Listing
from makd.data.known.table import DETECTION, KNOWN
from makd.data.samples import Catalog
from makd.data.sources import build_catalog, refuse_missing
from makd.errors import UsageError, did_you_mean
from makd.progress import Progress, Silent


def read_known(name: str, root: Path | None, progress: Progress = Silent()) -> Catalog:
    """Read a data set as its authors lay it out, with its official splits; nothing is ever downloaded.

    Args:
        name: one of `KNOWN`.
        root: the folder that its files were unpacked into, or the unpacked folder itself.
        progress: told which splits it has, and what is missing of the whole data set.

    Raises:
        UsageError: there is no such data set or task, or its files are not below `root`.
    """
    if name in DETECTION:
        raise UsageError(
            f"{name} is a data set for detection, and makd has no such task yet: it classifies pictures. "
            f"Its classes and question banks are there (makd questions show {name})."
        )
    if name not in KNOWN:
        raise UsageError(
            f"--data.root: goes with the name of a known data set ({', '.join(KNOWN)}), and {name!r} is none."
            f"{did_you_mean(name, KNOWN)}"
        )
    known = KNOWN[name]
    if root is None:
        raise UsageError(f"--data.root: {name} needs the folder of its files. {_expected(known)}")
    listing = _listed(name, known, _base(name, known, root), progress)
    refuse_missing(listing.found, listing.root, f"{name} in {listing.root}")
    _say(name, known, listing, progress)
    return build_catalog(name, listing.root, listing.found, listing.classes)


def _base(name: str, known: KnownSet, root: Path) -> Path:
    """Return the folder that holds the data set's own files."""
    if not root.is_dir():
        raise UsageError(f"--data.root: there is no folder {root}. {_expected(known)}")
    places = [root, *(root / folder for folder in known.folders)]
    for needs in known.needs:
        for place in places:
            if not _lacking(place, needs):
                return place
    nearest = min(places, key=lambda place: len(_lacking(place, known.needs[0])))
    lacking = _lacking(nearest, known.needs[0])
    if len(lacking) == len(known.needs[0]):
        raise UsageError(f"--data.root: {root} does not hold {name}. {_expected(known)}")
    raise UsageError(f"{name}: {nearest} lacks {', '.join(lacking)}. {_expected(known)}")


def _listed(name: str, known: KnownSet, base: Path, progress: Progress) -> Listing:
    try:
        listing = known.read(base, progress)
    except (OSError, ValueError, LookupError) as error:
        raise UsageError(
            f"{name}: the lists in {base} are not those of {known.title} ({error!r}). "
            f"Unpack it again from {known.home}"
        ) from error
    if not listing.found:
        raise UsageError(f"{name}: {base} lists no pictures. {_expected(known)}")
    return listing


def _lacking(place: Path, needs: tuple[str, ...]) -> list[str]:
    return [need for need in needs if not (place / need).exists()]


def _expected(known: KnownSet) -> str:
    layouts = " or ".join(", ".join(needs) for needs in known.needs)
    return (
        f"{known.title} is expected there as {known.folders[0]}/ (or as the folder itself) with {layouts}. "
        f"makd downloads nothing; its home is {known.home}"
    )


def _say(name: str, known: KnownSet, listing: Listing, progress: Progress) -> None:
    progress.say(f"{name}: {known.title}, {known.division}.")
    classes = len({picture.class_name for picture in listing.found})
    images = len(listing.found)
    if (classes, images) != (known.classes, known.images):
        progress.say(
            f"{name}: {listing.root} holds {images:,} pictures of {classes} classes; the whole data set has "
            f"{known.images:,} of {known.classes}."
        )
