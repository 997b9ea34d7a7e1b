"""What the caller does: speaks, barges in, presses keys, is classified, is asked what he meant."""

import pytest
from scripted_calls import Call, ended, flow_of, no_rank, rehearse, said, understood

from runtime.flow.engine.effects import (
    Classify,
    Listen,
    PauseSpeaking,
    StartTimer,
    StopSpeaking,
    StopTimer,
    Understood,
)
from runtime.flow.engine.events import (
    Classified,
    Heard,
    NothingHeard,
    PlayedOut,
    Pressed,
    SpeechCut,
    SpeechStarted,
    SpeechSustained,
)

BARGE = """
intents: {{book: {{words: [book], digit: 1}}}}
states:
  menu: {{barge_in: {barge_in}, ask: What?, on: {{book: bye}}}}
  bye: {{hangup: Bye.}}
"""


@pytest.mark.parametrize(
    ("barge_in", "by_speech", "by_key"),
    [("true", True, True), ("digits", False, True), ("false", False, False)],
)
def test_what_stops_the_bot(barge_in, by_speech, by_key):
    call = Call(BARGE.format(barge_in=barge_in))
    call.gets(SpeechStarted)
    assert (PauseSpeaking() in call.gets(SpeechSustained)) is by_speech
    assert (StopSpeaking() in call.gets(Heard, text="book")) is by_speech
    assert (call.state.state == "bye") is by_speech

    call = Call(BARGE.format(barge_in=barge_in))
    assert (StopSpeaking() in call.gets(Pressed, digit="1")) is by_key
    assert (call.state.state == "bye") is by_key


def test_a_line_that_must_be_heard_keeps_what_is_queued_with_it():
    call = Call(f"greeting: Hi.\n{BARGE.format(barge_in='false')}")
    assert PauseSpeaking() not in call.gets(SpeechSustained)
    assert StopSpeaking() not in call.gets(Pressed, digit="1")
    assert len(call.state.speaking) == 2


def test_what_was_said_into_a_line_that_began_meanwhile_is_no_answer_to_it():
    call = Call(BARGE.format(barge_in="true"))
    call.hears_all()
    call.gets(SpeechStarted)
    call.gets(Heard, text="xyzzy")
    assert call.gets(Heard, text="book") == ()
    assert call.state.state == "menu"


def test_nobody_stops_the_last_words():
    call = Call(BARGE.format(barge_in="true"))
    call.gets(Pressed, digit="1")
    assert call.gets(SpeechStarted) == (StopTimer("no_input"),)
    assert PauseSpeaking() not in call.gets(SpeechSustained)
    assert call.gets(Pressed, digit="1") == ()
    assert call.gets(Heard, text="book") == ()
    assert call.gets(NothingHeard) == ()
    call.hears_all()
    assert call.reasons == ["hangup"]


def test_a_caller_who_speaks_is_not_taken_for_silent():
    call = Call(BARGE.format(barge_in="false"))
    call.gets(SpeechStarted)
    # The question ends while the caller is speaking: the clock waits for him.
    assert call.hears_all() == ()
    call.gets(NothingHeard)
    assert call.timers == {"no_input": (0, 6.0)}


def test_the_silence_clock_starts_when_all_has_been_heard():
    call = Call(f"greeting: Hi.\n{BARGE.format(barge_in='true')}")
    assert call.gets(PlayedOut, say=1) == ()
    assert call.gets(PlayedOut, say=2) == (StartTimer("no_input", 0, 6.0),)
    assert call.gets(PlayedOut, say=2) == ()


def test_a_cut_line_is_no_longer_waited_for():
    call = Call(f"greeting: Hi.\n{BARGE.format(barge_in='true')}")
    assert call.gets(SpeechCut, say=1, heard="H") == ()
    assert call.gets(PlayedOut, say=2) == (StartTimer("no_input", 0, 6.0),)


