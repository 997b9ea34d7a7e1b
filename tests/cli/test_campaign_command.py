import csv
import io
import json
import time
from pathlib import Path

import pytest
from databases import fresh_tables
from shell import callwright

from runtime.cli.campaign_results import as_csv
from runtime.cli.campaign_view import as_line
from runtime.outbound.campaign.call_list import read_call_list
from runtime.outbound.campaign.plan import Plan
from runtime.outbound.campaign.register import Register, Result, Standing
from runtime.store.database import Database

LIST = b"mobile,name\n9845012345,Asha\n12,Ravi\n"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a list, its plan and the tables."""
    monkeypatch.chdir(tmp_path)
    fresh_tables(tmp_path / "data").rename(tmp_path / "data" / "callwright.sqlite")
    Path("may.csv").write_bytes(LIST)
    Path("may.yaml").write_text("did: 8645012345\n")
    return tmp_path


def opened(folder: Path) -> None:
    engine = Database.of(None, folder / "data").engine()
    rows = read_call_list(LIST, "Asia/Kolkata")
    Register(engine).open("may", "may.csv", LIST, Plan(did="8645012345"), rows, time.time())
    engine.dispose()


def test_a_check_lists_bad_rows_and_calls_nobody(folder):
    found = callwright(["campaign", "run", "may.csv", "--check"])
    assert found.exit_code == 1
    assert "line 3: '12' is no number of ten digits" in found.output
    assert "1 rows can be called, 1 cannot." in found.output
    Path("may.csv").write_bytes(LIST.replace(b"12,Ravi\n", b""))
    assert callwright(["campaign", "run", "may.csv", "--check"]).exit_code == 0
    assert callwright(["campaign", "status"]).output == "There are no campaigns.\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["run", "june.csv"], "june.csv cannot be read: No such file or directory"),
        (["run", "may.csv", "--plan", "none.yaml"], "none.yaml cannot be read"),
        (["run", "may.csv", "--pace", "0"], "pace: Input should be greater than 0"),
        (["run", "may.csv", "--suppress", "bad.txt"], "bad.txt: '98' is no number"),
        (["status", "june"], "there is no campaign 'june'"),
        (["pause", "june"], "there is no campaign 'june'"),
        (["results", "june"], "there is no campaign 'june'"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(folder, arguments, why):
    Path("bad.txt").write_text("9845012345\n98\n")
    found = callwright(["campaign", *arguments])
    assert found.exit_code == 2
    assert why in found.output


def test_a_plan_without_a_did_names_what_is_missing(folder):
    Path("may.yaml").unlink()
    found = callwright(["campaign", "run", "may.csv"])
    assert (found.exit_code, "may.yaml: 'did' is missing." in found.output) == (2, True)


def test_a_campaign_is_paused_resumed_and_cancelled(folder):
    opened(folder)
    for command, exit_code, says in (
        ("resume", 1, "'may' is not paused."),
        ("delete", 1, "'may' is not over; cancel it first."),
        ("pause", 0, "'may' is paused."),
        ("pause", 1, "'may' does not run."),
        ("resume", 0, "'may' goes on."),
        ("cancel", 0, "'may' is cancelled."),
        ("cancel", 1, "'may' is over already."),
    ):
        found = callwright(["campaign", command, "may"])
        assert (found.exit_code, found.output.strip()) == (exit_code, says)
    found = callwright(["campaign", "run", "may.csv"])
    assert found.exit_code == 2
    assert "was cancelled; give another one another --name" in found.output
    assert callwright(["campaign", "delete", "may"]).output == "'may' is forgotten.\n"
    assert callwright(["campaign", "status"]).output == "There are no campaigns.\n"


def test_the_status_is_a_line_or_json(folder):
    opened(folder)
    assert (
        "may  running: 0 of 1 done, 1 waiting, 1 bad rows"
        in callwright(["campaign", "status"]).output
    )
    found = json.loads(callwright(["campaign", "status", "may", "--json"]).stdout)
    assert (found["campaign"], found["waiting"], found["bad"]) == ("may", 1, 1)
    assert len(json.loads(callwright(["campaign", "status", "--json"]).stdout)) == 1


def test_results_keep_the_lists_rows_and_harm_no_spreadsheet():
    rows = [
        Result(
            2, ("9845012345", "=1+1"), "9845012345", "ended", "busy", 3, "", {"n": "é"}, ("a", "b")
        ),
        Result(3, ("12",), "", "bad", None, 0, "it has 1 cells, the first line has 2", {}, ()),
        Result(4, ("1", "2", "3"), "", "bad", None, 0, "it has 3 cells", {}, ()),
    ]
    lines = "".join(as_csv(("mobile", "name"), rows))
    assert list(csv.reader(io.StringIO(lines)))[1:] == [
        ["9845012345", "'=1+1", "2", "ended", "busy", "3", "", '{"n": "é"}', "a b"],
        ["12", "", "3", "bad", "", "0", "it has 1 cells, the first line has 2", "", ""],
        ["1", "2", "4", "bad", "", "0", "it has 3 cells", "", ""],
    ]
    assert "".join(as_csv(("mobile",), [])).startswith("mobile,campaign_line,campaign_status,")


def test_a_line_tells_how_a_campaign_stands():
    standing = Standing("paused", "4 of the last 4 attempts failed", 5, 2, 3, 1, 1e9, {"busy": 3})
    assert as_line(standing, 2e9) == (
        "paused: 3 of 10 done, 2 on the phone, 5 waiting, 1 bad rows (busy 3). "
        "4 of the last 4 attempts failed. Go on with: callwright campaign resume"
    )
    assert ", the next at " in as_line(standing, 1e8)
