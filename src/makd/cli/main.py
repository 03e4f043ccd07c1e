"""The command `makd`: finds the verb, lets it work, prints its result, and turns failures into sentences."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makd.errors import MakdError, UsageError, did_you_mean

if TYPE_CHECKING:
    from makd.cli.command import Command

VERBS = {
    "demo": "the whole road on the embedded world, no download",
    "run": "the whole road on your data",
    "questions list": "the packaged question banks",
    "questions show": "the questions of a bank",
    "questions generate": "have an LLM write a bank for your classes",
    "questions check": "find a bank's weak questions",
    "questions select": "keep those that tell most about the classes",
    "answers preview": "see a few answers, and what all would take",
    "answers extract": "ask a teacher about every picture",
    "answers audit": "judge a store's answers, question by question",
    "answers import": "make a store of the paper's JSON",
    "answers export": "write a store's answers as the paper's JSON",
    "answers merge": "join stores: more images, more questions",
    "answers compact": "merge a store's small parts, and index it",
    "train": "train a student on labels and answers",
    "evaluate": "measure a trained student",
    "predict": "name the class of pictures",
    "compare": "train and compare the arms over several seeds",
    "report": "write the page of comparisons",
    "info": "versions, devices and folders; what some data hold",
}
"""Every verb and its help line. Its module, `makd.cli.<first word>`, is imported when it is called."""

_ABOUT = "Small vision models that learn from their labels and from a multimodal LLM's answers."
_MORE = "makd VERB --help tells what a verb takes; makd --version, which makd this is."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0, 1 (it failed), 2 (asked for wrongly), 130 (Ctrl-C)."""
    tokens = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in tokens
    try:
        code = _dispatch(tokens)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _fail(
            "Stopped. What was finished is saved; the same command goes on (train: with --resume).",
            130,
            debug,
        )
    except BrokenPipeError:  # whoever reads stdout has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MakdError as error:
        return _fail(str(error), error.exit_code, debug)
    except Exception as error:
        advice = "" if debug else "\nThis should not happen; --debug shows where it comes from."
        return _fail(f"{type(error).__name__}: {error}{advice}", 1, debug)
    return code


def _fail(message: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"makd: {message}\n")
    return code


def _dispatch(tokens: Sequence[str]) -> int:
    groups = {verb.split()[0] for verb in VERBS if " " in verb}
    length = 2 if tokens and tokens[0] in groups else 1
    verb, rest = " ".join(tokens[:length]), tokens[length:]
    if verb in VERBS:
        return _run(verb, rest)
    if verb == "--version":
        sys.stdout.write(f"makd {metadata.version('makd')}\n")
    elif not tokens or verb == "--help":
        _overview("")
    elif verb in groups or (length == 2 and tokens[1] == "--help"):
        _overview(tokens[0])
    else:
        raise UsageError(f"There is no command {verb!r}.{did_you_mean(verb, VERBS)} See makd --help.")
    return 0


def _run(verb: str, tokens: Sequence[str]) -> int:
    from makd.cli.console import open_progress, plain_console
    from makd.cli.options import COMMON, verb_app
    from makd.cli.output import print_json, results_alone
    from makd.cli.words import split
    from makd.config.merge import validated
    from makd.config.tree import leaves

    command: Command[Any] = import_module(f"makd.cli.{verb.split()[0]}").COMMANDS[verb]
    app = verb_app(verb, command.settings)
    if "--help" in tokens:
        app.help_print()
        return 0
    rest = next(
        (leaf.name for leaf in leaves(command.settings).values() if leaf.positional and leaf.is_list), None
    )
    flags = split(app, tokens, rest)
    common = {name: flags.pop(f"--{name}", None) for name in COMMON}
    files = common["config"]
    settings = validated(
        command.settings,
        flags,
        Path(files[0]) if files else None,
        known=[f"--{name}" for name in COMMON],
        faults=["--config: takes one file."] if files is not None and len(files) != 1 else [],
    )
    with results_alone():
        result = command.call(settings, open_progress())
    if common["json"] == ["true"]:
        print_json(result)
    else:
        command.show(result, settings, plain_console(sys.stdout))
    return command.exit_code(result)


def _overview(group: str) -> None:
    """Print the verbs, all or those of a group."""
    from cyclopts import App

    from makd.cli.help_page import PAGE

    name = f"makd {group}".rstrip()
    app = App(name, _ABOUT, usage=f"Usage: {name} VERB …", help_epilogue=_MORE, **PAGE)
    for place, (verb, help) in enumerate(VERBS.items()):
        if verb.startswith(group):
            app.command(App(verb.removeprefix(group).strip(), help, sort_key=place, **PAGE))
    app.help_print()
