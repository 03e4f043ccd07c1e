import pytest

from makd.errors import UsageError
from makd.questions.generation.classes import in_groups, readable, readable_classes, sampled


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("002.Laysan_Albatross", "Laysan Albatross"),
        ("american_bulldog", "american bulldog"),
        ("707-320", "707-320"),
        ("Audi 100 Sedan 1994", "Audi 100 Sedan 1994"),
        ("two\nlines", "two lines"),
        ("ナマケモノ", "ナマケモノ"),
    ],
)
def test_names_become_words(name, words):
    assert readable(name) == words


@pytest.mark.parametrize(
    "names",
    [
        ["n01440764", "n01443537"],
        ["1", "2", "3"],
        ["class_1", "class_2"],
        ["c0", "c1"],
        ["___", "--", "cat"],
        ["0f3a9c2b", "91bbcc02"],
    ],
)
def test_codes_are_refused_with_what_to_do(names):
    with pytest.raises(UsageError, match=r"are codes .* text file, a class a line"):
        readable_classes(names, "data")


def test_some_codes_are_left_out_aloud(heard):
    assert readable_classes(["cat", "dog", "n01440764"], "data", heard) == ("cat", "dog")
    assert heard.lines == ["data: left out 1 class names that are codes: 'n01440764'."]


def test_names_that_read_alike_are_named_once_aloud(heard):
    assert readable_classes(["Red_fox", "red fox", "wolf", "wolf"], "data", heard) == ("Red fox", "wolf")
    assert "2 class names read like another one" in heard.lines[0]


@pytest.mark.parametrize("names", [[], ["cat"], ["cat", "Cat"]])
def test_fewer_than_two_classes_are_refused(names):
    with pytest.raises(UsageError, match="need two"):
        readable_classes(names, "data")


@pytest.mark.parametrize(
    "names", [["C-47", "DC-3", "Il-76", "737-200"], ["猫", "犬"], ["قطة", "كلب"], ["A310", "MD-11"]]
)
def test_odd_names_are_names(names):
    assert readable_classes(names, "data") == tuple(names)


@pytest.mark.parametrize("count", [2, 7, 299, 10_000])
def test_groups_hold_every_name_once_in_order_and_fit(count):
    names = [f"species number {i}" for i in range(count)]
    groups = in_groups(names, 1000)
    assert [name for group in groups for name in group] == names
    assert all(sum(len(name) + 3 for name in group) <= 1000 for group in groups)
    assert max(map(len, groups)) - min(map(len, groups)) <= 1


def test_a_name_longer_than_a_request_stands_alone():
    assert in_groups(["a" * 50, "b"], 20) == [["a" * 50], ["b"]]


def test_a_sample_is_spread_evenly():
    names = [f"{i:03d}" for i in range(100)]
    assert sampled(names, 60) == names[::10]
    assert sampled(names) == names