def test_a_cough_gives_the_silence_clock_its_time_again():
    call = Call(BARGE.format(barge_in="true"))
    call.hears_all()
    call.gets(SpeechStarted)
    assert call.gets(NothingHeard) == (StartTimer("no_input", 0, 6.0),)
    call.gets(SpeechStarted)
    assert call.gets(Heard, text=" ") == (StartTimer("no_input", 0, 6.0),)
    assert call.state.turn == 0


# -- digits ----------------------------------------------------------------------------------------

KEYS = """
intents: {book: {words: [book], digit: 1}, two: {words: [second], digit: 2}}
states:
  menu:
    ask: Press a key.
    tries: 9
    on: {book: booking, "3": third, "*": menu, yes: {when: false, next: third}}
  booking: {hangup: Booked.}
  third: {hangup: Third.}
always: {on: {"0": {say: Nobody is here.}}}
"""


@pytest.mark.parametrize(
    ("key", "heard", "how"),
    [
        ("1", ["Booked."], ("book", "digit")),
        ("3", ["Third."], (None, "digit")),
        ("*", ["Press a key."], (None, "digit")),
        ("0", ["Nobody is here.", "Press a key."], (None, "digit")),
        ("9", ["Sorry, I did not get that.", "Press a key."], (None, "no_match")),
        ("2", ["Sorry, I did not get that.", "Press a key."], (None, "no_match")),
    ],
)
def test_a_key_means_itself_or_the_intent_that_has_it(key, heard, how):
    shown = rehearse(KEYS).press(key)
    assert said(shown) == heard
    assert understood(shown) == [how]


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("one", ["Booked."]),
        ("press one please", ["Booked."]),
        ("number 3", ["Third."]),
        ("तीन", ["Third."]),
        ("star", ["Press a key."]),
        ("zero", ["Nobody is here.", "Press a key."]),
        ("five", ["Sorry, I did not get that.", "Press a key."]),
        ("one two", ["Sorry, I did not get that.", "Press a key."]),
    ],
)
def test_a_spoken_key_means_what_the_pressed_one_means(words, heard):
    assert said(rehearse(KEYS).caller(words)) == heard


def test_keys_are_pressed_one_after_the_other():
    assert said(rehearse(KEYS).press("*1")) == ["Press a key.", "Booked."]


def test_an_intent_none_of_whose_handlers_holds_is_not_understood():
    talk = rehearse(KEYS)
    assert said(talk.caller("yes")) == ["Sorry, I did not get that.", "Press a key."]
    assert talk.state.misses == 1


# -- built-in intents ------------------------------------------------------------------------------

BUILT_IN = """
settings: {tries: 9}
states:
  menu: {ask: What?, retry: [Again?], help: Say yes., on: {yes: plain}}
  plain: {ask: And now?, on: {no: menu}}
"""


def test_the_built_in_intents_act_in_any_state():
    talk = rehearse(BUILT_IN)
    assert said(talk.caller("say that again")) == ["What?"]
    assert said(talk.caller("help")) == ["Say yes.", "What?"]
    assert said(talk.caller("stop talking")) == []
    assert said(talk.caller("hold on a second")) == ["Sure, take your time."]
    talk.caller("yes")
    assert said(talk.caller("what can I say")) == [
        "Please answer the question, or press a key.",
        "And now?",
    ]
    last = talk.caller("that's all")
    assert said(last) == ["Goodbye."]
    assert ended(last) == "hangup"


def test_hold_on_a_second_grants_half_a_minute_of_silence_once():
    call = Call(BUILT_IN)
    call.hears_all()
    call.gets(Heard, text="one moment please")
    call.hears_all()
    assert call.timers == {"no_input": (1, 30.0)}
    call.gets(NothingHeard)
    assert call.timers == {"no_input": (1, 30.0)}
    call.gets(Heard, text="repeat")
    call.hears_all()
    assert call.timers == {"no_input": (2, 6.0)}


