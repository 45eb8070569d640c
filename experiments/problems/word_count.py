"""Solve with its tests: synth solve word_count.py --tests test_word_count.py"""


def word_count(text: str) -> dict[str, int]:
    """How often each word occurs in a text.

    Words are separated by whitespace; the punctuation marks . , ! ? at their beginning or end do
    not belong to them; upper and lower case are the same, and the keys are lower case.
    """
    ...
