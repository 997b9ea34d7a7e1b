"""A reload is a transaction: all of it serves the next call, or nothing changes."""

import asyncio
import gc
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from running import DID, HELLO, SILENCE, Speech, calling, running, until

from providers.base import ProviderError
from providers.scripted import ScriptedSpeechToText, ScriptedTextToSpeech
from runtime.call.classifiers import NothingLearnt
from runtime.call.equipment import LoadedFlow
from runtime.call.figures import Figures
from runtime.carrier import wav
from runtime.flow.model import Flow
from runtime.server import flows
from runtime.server.flows import FlowShelf, Shelved

TEST = """
flow: hello.yaml
tests:
  - name: greets
    talk:
      - bot: Hello.
      - press: 9
      - bot: Bye.
      - ended: hangup
"""
OTHER_GREETING = HELLO.replace("greeting: Hello.", "greeting: Good day.")


@dataclass
class Folder:
    """Flows on a disk and a shelf that is asked to load them; making them ready takes nothing."""

    path: Path
    run_tests: bool = True
    made: list[tuple[str, tuple[Mapping[str, object], ...]]] = field(default_factory=list)
    failure: Exception | None = None
    waiting: asyncio.Event | None = None

    def __post_init__(self) -> None:
        self.write("dids.yaml", f"dids: {{{DID}: hello.yaml}}\n")
        self.figures = Figures()
        self.shelf = FlowShelf(
            self.path, self.path / "dids.yaml", self.make, self.figures, run_tests=self.run_tests
        )

    async def make(self, flow: Flow, variables: Sequence[Mapping[str, object]]) -> LoadedFlow:
        if self.waiting is not None:
            await self.waiting.wait()
        if self.failure is not None:
            raise self.failure
        self.made.append((flow.name, tuple(variables)))
        return LoadedFlow(flow, NothingLearnt(), ScriptedSpeechToText(), ScriptedTextToSpeech())

    def write(self, name: str, text: str | bytes) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def load(self, **files: str | bytes) -> None:
        """Save files (`hello__test` is hello.test.yaml) and load."""
        for name, text in files.items():
            self.write(f"{name.replace('__', '.')}.yaml", text)
        asyncio.run(self.shelf.load())

    def row(self, file: str = "hello.yaml") -> Shelved:
        return next(x for x in self.shelf.shelved if x.path.name == file)

    def greeting(self, did: str = DID) -> str | None:
        answer = self.shelf.for_did(did)
        if answer is None:
            return None
        assert answer.loaded.flow.greeting is not None
        [wording] = answer.loaded.flow.greeting.text.in_language("en")
        return str(wording.source)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# -- a flow's own tests ----------------------------------------------------------------------------


def test_a_version_whose_test_fails_does_not_serve_and_the_line_says_why(
    folder: Folder, caplog: pytest.LogCaptureFixture
):
    folder.load(hello=HELLO, hello__test=TEST)
    folder.load(hello=OTHER_GREETING)
    assert folder.greeting() == "Hello."
    why = (
        f"{folder.path}/hello.test.yaml:6:9: 'Hello.' was not said. "
        "Said instead: Good day. / What next? (test 'greets')"
    )
    assert folder.row().as_json()["errors"] == [why]
    assert [x.problems for x in caplog.records if x.msg == "flow_refused"] == [(why,)]


def test_a_saved_test_file_is_enough_to_load_again(folder: Folder):
    folder.load(hello=HELLO, hello__test=TEST)
    folder.load(hello=OTHER_GREETING)
    folder.load(hello__test=TEST.replace("Hello.", "Good day."))
    assert (folder.greeting(), folder.row().problems) == ("Good day.", ())


def test_a_test_that_begins_to_fail_says_so_while_the_flow_goes_on_serving(folder: Folder):
    folder.load(hello=HELLO)
    folder.load(hello__test=TEST.replace("Bye.", "Farewell."))
    assert folder.greeting() == "Hello."
    assert "'Farewell.' was not said. Said instead: Bye." in folder.row().problems[0]
    folder.load(hello__test=TEST)
    assert (folder.greeting(), folder.row().problems) == ("Hello.", ())
    assert len(folder.made) == 1
    (folder.path / "hello.test.yaml").unlink()
    folder.load()
    assert folder.row().tests == ()


