import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.audio.sentences import sentences

TABLE = {
    "two": ("Hello there. How are you?", ["Hello there.", "How are you?"]),
    "marks": ("Yes! Really?! Well... Good.", ["Yes!", "Really?!", "Well...", "Good."]),
    "quotes": ('He said "Go." Then (he left.) Bye.', ['He said "Go."', "Then (he left.)", "Bye."]),
    "title": ("Dr. Rao is here. See Mrs. Das.", ["Dr. Rao is here.", "See Mrs. Das."]),
    "money": ("It is Rs. 1,500.50 only. Pay now.", ["It is Rs. 1,500.50 only.", "Pay now."]),
    "decimal": ("It weighs 2.5 kilos. Fine.", ["It weighs 2.5 kilos.", "Fine."]),
    "latin": ("Bring papers, e.g. A card. Thanks.", ["Bring papers, e.g. A card.", "Thanks."]),
    "time": ("Come at 10.30 a.m. on Monday.", ["Come at 10.30 a.m. on Monday."]),
    "time ends": ("Come at 5 p.m. We wait.", ["Come at 5 p.m.", "We wait."]),
    "e-mail": ("Write to a.b@clinic.co.in. Bye.", ["Write to a.b@clinic.co.in.", "Bye."]),
    "number sign": ("Take No. 5 now. No. Not today.", ["Take No. 5 now.", "No.", "Not today."]),
    "date": ("It is Jan. 5 today. Ok.", ["It is Jan. 5 today.", "Ok."]),
    "initials": ("A. P. J. Kalam spoke. Then I. Ok.", ["A. P. J. Kalam spoke.", "Then I.", "Ok."]),
    "list": ("1. Press one. 2. Press two.", ["1. Press one.", "2. Press two."]),
    "hindi": ("नमस्ते। आप कैसे हैं? ठीक है।", ["नमस्ते।", "आप कैसे हैं?", "ठीक है।"]),
    "lines": ("One\nline.\n\nAnother\n \n  third", ["One line.", "Another", "third"]),
    "stray quote": ('Say "(. Then go.', ['Say "(.', "Then go."]),
    "ssml": ("<speak>One.\n <s>Two.</s></speak>", ["<speak>One. <s>Two.</s></speak>"]),
    "nothing": (" \n ", []),
}


@each_row(("text", "pieces"), TABLE.values())
def test_a_text_is_cut_where_a_sentence_ends(text, pieces):
    assert list(sentences(text)) == pieces


COMMAS = {
    "last that fits": (
        "Your visit is booked, the doctor knows, and we will send you a message soon.",
        ["Your visit is booked, the doctor knows,", "and we will send you a message soon."],
    ),
    "first behind": (
        "Your visit to the doctor whom you have asked us for so very often is booked, I think.",
        [
            "Your visit to the doctor whom you have asked us for so very often is booked,",
            "I think.",
        ],
    ),
    "date and thousands": (
        "Your balance of rupees 1,50,000 was last looked at on June 5, 2026 by one of us",
        ["Your balance of rupees 1,50,000 was last looked at on June 5, 2026 by one of us"],
    ),
    "too early": (
        "Yes, the doctor whom you have asked us for so very often has time for you",
        ["Yes, the doctor whom you have asked us for so very often has time for you"],
    ),
    "dash": (
        "We are open from nine to six - except on Sundays and on public holidays",
        ["We are open from nine to six -", "except on Sundays and on public holidays"],
    ),
}


@pytest.mark.parametrize(("text", "pieces"), COMMAS.values(), ids=COMMAS)
def test_a_long_first_sentence_is_cut_at_a_comma(text, pieces):
    assert list(sentences(text)) == pieces


def test_a_long_second_sentence_stays_whole():
    second = "Your visit is booked, the doctor knows, and we will send you a message soon."
    assert sentences(f"Good. {second}") == ("Good.", second)


@given(st.text(alphabet="Ab1 .,?!\n\"')-।", max_size=80), st.integers(0, 80))
def test_no_word_is_lost_or_split(text, first_piece):
    pieces = sentences(text, first_piece)
    assert " ".join(pieces).split() == text.split()
    assert all(pieces)
