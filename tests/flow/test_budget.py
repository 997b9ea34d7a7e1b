"""Whatever files name each other: reading them ends soon, with a sentence."""

from runtime.flow.lines import keypad_is_enough
from runtime.flow.model import with_runs
from runtime.flow.reading import read_flow

END = "end: {hangup: Bye.}"


def codes(text, files):
    reading = read_flow(text, "f.yaml", open_file=files.get)
    return [problem.code for problem in reading.problems]


def runs(*names):
    states = [f"s{n}: {{run: {name}, next: end}}" for n, name in enumerate(names)]
    ways = ", ".join(f"s{n}" for n in range(len(names)))
    return f"start: menu\nstates: {{menu: {{choose: [{ways}]}}, {', '.join(states)}, {END}}}\n"


def test_an_included_bomb_is_refused_where_it_stands():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    files = {"bomb.yaml": "\n".join(rows).encode(), "deep.yaml": b"[" * 10_000}
    files["tag.yaml"] = b"intents: !!python/object:os.system {}\n"
    text = f"include: [bomb.yaml, deep.yaml, tag.yaml]\nstates: {{{END}}}\n"
    assert sorted(codes(text, files)) == ["tag", "too-big", "too-deep"]


def test_all_included_files_together_are_bounded():
    files = {f"{n}.yaml": b"# " + b"x" * 400_000 + b"\nphrases: {}\n" for n in range(4)}
    text = f"include: [0.yaml, 1.yaml, 2.yaml, 3.yaml]\nstates: {{{END}}}\n"
    assert codes(text, files) == ["too-much", "too-much"]


def test_files_that_include_ever_more_come_to_an_end():
    files = {
        f"{n}.yaml": f"include: [{n + 1}.yaml]\nphrases: {{}}\n".encode() for n in range(10_000)
    }
    assert codes(f"include: [0.yaml]\nstates: {{{END}}}\n", files) == ["too-much"]


def test_flows_that_run_others_in_every_way_come_to_an_end():
    layer = ["a.yaml", "b.yaml", "c.yaml", "d.yaml"]
    files = {f"9{name}": f"states: {{{END}}}\n".encode() for name in layer}
    for depth in range(9):
        text = runs(*(f"{depth + 1}{name}" for name in layer)).encode()
        files |= {f"{depth}{name}": text for name in layer}
    assert set(codes(runs(*(f"0{name}" for name in layer)), files)) >= {"too-much"}


def test_a_flow_that_is_run_from_many_states_is_read_once():
    files = {f"{n}.yaml": runs(*[f"{n + 1}.yaml"] * 20).encode() for n in range(8)}
    files["8.yaml"] = b"states: {a: {say: Hi., next: b}, b: {hangup: Bye.}}\n"
    reading = read_flow(runs(*["0.yaml"] * 20), "f.yaml", open_file=files.get)
    assert reading.flow is not None
    assert [flow.file for flow in with_runs(reading.flow)] == [
        "f.yaml",
        *(f"{n}.yaml" for n in range(9)),
    ]
    assert keypad_is_enough(reading.flow)
