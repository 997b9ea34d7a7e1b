import gc
import json
from pathlib import Path

import pytest

from bench.collected import Collection, Watch, read, told


@pytest.fixture
def watch():
    gc.disable()
    made = Watch()
    yield made
    gc.callbacks.remove(made._note)
    gc.enable()


class Ring:
    def __init__(self) -> None:
        self.itself = self


def test_what_comes_after_the_servers_own_full_collection_is_kept(watch: Watch, tmp_path: Path):
    gc.collect(0)
    gc.collect()
    Ring()
    gc.collect(1)
    gc.collect()
    watch.write(tmp_path / "out.json")
    first, second = read(tmp_path / "out.json")
    assert (first.generation, second.generation) == (1, 2)
    assert first.found >= 1
    assert first.cpu_seconds >= 0


def test_where_there_was_none_all_is_kept(watch: Watch, tmp_path: Path):
    gc.collect(0)
    watch.write(tmp_path / "out.json")
    assert [x.generation for x in read(tmp_path / "out.json")] == [0]
    assert json.loads((tmp_path / "out.json").read_text())


def test_each_generation_has_its_line():
    seen = [Collection(0, 0.001, 5), Collection(0, 0.003, 7), Collection(2, 0.1, 300)]
    assert told(seen, minutes=2.0).splitlines() == [
        "Collections of generation 0: 1.0 a minute, p50 1.0 ms, max 3.0 ms, 2 ms a minute; "
        "found 6 objects a minute",
        "Collections of generation 1: 0.0 a minute",
        "Collections of generation 2: 0.5 a minute, p50 100.0 ms, max 100.0 ms, 50 ms a minute; "
        "found 150 objects a minute",
    ]
