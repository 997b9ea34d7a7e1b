from pathlib import Path

import pytest
from rich.console import Console
from shell import callwright

from runtime.cli.chat_view import TerminalView
from runtime.flow.conversation.writing import inline, text
from runtime.flow.engine.effects import HangUp, Say, Understood
from runtime.flow.engine.events import CallStarted
from runtime.flow.engine.state import CallState
from runtime.flow.model import BargeIn
from runtime.flow.source import plain, read_source

SHOP = """
greeting: "Hello, {{ shop }}."
variables: {shop: Fans and More}
intents:
  book: {words: [book]}
slots:
  day: {type: date, ask: Which day?}
requests:
  times: {get: 'https://example.com/{{ day }}', save: {times: body.times}}
states:
  menu: {ask: What next?, on: {book: booking, no: hangup}}
  booking: {collect: [day], next: find}
  find: {request: times, on: {ok: found, error: sorry}}
  found: {say: 'There are {{ times | length }} times.', next: menu}
  sorry: {say: Our system is down., next: menu}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    return path


def chat(flow: Path, *lines: str, options: tuple[str, ...] = ()) -> list[str]:
    typed = "".join(f"{line}\n" for line in lines)
    result = callwright(["chat", str(flow), *options], typed)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def bot(lines: list[str]) -> list[str]:
    return [line.removeprefix("bot: ") for line in lines if line.startswith("bot: ")]


def test_the_bot_answers_line_by_line_and_the_end_of_the_input_hangs_up(shop: Path):
    lines = chat(shop, "what", options=("--var", "shop=Lamps"))
    assert bot(lines) == ["Hello, Lamps.", "What next?", "Sorry, I did not get that.", "What next?"]
    assert lines[-1] == "-- the call has ended: caller_hung_up"


def test_a_value_is_shown_with_how_it_was_understood(shop: Path):
    lines = chat(shop, "book", "5 June 2030", "error", "/slots", "/state")
    assert "     (book, words 1.00)" in lines
    assert "     (nothing, slot 1.00)" in lines
    assert "day: 2030-06-05" in lines
    assert "state: menu, misses: 0" in lines


def test_whoever_chats_plays_the_web_service(shop: Path):
    lines = chat(shop, "book", "5 June 2030", "nonsense", '{"times": ["9:00", "10:00"]}')
    assert "  [times] GET https://example.com/2030-06-05" in lines
    assert '  That is neither. For example: {"times": ["17:00"]}' in lines
    assert "There are 2 times." in bot(lines)
    assert "Our system is down." in bot(chat(shop, "book", "5 June 2030", "409"))
    assert "Our system is down." in bot(chat(shop, "book", "5 June 2030", "timeout"))


def test_a_step_can_be_taken_back_with_what_was_answered_in_it(shop: Path):
    lines = chat(
        shop,
        *("book", "5 June 2030", '{"times": []}', "/undo", "6 June 2030", '{"times": [1]}'),
    )
    said = bot(lines)
    assert "There are 0 times." in said
    assert "There are 1 times." in said
    assert "  [times] GET https://example.com/2030-06-06" in lines
    assert "There is nothing to take back." in chat(shop, "/undo")


def test_a_talk_is_saved_as_a_test_that_passes(tmp_path: Path):
    plain_shop = tmp_path / "plain.yaml"
    plain_shop.write_text("states: {menu: {ask: 'What: next?', on: {yes: menu, no: hangup}}}\n")
    saved = tmp_path / "tests" / "menu.test.yaml"
    saved.parent.mkdir()
    lines = chat(
        plain_shop, "yes", "/press 1", "/silence", f"/save {saved}", "no", f"/save {saved}"
    )
    assert f"-- saved: callwright test {saved}" in lines
    # The second is a test of the same file under the same name: give it its own.
    saved.write_text(saved.read_text().replace("a chat", "another", 1))
    result = callwright(["test", str(saved)])
    assert result.exit_code == 0, result.output
    assert "2 passed" in result.output


def test_what_is_typed_wrongly_is_explained(shop: Path):
    lines = chat(shop, "/prees 1", "/press x", "/save", "/help")
    assert "I don't know '/prees'. There are:" in lines
    assert "Say which keys: /press 1" in lines
    assert "Say where: /save my.test.yaml" in lines
    refused = callwright(["chat", str(shop), "--var", "shop"])
    assert refused.exit_code == 2


def test_after_the_end_a_talk_can_still_be_taken_back(shop: Path):
    lines = chat(shop, "no", "hello", "/undo", "book")
    assert any(line.startswith("The call has ended: /save") for line in lines)
    assert bot(lines)[-1] == "Which day?"


def test_a_terminal_shows_the_state_beside_the_talk():
    console = Console(width=90, record=True, force_terminal=True)
    view = TerminalView(console)
    state = CallState(CallStarted(at=0, call_id="c"), {"n": 1}, state="menu")
    line = Say(1, "What next?", None, "en", BargeIn.SPEECH, "menu")
    view.show([line], state)
    state = CallState(CallStarted(at=0, call_id="c"), {"n": 2}, state="bye", misses=1)
    view.show([Understood("no", "menu", "no", 1.0, "words"), HangUp("hangup")], state)
    shown = console.export_text()
    assert "bot  What next?" in shown
    assert "state menu" in shown
    assert "no, words 1.00" in shown
    assert "state bye, 1 missed" in shown
    assert "n: 2" in shown
    assert "the call has ended: hangup" in shown


@pytest.mark.parametrize(
    "words",
    [
        *("yes", "a: b", "it's", 'say "no"', "* star", "# no comment", "10:30", "012", "true"),
        *("", " x ", "a, b", "नमस्ते।", 'it\'s "both"', "{{ x }}", "line\nline", "- x", "5", "~"),
    ],
)
def test_any_text_is_written_so_that_it_is_read_as_itself(words: str):
    data = {"alone": words, "listed": [words, words], "mapped": {"k": words}}
    read = read_source("".join(f"{key}: {inline(value)}\n" for key, value in data.items()), "f")
    assert not read.problems
    assert read.root is not None
    assert plain(read.root) == data
    assert text(words) == inline(words)
