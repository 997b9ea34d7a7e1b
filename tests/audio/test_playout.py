from hypothesis import given
from hypothesis import strategies as st

from runtime.audio.playout import Heard, PlayoutClock


def answered_clock(at: float = 0.0) -> PlayoutClock[str]:
    clock: PlayoutClock[str] = PlayoutClock()
    clock.answered(at)
    return clock


def test_the_greeting_starts_with_the_answer():
    clock: PlayoutClock[str] = PlayoutClock()
    clock.queue("greeting", 2.0, sent_at=0.0)
    clock.queue("question", 1.0, sent_at=0.5)
    assert clock.ends_at() is None
    assert not clock.playing(4.0)
    clock.answered(5.0)
    assert clock.position(5.5) == Heard("greeting", 0.5)
    assert clock.position(7.5) == Heard("question", 0.5)
    assert clock.ends_at() == 8.0


def test_only_the_first_answer_counts():
    clock = answered_clock(5.0)
    clock.queue("a", 1.0, sent_at=6.0)
    clock.answered(20.0)
    assert clock.ends_at() == 7.0


def test_a_piece_starts_when_sent_or_when_the_one_before_ends():
    clock = answered_clock()
    clock.queue("a", 1.0, sent_at=1.0)
    clock.queue("b", 1.0, sent_at=1.5)
    clock.queue("c", 1.0, sent_at=9.0)
    assert clock.position(0.5) is None
    assert clock.position(2.25) == Heard("b", 0.25)
    assert not clock.playing(5.0)
    assert clock.position(9.5) == Heard("c", 0.5)


def test_finished_pieces_are_told_once():
    clock = answered_clock()
    clock.queue("a", 1.0, sent_at=0.0)
    clock.queue("b", 1.0, sent_at=0.0)
    assert clock.finished(0.5) == ()
    assert clock.finished(1.0) == ("a",)
    assert clock.finished(1.5) == ()
    assert clock.finished(3.0) == ("b",)


def test_a_cut_tells_what_was_heard_and_empties_the_queue():
    clock = answered_clock()
    for piece in "abc":
        clock.queue(piece, 1.0, sent_at=0.0)
    assert clock.cut(1.25) == (Heard("b", 0.25), Heard("c", 0.0))
    assert not clock.playing(1.5)
    assert clock.ends_at() == 1.25
    assert clock.finished(5.0) == ("a",)
    clock.queue("d", 1.0, sent_at=2.0)
    assert clock.position(2.5) == Heard("d", 0.5)


def test_a_cut_of_a_quiet_line_changes_nothing():
    clock = answered_clock()
    clock.queue("a", 1.0, sent_at=0.0)
    assert clock.cut(3.0) == ()
    assert clock.ends_at() == 1.0


def test_a_cut_before_the_answer_drops_what_nobody_heard():
    clock: PlayoutClock[str] = PlayoutClock()
    clock.queue("greeting", 1.0, sent_at=0.0)
    assert clock.cut(0.5) == (Heard("greeting", 0.0),)
    clock.answered(1.0)
    assert not clock.playing(1.5)


class ByteCarrier:
    """A carrier that plays one byte a tick from a queue of pieces, once answered."""

    def __init__(self) -> None:
        self.line: list[int] = []
        self.heard: dict[int, int] = {}
        self.answered = False

    def tick(self) -> None:
        if self.answered and self.line:
            piece = self.line.pop(0)
            self.heard[piece] = self.heard.get(piece, 0) + 1


ACTIONS = st.lists(
    st.one_of(
        st.just("tick"),
        st.just("tick"),
        st.just("answer"),
        st.just("cut"),
        st.integers(1, 5),  # a piece of so many bytes
    ),
    max_size=60,
)


@given(ACTIONS)
def test_the_clock_agrees_with_a_carrier_that_plays_bytes(actions):
    clock: PlayoutClock[int] = PlayoutClock()
    carrier = ByteCarrier()
    lengths: dict[int, int] = {}
    finished: list[int] = []
    now = 0
    for action in actions:
        match action:
            case "tick":
                carrier.tick()
                now += 1
            case "answer":
                carrier.answered = True
                clock.answered(now)
            case "cut":
                left = dict.fromkeys(carrier.line)
                assert clock.cut(now) == tuple(Heard(p, carrier.heard.get(p, 0)) for p in left)
                carrier.line.clear()
            case length:
                piece = len(lengths)
                lengths[piece] = length
                clock.queue(piece, length, sent_at=now)
                carrier.line += [piece] * length
        finished += clock.finished(now)
        playing = carrier.line[0] if carrier.answered and carrier.line else None
        expected = None if playing is None else Heard(playing, carrier.heard.get(playing, 0))
        assert clock.position(now) == expected
        assert finished == [p for p, n in lengths.items() if carrier.heard.get(p) == n]
        if carrier.answered:
            assert max(clock.ends_at(), now) == now + len(carrier.line)
