from benchmarks.studies.outcome import equivalence, summarise
from benchmarks.studies.tables import PAGE, filled, table_of

VALUES = {"base": [0.50, 0.52, 0.51], "37": [0.55, 0.58, 0.56]}
RESULT = {
    "study": "some",
    "metric": "top1",
    "command": "python -m some",
    "references": ["base"],
    "runs": 6,
    "training_seconds": 120,
    "settings": {"epochs": 24},
    **summarise(VALUES, ["base"]),
}


def test_a_table_says_what_was_found():
    table = table_of(RESULT)
    assert "| base | 51.0 ± 1.0 |  |" in table
    assert "| 37 | 56.3 ± 1.5 | +5.3 [+3.9, +6.8] * |" in table
    assert "`python -m some`: 6 runs, 2 minutes" in table


def test_equivalence_is_told_with_its_interval():
    test = equivalence(VALUES["37"], VALUES["base"], 0.015)
    table = table_of({**RESULT, "equivalence": {"base": test}})
    assert "Within 1.5 points of base: not shown (+5.3, 90 %" in table


def test_marks_without_figures_stay(tmp_path):
    page = "a\n<!-- study absent -->\nold\n<!-- end -->\nb\n"
    assert filled(page, tmp_path) == page


def test_the_page_holds_the_figures_of_the_files():
    page = PAGE.read_text()
    assert filled(page) == page
