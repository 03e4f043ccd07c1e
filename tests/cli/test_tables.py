from __future__ import annotations

import io

from rich.console import Console

from makd.cli.tables import table


def test_no_word_of_a_header_is_broken_where_space_is_short():
    figures = table("question", "unsure %", "negation %", "as blank %")
    figures.add_row("a question as long as the terminal is wide", "0", "100", "7")
    narrow = Console(file=io.StringIO(), width=44, highlight=False)
    narrow.print(figures)
    words = narrow.file.getvalue().split()
    assert {"question", "unsure", "negation", "blank", "terminal", "100"} <= set(words)