def test_a_built_in_intent_that_does_nothing_by_itself_needs_a_handler():
    talk = rehearse(BUILT_IN)
    assert understood(talk.caller("no")) == [(None, "no_match")]
    assert understood(talk.caller("a real person")) == [(None, "no_match")]


def test_an_authors_handler_goes_before_what_an_intent_does_by_itself():
    flow = """
states: {menu: {ask: What?, on: {help: bye}}, bye: {hangup: Bye.}}
always: {on: {goodbye: menu}}
"""
    assert said(rehearse(flow).caller("help")) == ["Bye."]
    assert said(rehearse(flow).caller("goodbye")) == ["What?"]


def test_hindi_callers_are_understood():
    flow = """
language: hi-IN
intents: {book: {words: [अपॉइंटमेंट]}, need: {words: ["\u095b\u0930\u0942\u0930"]}}
states:
  menu: {ask: {hi: क्या चाहिए?}, on: {book: sure, need: sure}}
  sure: {ask: {hi: पक्का?}, on: {yes: bye, no: menu}}
  bye: {hangup: {hi: नमस्ते।}}
"""
    assert said(rehearse(flow).caller("मुझे अपॉइंटमेंट चाहिए।")) == ["पक्का?"]
    # The letter with a nukta may come as one character or as two.
    talk = rehearse(flow)
    assert said(talk.caller("\u091c\u093c\u0930\u0942\u0930")) == ["पक्का?"]
    assert said(talk.caller("जी नहीं")) == ["क्या चाहिए?"]
    talk.caller("अपॉइंटमेंट")
    assert said(talk.caller("हाँ जी")) == ["नमस्ते।"]


# -- the classifier --------------------------------------------------------------------------------

GUESS = """
intents:
  book_visit: {examples: [I want to see a doctor], words: [book], digit: 1}
  cancel: {examples: [I cannot come], words: [cancel]}
states:
  menu: {ask: What?, tries: 9, on: {book_visit: bye, cancel: sure}}
  sure: {ask: Sure?, on: {yes: bye, no: menu}}
  bye: {hangup: Bye.}
"""


def ranking(*scores):
    return lambda text, intents: tuple(zip(intents, scores, strict=False))


def test_the_classifier_is_asked_where_no_written_rule_fits():
    call = Call(GUESS)
    call.hears_all()
    call.gets(Heard, text="I am ill")
    assert call.effects[-1] == Classify(1, "I am ill", ("book_visit", "cancel"))


def test_a_sure_guess_is_taken():
    shown = rehearse(GUESS, ranking(0.6)).caller("I am ill")
    assert said(shown) == ["Bye."]
    assert Understood("I am ill", "menu", "book_visit", 0.6, "classifier") in shown


@pytest.mark.parametrize("rank", [no_rank, ranking(0.39)])
def test_a_poor_guess_is_not(rank):
    assert understood(rehearse(GUESS, rank).caller("I am ill")) == [(None, "no_match")]


@pytest.mark.parametrize(
    ("answer", "state"),
    [("yes", "bye"), ("cancel", "sure"), ("book", "bye"), ("no", "menu"), ("xyzzy", "menu")],
)
def test_a_doubtful_guess_is_asked_back(answer, state):
    talk = rehearse(GUESS, ranking(0.5, 0.2))
    shown = talk.caller("I am ill")
    assert said(shown) == ["Did you mean book visit?"]
    assert understood(shown) == [("book_visit", "asked")]
    talk.caller(answer)
    assert talk.state.state == state


@pytest.mark.parametrize(
    ("answer", "state"), [("cancel please", "sure"), ("book", "bye"), ("yes", "menu")]
)
def test_two_close_guesses_are_offered_together(answer, state):
    talk = rehearse(GUESS, ranking(0.5, 0.45))
    assert said(talk.caller("I am ill")) == ["Did you mean book visit, or cancel?"]
    talk.caller(answer)
    assert talk.state.state == state


