"""Checkpoints of the Hugging Face hub: pinned to a commit, and each of the hub's refusals in a sentence.

A token is taken from where the hub's own tools look (HF_TOKEN, `hf auth login`), never from a setting:
settings are written into files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from makd.errors import MakdError, UsageError

_PERMISSION = (401, 403)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A repository at one commit.

    Attributes:
        repository: `OWNER/NAME`.
        commit: 40 hexadecimal digits.
        folder: where its files lie, as far as they have been fetched.
    """

    repository: str
    commit: str
    folder: Path


def pin(repository: str, revision: str | None) -> Snapshot:
    """Find out which commit a branch, tag or the default branch means now, and fetch config and model card.

    Raises:
        UsageError: the hub has no such repository or revision, or it holds no checkpoint.
        MakdError: the hub cannot be reached, or does not let this user in.
    """
    from huggingface_hub import hf_hub_download

    with explained(repository, revision):
        config = Path(hf_hub_download(repository, "config.json", revision=revision))
    snapshot = Snapshot(repository, config.parent.name, config.parent)
    with suppress(OSError):  # the card only says the licence; the hub's errors are all OSErrors
        hf_hub_download(repository, "README.md", revision=snapshot.commit)
    return snapshot


class _OutOfReachError(MakdError):
    """What the library says of any failure without a copy in the cache; a better reason may lie deeper."""


@contextmanager
def explained(repository: str, revision: str | None = None) -> Iterator[None]:
    """Turn what the hub's library raises, however deep in the chain of causes, into one sentence."""
    try:
        yield
    except Exception as error:
        faults = [_fault(cause, repository, revision) for cause in _causes(error)]
        told = sorted(filter(None, faults), key=lambda fault: isinstance(fault, _OutOfReachError))
        if told:
            raise told[0] from error
        raise


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _fault(error: BaseException, repository: str, revision: str | None) -> MakdError | None:
    from huggingface_hub import errors

    page = f"https://huggingface.co/{repository}"
    if isinstance(error, errors.GatedRepoError):
        return MakdError(f"The model {repository!r} is gated: {_sign_in(f'accept its terms on {page}')}")
    if isinstance(error, errors.RepositoryNotFoundError):
        return UsageError(
            f"The hub has no model {repository!r}, or it is private: check the name; for a private one, "
            f"{_sign_in('let its owner give you access')}"
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return UsageError(f"{repository} has no branch, tag or commit {revision!r}; see {page}/commits.")
    if isinstance(error, errors.LocalEntryNotFoundError | errors.OfflineModeIsEnabled | ConnectionError):
        return _OutOfReachError(_out_of_reach(repository))
    if isinstance(error, errors.EntryNotFoundError):
        return UsageError(
            f"{repository} lacks a file that a checkpoint of transformers has ({_first_line(error)}); "
            "repositories of GGUF files or of adapters alone are none."
        )
    if isinstance(error, errors.HfHubHTTPError):
        if error.response is not None and error.response.status_code in _PERMISSION:
            return MakdError(f"The hub refuses {repository!r}: {_sign_in(f'ask for access on {page}')}")
        return MakdError(f"The hub cannot give {repository!r} now ({_first_line(error)}); try again later.")
    return None


def _sign_in(access: str) -> str:
    from huggingface_hub import get_token

    if get_token() is None:
        return f"{access}, then sign in with `hf auth login` or set HF_TOKEN."
    return f"{access} with the account of the token in use (HF_TOKEN or `hf auth login`), which has none yet."


def _out_of_reach(repository: str) -> str:
    from huggingface_hub import constants

    missing = f"The model {repository!r} is no folder here and not in the local Hugging Face cache"
    if constants.HF_HUB_OFFLINE:
        return (
            f"{missing}, and HF_HUB_OFFLINE forbids to fetch it: unset it, or run `hf download {repository}` "
            "where there is a network."
        )
    return f"{missing}, and the hub cannot be reached: check name and network, or name a checkpoint folder."


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return re.sub(r"\s*\(Request ID.*?\)", "", lines[0])[:200] if lines else type(error).__name__
