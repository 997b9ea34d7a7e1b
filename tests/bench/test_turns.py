"""The measure of turn-taking: scripts, what the caller hears and does, and how turns are judged."""

from pathlib import Path

import numpy as np
import pytest

from bench import turn_calls
from bench.turn_caller import PATIENCE, Partner
from bench.turn_calls import CONDITIONS, Noise, PlannedCall, Said, planned
from bench.turn_lines import LONG, STATES, Kind, Line, script
from bench.turn_sound import Bounds
from bench.turn_table import HEADINGS, cells, cut_offs_by_kind, row, targets
from bench.turn_track import BotTrack, LedCall, Noised, Spoken
from bench.turn_verdicts import Verdict, judge
from bench.turn_voices import VOICES, Studio
from bench.turn_words import word_errors, words
from bench.turns import BOTS
from runtime.flow.reading import read_flow

RATE = 8000


def chance(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def bot_sound(seconds: float, seed: int = 1) -> bytes:
    return chance(seed).bytes(round(seconds * RATE))


# -- the bot and the scripts -----------------------------------------------------------------------


def test_the_bot_of_the_measure_has_no_mistakes_and_asks_what_the_callers_answer():
    reading = read_flow(
        (BOTS / "office.yaml").read_text(), "office.yaml", open_file=Path.read_bytes
    )
    assert reading.problems == ()
    assert reading.flow is not None
    assert [*STATES, "bye"] == list(reading.flow.states)
    assert {state.end_of_speech for state in reading.flow.states.values()} == {0.7}


@pytest.mark.parametrize("human", [False, True])
@pytest.mark.parametrize("barges", [False, True])
def test_a_caller_has_something_to_say_in_each_state(human: bool, barges: bool):
    made = script(chance(), human=human, barges=barges)
    assert tuple(made) == STATES
    for state, lines in made.items():
        assert (lines[0].kind is Kind.BARGE) == (barges and state in LONG)
        for line in lines:
            assert len(line.pauses) == len(line.parts) - 1
            most = 0.25 if line.kind in (Kind.YES_AND, Kind.MENU) else 0.6
            assert all(0.1 <= pause <= most for pause in line.pauses)


def test_the_same_chance_makes_the_same_script_and_another_another():
    def made(seed: int) -> object:
        return script(chance(seed), human=False, barges=True)

    assert made(1) == made(1)
    assert made(1) != made(2)


def test_a_telephone_number_has_ten_digits_in_groups():
    [line] = script(chance(), human=False, barges=False)["number"]
    assert len(line.parts) >= 2
    assert len(words(" ".join(line.parts))) == 10


class QuietStudio(Studio):
    """Every part sounds as long as it is."""

    def speak(self, voice, text):
        return (0.1 * np.sin(np.arange(800 * (1 + len(text) // 8)))).astype(np.float32)

    def words(self, voice, text):
        return text


@pytest.mark.parametrize("name", CONDITIONS)
def test_calls_are_made_of_their_seed_alone(name: str, monkeypatch):
    monkeypatch.setattr(turn_calls, "BEHIND_SECONDS", 5.0)  # of the minute
    studio, condition = QuietStudio(Path("nowhere")), CONDITIONS[name]
    first, again = (planned(studio, VOICES, condition, 3, seed=1) for _ in range(2))
    other = planned(studio, VOICES, condition, 3, seed=2)
    assert np.array_equal(first.behind, again.behind)
    assert {state: [x.text for x in some] for state, some in first.lines.items()} == {
        state: [x.text for x in some] for state, some in again.lines.items()
    }
    assert not np.array_equal(first.behind, other.behind)
    assert all(said.speech.end <= len(said.sound) for some in first.lines.values() for said in some)


def test_callers_of_one_number_say_the_same_under_all_conditions():
    studio = QuietStudio(Path("nowhere"))
    clean, noisy = (
        planned(studio, VOICES, CONDITIONS[name], 2, seed=1) for name in ("clean", "noise-5")
    )
    assert clean.voice == noisy.voice
    assert clean.lines["trouble"][0].text == noisy.lines["trouble"][0].text


# -- what the caller hears -------------------------------------------------------------------------


def test_the_greeting_is_heard_from_the_answer_and_the_rest_after_it():
    bot = BotTrack()
    bot.arrived(-0.4, bot_sound(2.0))
    bot.arrived(0.1, bot_sound(1.0))
    assert [(piece.starts, piece.ends) for piece in bot.pieces] == [(0.0, 2.0), (2.0, 3.0)]
    assert bot.is_speaking(2.9)
    assert not bot.is_speaking(3.0)
    assert bot.speaks_since() == 0.0


def test_an_interrupt_cuts_what_plays_and_drops_what_is_queued():
    bot = BotTrack()
    for _ in range(3):
        bot.arrived(0.0, bot_sound(2.0))
    bot.interrupted(2.5)
    assert [piece.seconds for piece in bot.pieces] == [2.0, 0.5, 0.0]
    assert [stop.piece for stop in bot.stops] == [bot.pieces[1]]
    assert bot.quiet_since() == 2.5
    assert bot.was_cut()
    bot.arrived(4.0, bot_sound(1.0))
    assert (bot.pieces[-1].starts, bot.speaks_since()) == (4.0, 4.0)


def test_an_interrupt_of_silence_is_no_stop():
    bot = BotTrack()
    bot.arrived(0.0, bot_sound(1.0))
    bot.interrupted(1.5)
    assert bot.stops == []


def test_the_sound_of_a_call_has_each_piece_in_its_place():
    bot = BotTrack()
    bot.arrived(0.5, b"\x01" * RATE)
    bot.interrupted(1.0)
    heard = bot.sound(2.0)
    assert heard == b"\xff" * 4000 + b"\x01" * 4000 + b"\xff" * 8000


# -- when the caller speaks ------------------------------------------------------------------------


def said(kind: Kind = Kind.FREE, after: float = 0.0, seconds: float = 1.0) -> Said:
    sound = np.full(round(seconds * RATE), 0.5, np.float32)
    return Said(Line(kind, ("word",), after=after), "word", sound, Bounds(0, len(sound)))


def partner(bot: BotTrack, *lines: Said, noises: tuple[Noise, ...] = ()) -> Partner:
    behind = np.zeros(RATE, np.float32)
    call = PlannedCall("one", "clean", "heart", {"ask": lines}, behind, {"ask": noises})
    made = Partner(call, bot)
    made.state = "ask"
    return made


def spoke_at(caller: Partner, seconds: float) -> list[float]:
    """The seconds at which the caller begins a line, of the next `seconds`."""
    for _ in range(round(seconds * 50)):
        caller.frame()
    return [first / RATE for _, _, first in caller.spoken]


def test_the_caller_answers_a_moment_after_the_bot_has_ended():
    bot = BotTrack()
    bot.arrived(0.0, bot_sound(3.0))
    [began] = spoke_at(partner(bot, said()), 6.0)
    assert 3.4 <= began <= 3.92


def test_the_caller_barges_in_at_his_moment():
    bot = BotTrack()
    bot.arrived(0.0, bot_sound(20.0))
    assert spoke_at(partner(bot, said(Kind.BARGE, after=5.0), said()), 8.0) == [5.0]


def test_after_his_line_the_caller_waits_for_an_answer_and_at_last_speaks_again():
    bot = BotTrack()
    bot.arrived(0.0, bot_sound(1.0))
    first, second = spoke_at(partner(bot, said()), 20.0)
    assert second - first == pytest.approx(1.0 + PATIENCE, abs=0.1)


def test_where_the_bot_breaks_off_the_caller_gives_it_time_to_go_on():
    bot = BotTrack()
    bot.arrived(0.0, bot_sound(9.0))
    bot.interrupted(1.0)
    assert spoke_at(partner(bot, said()), 5.0) == [3.0]


def test_a_noise_is_made_over_the_bot_and_only_then():
    noise = Noise("cough", 2.0, np.full(800, 0.5, np.float32))
    bot = BotTrack()
    bot.arrived(0.0, bot_sound(4.0))
    coughing = partner(bot, said(), noises=(noise, Noise("late", 9.0, noise.sound)))
    spoke_at(coughing, 12.0)
    assert coughing.noised == [("cough", 2 * RATE, 2 * RATE + 800)]


# -- verdicts --------------------------------------------------------------------------------------


def spoken(start: float, end: float, kind: Kind = Kind.FREE, text: str = "one word") -> Spoken:
    return Spoken(kind, "ask", text, start, end)


def led(bot: BotTrack, *lines: Spoken, noised=(), turns=()) -> LedCall:
    record = {
        "turns": [
            {"who": "caller", "at": f"2026-01-01T00:00:{at:06.3f}+00:00", "text": text}
            for at, text in turns
        ]
    }
    start = 1767225600.0
    return LedCall(
        "one", "clean", "heart", bot, lines, noised, 60.0, start, record, b"", (), ""
    )  # fmt: skip


def test_the_delay_is_from_the_last_sound_to_the_first_of_the_answer():
    bot = BotTrack()
    bot.arrived(0.0, bot_sound(1.0))
    bot.arrived(5.8, bot_sound(1.0))
    bot.arrived(5.9, bot_sound(1.0))
    [turn] = judge(led(bot, spoken(3.0, 5.0))).turns
    assert turn.delay == pytest.approx(0.8)
    assert (turn.cut_off, turn.missed) == (False, False)


def test_a_bot_that_speaks_in_a_pause_has_cut_the_caller_off():
    bot = BotTrack()
    bot.arrived(4.0, bot_sound(1.0))
    bot.arrived(6.0, bot_sound(1.0))
    [turn] = judge(led(bot, spoken(3.0, 5.0))).turns
    assert turn.cut_off
    assert turn.delay is None


def test_a_sound_that_comes_much_later_is_no_answer():
    bot = BotTrack()
    bot.arrived(9.0, bot_sound(1.0))
    [turn] = judge(led(bot, spoken(3.0, 5.0))).turns
    assert turn.unanswered


def barged(stops_at: float | None) -> BotTrack:
    bot = BotTrack()
    bot.arrived(0.0, bot_sound(20.0))
    if stops_at is not None:
        bot.interrupted(stops_at)
    return bot


def test_a_barge_in_that_stops_the_bot_is_not_missed():
    bot = barged(5.4)
    bot.arrived(7.0, bot_sound(1.0, seed=2))
    verdict = judge(led(bot, spoken(5.0, 6.0, Kind.BARGE)))
    [turn] = verdict.turns
    assert (turn.over_the_bot, turn.missed) == (True, False)
    assert turn.stopped_after == pytest.approx(0.4)
    assert turn.delay == pytest.approx(1.0)
    assert verdict.false_stops == []


def test_a_bot_that_talks_on_over_a_barge_in_has_missed_it():
    [turn] = judge(led(barged(None), spoken(5.0, 6.0, Kind.BARGE))).turns
    assert turn.missed


def test_a_bot_that_had_nothing_more_to_say_has_missed_nothing():
    [turn] = judge(led(barged(None), spoken(19.5, 21.0, Kind.BARGE))).turns
    assert not turn.missed


def test_a_bot_that_goes_on_after_a_barge_in_has_missed_it():
    bot = barged(5.4)
    bot.arrived(6.5, bot_sound(20.0)[5 * RATE :])
    [turn] = judge(led(bot, spoken(5.0, 6.0, Kind.BARGE))).turns
    assert turn.missed
    assert not turn.cut_off
    assert turn.delay is None


@pytest.mark.parametrize(
    ("rest", "went_on_after"),
    [
        pytest.param(bot_sound(20.0)[4 * RATE :], 1.1, id="from the last pause"),
        pytest.param(bot_sound(20.0)[5 * RATE :], 1.1, id="from where it stopped"),
        pytest.param(bot_sound(30.0, seed=2), None, id="something else"),
        pytest.param(bot_sound(6.0, seed=2) + bot_sound(20.0), None, id="long before"),
    ],
)
def test_a_stop_that_nobody_caused_is_false_and_may_be_made_good(rest, went_on_after):
    bot = barged(5.4)
    bot.arrived(6.5, rest)
    [stop] = judge(led(bot, noised=[Noised("cough", 5.1, 5.4)])).false_stops
    assert stop.because == "cough"
    assert stop.went_on_after == (went_on_after and pytest.approx(went_on_after))


def test_the_sentence_before_and_those_after_may_be_taken_up_with_the_rest():
    first, second, third = (bot_sound(3.0, seed) for seed in (1, 2, 3))
    bot = BotTrack()
    for sound in (first, second, third):
        bot.arrived(0.0, sound)
    bot.interrupted(3.2)
    for sound in (first[2 * RATE :], second, third):
        bot.arrived(4.0, sound)
    [stop] = judge(led(bot)).false_stops
    [turn] = judge(led(bot, spoken(3.1, 3.9, Kind.BARGE))).turns
    assert stop.went_on_after == pytest.approx(0.8)
    assert (turn.missed, turn.delay) == (True, None)


def test_a_question_that_is_asked_once_more_is_not_taken_up_again():
    first, second = bot_sound(9.0, seed=1), bot_sound(9.0, seed=2)
    bot = BotTrack()
    bot.arrived(0.0, first)
    bot.arrived(0.0, second)
    bot.interrupted(12.0)
    bot.arrived(14.0, first)
    bot.arrived(14.0, second)
    [stop] = judge(led(bot)).false_stops
    assert stop.went_on_after is None


def test_a_stop_before_or_long_after_the_caller_spoke_is_not_due_to_him():
    early = judge(led(barged(4.9), spoken(5.0, 6.0, Kind.BARGE)))
    late = judge(led(barged(9.0), spoken(5.0, 6.0, Kind.BARGE)))
    assert len(early.false_stops) == len(late.false_stops) == 1


def test_the_answer_that_stops_itself_is_not_stopped_by_the_caller_who_had_ended():
    bot = BotTrack()
    bot.arrived(5.9, bot_sound(9.0))
    bot.interrupted(6.2)
    assert len(judge(led(bot, spoken(3.0, 5.0))).false_stops) == 1


def test_what_the_transcript_says_is_held_against_what_was_said():
    said = (spoken(3.0, 5.0, text="forty two Hill Road"), spoken(20.0, 21.0, text="yes"))
    turns = [(5.9, "42 Hill"), (12.0, "and now the news"), (21.8, "Yes.")]
    verdict = judge(led(BotTrack(), *said, turns=turns))
    assert [turn.understood for turn in verdict.turns] == ["42 Hill and now the news", "Yes."]
    assert [(turn.words, turn.wrong_words) for turn in verdict.turns] == [(4, 4), (1, 0)]
    assert verdict.nobodys == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Forty two Hill Road.", ["4", "2", "hill", "road"]),
        ("42 Hill Road", ["4", "2", "hill", "road"]),
        ("984-532", ["9", "8", "4", "5", "3", "2"]),
        ("ninety nine, five", ["9", "9", "5"]),
        ("twenty ten", ["2", "0", "1", "0"]),
        ("I don't know", ["i", "don't", "know"]),
        ("", []),
    ],
)
def test_numbers_are_the_same_words_however_they_are_written(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("wanted", "given", "errors"),
    [("a b c", "a b c", 0), ("a b c", "", 3), ("", "a", 1), ("a b c", "a x c d", 2)],
)
def test_word_errors_are_changes_additions_and_omissions(wanted, given, errors):
    assert word_errors(wanted.split(), given.split()) == errors


# -- the table -------------------------------------------------------------------------------------


def call(delay: float, kind: Kind = Kind.FREE) -> Verdict:
    bot = BotTrack()
    bot.arrived(0.0, bot_sound(2.0))
    bot.arrived(5.0 + delay, bot_sound(1.0))
    return judge(led(bot, spoken(3.0, 5.0, kind)))


def test_a_row_keeps_whole_yes_and_no_apart():
    found = row("clean", [call(0.8), call(0.9), call(0.4, Kind.YES_NO)])
    assert (found.delay_p50, found.delay_p95) == (800.0, 900.0)
    assert (found.yes_no_p50, found.yes_no_p95) == (400.0, 400.0)
    assert found.bot_minutes == 0.15
    assert len(cells(found)) == len(HEADINGS)


def test_cut_offs_are_counted_by_what_was_said():
    bot = BotTrack()
    bot.arrived(4.0, bot_sound(1.0))
    cut = judge(led(bot, spoken(3.0, 5.0, Kind.YES_AND)))
    found = cut_offs_by_kind([cut, call(0.8, Kind.YES_AND), call(0.8)])
    assert found == {Kind.YES_AND: (1, 2), Kind.FREE: (0, 1)}


def test_false_stops_are_counted_for_ten_minutes_of_the_bots_speech():
    found = row("noise-10", [judge(led(barged(12.0)))])
    assert found.false_stops_per_ten_minutes == pytest.approx(50.0)


def test_targets_are_judged_where_they_were_measured():
    rows = [row("clean", [call(0.8), call(0.45, Kind.YES_NO)])]
    found = {str(target).partition("  ")[2]: target.is_reached for target in targets(rows)}
    reached = [target.is_reached for target in targets(rows)]
    assert reached == [False, True, True, True, False, False]
    assert str(next(iter(targets(rows)))).startswith("not measured")
    assert len(found) == 6


def test_pauses_longer_than_the_default_waits_are_in_no_target():
    bot = BotTrack()
    bot.arrived(4.0, bot_sound(1.0))
    cut = row("slow", [judge(led(bot, spoken(3.0, 5.0)))])
    assert cut.cut_off == 1
    [_, share, *_] = targets([cut, row("clean", [call(0.8)])])
    assert share.is_reached