def test_no_to_a_guess_asks_the_question_again():
    talk = rehearse(GUESS, ranking(0.5))
    talk.caller("I am ill")
    assert said(talk.caller("no")) == ["Sorry, I did not get that.", "What?"]


def test_an_offer_is_over_once_a_key_was_pressed():
    talk = rehearse(f'{GUESS}\nalways: {{on: {{"0": {{say: Nobody is here.}}}}}}', ranking(0.5))
    talk.caller("I am ill")
    assert said(talk.press("0")) == ["Nobody is here.", "What?"]
    # "yes" no longer stands for the intent that was offered.
    assert understood(talk.caller("yes")) == [(None, "no_match")]
    assert talk.state.state == "menu"


@pytest.mark.parametrize(
    "text", ["yes", "No, thank you!", "yes yes", "two", "press five please", "9 8 double", "42"]
)
def test_a_yes_a_no_and_digits_never_reach_the_classifier(text):
    call = Call(GUESS.replace("[I want to", "[yes, two, I want to"))
    call.hears_all()
    call.gets(Heard, text=text)
    asked = [x for x in call.effects if isinstance(x, Classify)]
    # "double" is no digit: what has other words in it may mean anything.
    assert bool(asked) == ("double" in text)


def test_yes_and_no_are_not_among_what_the_classifier_chooses_from():
    flow = GUESS.replace("intents:\n", "intents:\n  yes: {examples: [that would be lovely]}\n")
    call = Call(flow.replace("cancel: sure}", "cancel: sure, yes: bye}"))
    call.hears_all()
    call.gets(Heard, text="that would be lovely")
    assert call.effects[-1] == Classify(1, "that would be lovely", ("book_visit", "cancel"))


def test_the_answers_to_an_offer_are_expected_first():
    call = Call(GUESS)
    call.hears_all()
    call.gets(Heard, text="I am ill")
    call.gets(Classified, turn=1, ranking=(("cancel", 0.5),))
    [listen] = [x for x in call.effects if isinstance(x, Listen)]
    assert listen.phrases[:3] == ("cancel", "yes", "yeah")
    assert not listen.closed


def test_an_answer_of_the_classifier_to_an_earlier_turn_is_dropped():
    call = Call(GUESS)
    call.hears_all()
    call.gets(Heard, text="I am ill")
    late = {"turn": 1, "ranking": (("book_visit", 0.9),)}
    # The caller says more before the first is decided.
    call.gets(Heard, text="I am very ill")
    assert call.gets(Classified, **late) == ()
    call.gets(Pressed, digit="9")
    assert call.gets(Classified, turn=2, ranking=late["ranking"]) == ()
    assert call.gets(Classified, turn=3, ranking=late["ranking"]) == ()


# -- what is expected ------------------------------------------------------------------------------


def test_a_state_known_by_few_words_is_a_closed_set():
    flow = flow_of("""
language: hi-IN
intents: {a: {words: [Yes, please]}, b: {words: [no], answer: Ok.}, c: {words: [extra]}}
states: {menu: {ask: What?, end_of_speech: 2s, on: {a: hangup, "1": hangup}}}
always: {on: {c: hangup}}
""")
    assert (
        Listen("menu", ("yes", "please", "extra", "no"), True, "hi-IN", 2.0) in Call(flow).effects
    )


@pytest.mark.parametrize(
    "flow",
    [
        GUESS,
        'states: {menu: {ask: What?, on: {"1": hangup}}}',
        "intents: {a: {patterns: [b+]}}\nstates: {menu: {ask: What?, on: {a: hangup}}}",
        "states: {menu: {ask: What?, on: {yes: hangup, no: hangup}}}",
    ],
)
def test_a_state_with_examples_patterns_many_words_or_none_is_open(flow):
    [listen] = [x for x in Call(flow).effects if isinstance(x, Listen)]
    assert not listen.closed
