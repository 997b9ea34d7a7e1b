from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.audio.ssml import document, is_ssml


@each_row(
    ("text", "meant"),
    [
        ("<speak>Hello.</speak>", True),
        (' \n<speak version="1.1">Hello.</speak>', True),
        ("Rao & Sons", False),
        ("<b>Hello.</b>", False),
        ("<speaker>", False),
        ("Say <speak>.", False),
        ("", False),
    ],
)
def test_what_begins_with_speak_is_ssml(text, meant):
    assert is_ssml(text) is meant


@each_row(
    ("text", "sent"),
    [
        ('<speak>A<break time="1s"/></speak>', '<speak>A<break time="1s"/></speak>'),
        ("<speak>Rao & Sons</speak>\n", "<speak>Rao &amp; Sons</speak>"),
        ("<speak>2 < 3 &lt; 4 &#38; &#x26;</speak>", "<speak>2 &lt; 3 &lt; 4 &#38; &#x26;</speak>"),
        ("<speak>A&nbsp;B AT&T;</speak>", "<speak>A&amp;nbsp;B AT&amp;T;</speak>"),
        ("<speak><!-- aside -->A</speak>", "<speak><!-- aside -->A</speak>"),
        ("<speak><!DOCTYPE x>A</speak>", "<speak>&lt;!DOCTYPE x>A</speak>"),
    ],
)
def test_a_lone_sign_is_written_as_xml_has_it(text, sent):
    assert document(text) == sent


@pytest.mark.parametrize(
    "text", ["<speak>Hello.", "<speak><b>A</speak>", "<speak>A</speak> B", "<speak>A</Speak>"]
)
def test_what_is_not_well_formed_is_told_with_its_place(text):
    with pytest.raises(ValueError, match=r"^it is not well-formed at line 1, column \d+$"):
        document(text)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff<")))
def test_a_text_without_tags_is_always_well_formed(text):
    assert ElementTree.fromstring(document(f"<speak>{text}</speak>")).tag == "speak"
