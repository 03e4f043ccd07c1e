from __future__ import annotations

from makd.report import references


def figure(mean):
    return {"values": [mean], "mean": mean, "ci95": [mean - 0.02, mean + 0.02]}


def test_a_row_says_what_a_reference_is_and_costs():
    results = {
        "metric": "top1",
        "references": {
            "naming": {
                "top1": figure(0.1),
                "mean_per_class": figure(0.2),
                "question": "Is this a photo of a {class}?",
                "questions": 24,
                "labelling_seconds": 12.0,
                "training_seconds": 0.0,
            },
            "linear": {
                "top1": figure(0.5),
                "mean_per_class": figure(0.6),
                "strength": [0.1],
                "questions": 37,
                "labelling_seconds": None,
                "training_seconds": 0.4,
            },
        },
    }
    naming, linear = references.rows(results)
    assert naming["cells"] == ["10.0", "20.0"]
    assert naming["interval"] == "8.0 to 12.0"
    assert naming["about"].endswith("Is this a photo of a {class}?")
    assert linear["about"] == "logistic regression on the teacher's 37 answers, regularisation C = 0.1"
    assert references.rows({"metric": "top1"}) == []


def test_aspects_show_what_was_measured():
    line = {"kl": {"mean": 0.1234}, "auroc": {"mean": 0.9}, "truth_accuracy": None, "truth_auroc": None}
    found = {"images": 5, "arms": {"makd": line}, "usual": {**line, "kl": None}, "teacher": None}
    shown = references.aspect_rows({"aspects": found})
    assert shown["header"] == ("", "KL from the teacher", "AUROC, teacher %")
    assert shown["rows"] == [("makd", "0.123", "90.0"), ("usual", "", "90.0")]
    assert references.aspect_rows({"aspects": None}) is None


def test_the_caption_of_aspects_names_the_columns_that_are_there():
    nothing = dict.fromkeys(("kl", "auroc", "truth_accuracy", "truth_auroc"))
    told = {**nothing, "kl": {"mean": 0.1}, "auroc": {"mean": 0.9}}
    true = {**nothing, "truth_accuracy": {"mean": 0.8}, "truth_auroc": {"mean": 0.9}}
    by_teacher, by_truth = (
        references.aspect_rows(
            {"aspects": {"images": 1234, "arms": {"makd": line}, "usual": line, "teacher": None}}
        )["caption"]
        for line in (told, true)
    )
    assert "the 1,234 test images" in by_teacher
    assert "divergence" in by_teacher
    assert "teacher's yes or no" in by_teacher
    assert "truth" not in by_teacher
    assert "teacher" not in by_truth
    assert "right where the truth is known" in by_truth