def test_a_flow_whose_test_fails_at_the_first_start_does_not_serve(folder: Folder):
    folder.load(hello=OTHER_GREETING, hello__test=TEST)
    assert folder.greeting() is None
    assert folder.row().as_json()["version"] is None


def test_a_test_file_with_mistakes_keeps_its_flow_from_loading(folder: Folder):
    folder.load(hello=HELLO, hello__test="flow: [")
    assert folder.row().problems[0].startswith(f"{folder.path}/hello.test.yaml:2:1: error[syntax]")
    folder.load(hello__test=b"\xff")
    assert "cannot be read" in folder.row().problems[0]


def test_tests_belong_to_the_flow_that_they_name_whatever_they_are_called(folder: Folder):
    folder.load(hello=HELLO, other=OTHER_GREETING, other__test=TEST)
    assert (folder.row().problems, folder.row("other.yaml").problems) == ((), ())
    folder.load(other__test=TEST.replace("hello.yaml", "other.yaml"))
    assert folder.row().tests == ()
    assert "'Hello.' was not said." in folder.row("other.yaml").problems[0]


def test_an_operator_may_do_without_the_tests(tmp_path: Path):
    folder = Folder(tmp_path, run_tests=False)
    folder.load(hello=OTHER_GREETING, hello__test=TEST)
    assert folder.greeting() == "Good day."


# -- what a flow is made of ------------------------------------------------------------------------

SOUND = HELLO.replace("greeting: Hello.", "greeting: {audio: ../media/hello.wav}")


def test_a_recording_outside_the_folder_is_watched_even_before_it_is_there(tmp_path: Path):
    folder = Folder(tmp_path / "flows")
    folder.load(hello=SOUND)
    assert "hello.wav" in folder.row().problems[0]
    folder.write("../media/hello.wav", wav.mono(b"\xff" * 800))
    folder.load()
    first = folder.row().serving
    assert first is not None
    folder.write("../media/hello.wav", wav.mono(b"\x80" * 800))
    folder.load()
    second = folder.row().serving
    assert second is not None
    assert second.flow.version != first.flow.version


def test_what_has_not_changed_is_not_read_again(folder: Folder):
    folder.load(hello=HELLO, other=OTHER_GREETING)
    before = folder.row().serving
    folder.load(other=HELLO)
    assert folder.row().serving is before
    assert [name for name, _ in folder.made] == ["hello", "other", "other"]


def test_a_save_that_leaves_no_trace_in_the_files_times_is_found_when_it_is_told(folder: Folder):
    folder.load(hello=HELLO)
    path = folder.path / "hello.yaml"
    stamps = dict(folder.row().stamps)
    folder.write("hello.yaml", HELLO.replace("Hello.", "Howdy."))
    # As within one tick of the disk's clock.
    stamps[path] = flows.stamp(path)
    folder.shelf._shelved[path] = flows.replace(folder.row(), stamps=stamps)
    folder.load()
    assert folder.greeting() == "Hello."
    asyncio.run(folder.shelf.load({path}))
    assert folder.greeting() == "Howdy."


def test_a_file_without_states_that_others_include_is_no_flow(
    folder: Folder, caplog: pytest.LogCaptureFixture
):
    folder.load(common="intents: {book: {words: [book]}}\n", hello=HELLO)
    assert [x.file for x in caplog.records if x.msg == "flow_refused"] == ["common.yaml"]
    folder.load(hello=f"include: [common.yaml]\n{HELLO}")
    assert [x.path.name for x in folder.shelf.shelved] == ["hello.yaml"]


RATE = "states: {rate: {ask: Was it good?, on: {yes: thanks}}, thanks: {say: Thank you.}}\n"


def test_a_flow_that_ends_where_others_go_on_is_none_by_itself(
    folder: Folder, caplog: pytest.LogCaptureFixture
):
    runs = HELLO.replace("states:", "states:\n  survey: {run: rate.yaml, next: survey}", 1)
    folder.load(hello=runs, rate=RATE)
    assert [x.path.name for x in folder.shelf.shelved] == ["hello.yaml"]
    assert not [x for x in caplog.records if x.msg == "flow_refused"]
    folder.write("dids.yaml", f"dids: {{{DID}: hello.yaml, 8645012346: rate.yaml}}\n")
    folder.load(rate=f"{RATE}# a number leads here now\n")
    assert [x.file for x in caplog.records if x.msg == "flow_refused"] == ["rate.yaml"]
    assert "dead-end" in str(folder.row("rate.yaml").problems)


