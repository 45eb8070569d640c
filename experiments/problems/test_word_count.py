import pytest

from word_count import word_count


def test_no_text_has_no_words():
    assert word_count("") == {}


@pytest.mark.parametrize("text", ["tea", "Tea", "TEA!", "tea,", "  tea  "])
def test_case_and_punctuation_do_not_count(text):
    assert word_count(text) == {"tea": 1}


def test_every_occurrence_counts():
    counts = word_count("The cat and the dog. The end!")
    assert counts["the"] == 3
    assert counts["dog"] == 1
    assert sum(counts.values()) == 7