def test_a_flow_that_did_not_change_is_made_ready_anew_for_the_variables_of_another_number(
    folder: Folder,
):
    folder.load(hello=HELLO)
    entries = f"{DID}: hello.yaml, 8645012346: {{flow: hello.yaml, variables: {{name: Asha}}}}"
    folder.load(dids=f"dids: {{{entries}}}\n")
    assert folder.made == [("hello", ()), ("hello", ({"name": "Asha"},))]
    folder.load(dids=f"dids: {{{entries}, 8645012347: hello.yaml}}\n")
    assert len(folder.made) == 2


# -- one file's failure ----------------------------------------------------------------------------


def test_a_fault_of_ours_over_one_file_leaves_all_others_serving(folder: Folder):
    folder.load(hello=HELLO)
    folder.failure = RuntimeError("a bug")
    folder.load(hello=OTHER_GREETING, other=HELLO)
    assert folder.greeting() == "Hello."
    assert folder.row().problems == (
        f"{folder.path}/hello.yaml: a fault of Callwright's own: RuntimeError",
    )
    folder.failure = None
    folder.load(hello=HELLO.replace("Hello.", "Hi."))
    assert folder.greeting() == "Hi."


def test_a_flow_is_tried_again_when_a_provider_that_failed_may_have_recovered(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    folder.failure = ProviderError("gave no sound in time")
    folder.load(hello=HELLO)
    assert folder.row().problems == (f"{folder.path}/hello.yaml: gave no sound in time",)
    folder.failure = None
    folder.load()
    assert folder.greeting() is None
    monkeypatch.setattr(flows, "RETRY_SECONDS", 0)
    folder.failure = ProviderError("gave no sound in time")
    folder.load(hello=OTHER_GREETING)
    folder.failure = None
    folder.load()
    assert folder.greeting() == "Good day."


# -- the DIDs --------------------------------------------------------------------------------------


def test_a_number_is_not_moved_to_a_flow_that_does_not_serve(folder: Folder):
    folder.load(hello=HELLO)
    folder.load(dids=f"dids: {{{DID}: other.yaml}}\n", other="states: {}\n")
    assert folder.greeting() == "Hello."
    assert folder.shelf.dids_problems == (
        f"{folder.path}/dids.yaml: {DID}: other.yaml does not serve, "
        "so that all numbers stay as they were.",
    )
    folder.load(other=OTHER_GREETING)
    assert (folder.greeting(), folder.shelf.dids_problems) == ("Good day.", ())


def test_a_number_that_nobody_answered_keeps_no_other_from_moving(folder: Folder):
    dids = f"dids: {{{DID}: hello.yaml, 8645012346: bad.yaml}}\n"
    folder.load(hello=HELLO, other=OTHER_GREETING, bad="states: {}\n", dids=dids)
    assert (folder.greeting(), folder.greeting("8645012346")) == ("Hello.", None)
    folder.load(dids=dids.replace("hello.yaml", "other.yaml"))
    assert folder.greeting() == "Good day."


def test_callers_of_a_newcomer_that_does_not_serve_come_to_the_first_side(folder: Folder):
    sides = "[{flow: hello.yaml, share: 0}, {flow: bad.yaml, share: 100}]"
    folder.load(hello=HELLO, bad="states: {}\n", dids=f"dids: {{{DID}: {{split: {sides}}}}}\n")
    assert folder.greeting() == "Hello."


def test_calls_are_answered_as_before_while_a_new_version_is_made_ready(folder: Folder):
    folder.load(hello=HELLO)

    async def reload() -> None:
        folder.waiting = asyncio.Event()
        folder.write("other.yaml", OTHER_GREETING)
        folder.write("dids.yaml", f"dids: {{{DID}: other.yaml}}\n")
        loading = [asyncio.create_task(folder.shelf.load()) for _ in range(2)]
        await until(lambda: folder.shelf._loading.locked())
        assert folder.greeting() == "Hello."
        folder.waiting.set()
        await asyncio.gather(*loading)
        assert folder.greeting() == "Good day."

    asyncio.run(reload())
    assert [name for name, _ in folder.made] == ["hello", "other"]


# -- under calls -----------------------------------------------------------------------------------


@pytest.mark.network
def test_a_call_hears_the_recording_of_its_own_version_to_its_end(tmp_path: Path):
    flow = HELLO.replace("ask: What next?", "ask: {audio: next.wav, say: What next?}")
    (tmp_path / "flows").mkdir()
    recording = tmp_path / "flows" / "next.wav"
    recording.write_bytes(wav.mono(b"\xff" * 800))

    async def call() -> None:
        async with running(tmp_path, flow) as server, calling(server) as carrier:
            await carrier.connect()
            await carrier.next("connected")
            await carrier.next("greeting")
            before = server.house.shelf.shelved[0].loaded_at
            recording.write_bytes(wav.mono(b"\x80" * 1600))
            await until(lambda: server.house.shelf.shelved[0].loaded_at > before)
            await carrier.media(SILENCE)
            assert carrier.sound(await carrier.next("media")) == b"\xff" * 800
            recording.write_bytes(b"no sound")
            await until(lambda: bool(server.house.shelf.shelved[0].problems))
            async with calling(server) as other:
                await other.connect()
                await other.next("connected")
                await other.next("greeting")
                await other.media(SILENCE)
                assert other.sound(await other.next("media")) == b"\x80" * 1600

    asyncio.run(call())


@pytest.mark.network
def test_a_version_without_sound_for_its_prompts_does_not_serve(tmp_path: Path):
    speech = Speech()

    async def call() -> None:
        async with running(tmp_path, providers=speech) as server:
            speech.tts.failure = "raise"
            changed = HELLO.replace("Hello.", f"Never spoken before, in {tmp_path.name}.")
            (server.flows / "hello.yaml").write_text(changed)
            await until(lambda: bool(server.house.shelf.shelved[0].problems))
            assert "the script says so" in server.house.shelf.shelved[0].problems[0]
            async with calling(server) as carrier:
                await carrier.connect()
                await carrier.next("connected")
                greeting = carrier.sound(await carrier.next("greeting"))
                assert len(greeting) == len("Hello.") * 40

    asyncio.run(call())


@pytest.mark.network
def test_a_version_is_freed_when_its_last_call_has_ended(tmp_path: Path):
    gc.freeze()  # what was there before need not be searched

    async def call() -> None:
        async with running(tmp_path) as server:
            shelf = server.house.shelf
            async with calling(server) as carrier:
                await carrier.connect()
                await carrier.next("connected")
                version = weakref.ref(_loaded(shelf))
                (server.flows / "hello.yaml").write_text(HELLO.replace("Hello.", "Hi."))
                await until(lambda: _loaded(shelf) is not version())
                gc.collect()
                assert version() is not None
            await until(lambda: not len(server.house.switchboard))
            await until(lambda: gc.collect() >= 0 and version() is None, seconds=20)

    asyncio.run(call())


def _loaded(shelf: FlowShelf) -> Any:
    return shelf.by_name("hello")


@pytest.mark.network
def test_twenty_reloads_under_calls_drop_none_and_leave_one_version(tmp_path: Path):
    seen: list[weakref.ref[Any]] = []
    gc.freeze()  # as above

    async def call() -> None:
        async with running(tmp_path) as server:
            shelf = server.house.shelf
            (server.flows / "hello.test.yaml").write_text(
                TEST.replace("- bot: Hello.", "- bot: '*number*'")
            )
            async with calling(server) as first, calling(server) as second:
                for carrier in (first, second):
                    await carrier.connect()
                    await carrier.next("connected")
                    await carrier.next("greeting")
                for number in range(20):
                    (server.flows / "hello.yaml").write_text(
                        HELLO.replace("What next?", f"What next, number {number}?")
                    )
                    await shelf.load()
                    seen.append(weakref.ref(_loaded(shelf)))
                assert [x.problems for x in shelf.shelved] == [()]
                for carrier in (first, second):
                    await carrier.media(SILENCE)
                    assert len(carrier.sound(await carrier.next("media"))) == 40 * len("What next?")
                assert len(server.house.switchboard) == 2
            await until(lambda: not len(server.house.switchboard))
            gc.collect()
            assert [ref() for ref in seen[:-1]] == [None] * 19
            assert seen[-1]() is _loaded(shelf)

    asyncio.run(call())
