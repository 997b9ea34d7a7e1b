import codecs
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each_row

from runtime.outbound.campaign.call_list import CallList, ListProblem, read_call_list
from runtime.outbound.campaign.numbers import mobile_number, read_numbers

GOOD = "mobile_number,name,timezone\n9845012345,Asha,\n+91 98450 12346,Ravi,Europe/Berlin\n"


def read(text: str) -> CallList:
    return read_call_list(text.encode(), "Asia/Kolkata")


def test_a_row_is_a_number_with_variables_and_a_time_zone():
    one, two = read(GOOD).contacts
    assert (one.line, one.mobile, one.variables) == (2, "9845012345", {"name": "Asha"})
    assert one.timezone == "Asia/Kolkata"
    assert (two.line, two.mobile, two.timezone) == (3, "9845012346", "Europe/Berlin")


@each_row(
    "content",
    [
        GOOD.encode(),
        codecs.BOM_UTF8 + GOOD.encode(),
        codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + GOOD.encode("utf-16-be"),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.replace("\n", "\n\n").encode(),
        GOOD.rstrip("\n").encode(),
    ],
)
def test_lists_of_all_programs_are_read_alike(content):
    found = read_call_list(content, "Asia/Kolkata")
    assert [(each.mobile, dict(each.variables)) for each in found.contacts] == [
        ("9845012345", {"name": "Asha"}),
        ("9845012346", {"name": "Ravi"}),
    ]
    assert found.bad == ()


def test_an_old_windows_list_keeps_its_letters():
    found = read_call_list("mobile;name\n9845012345;José\n".encode("cp1252"), "Asia/Kolkata")
    assert found.contacts[0].variables == {"name": "José"}


@each_row(
    ("row", "reason"),
    [
        ("12345,A,", "'12345' is no number of ten digits"),
        ("9.845E+09,A,", "'9.845E+09' is no number of ten digits"),
        ("+14155550100,A,", "'+14155550100' is no number of ten digits"),
        (",A,", "it has no number"),
        ("9845012346,A", "it has 2 cells, the first line has 3"),
        ("9845012346,A,,B", "it has 4 cells, the first line has 3"),
        ("9845012346,A,India", "there is no time zone 'India'; write one as Asia/Kolkata"),
        ("098450 12345,A,", "9845012345 stands already in line 2"),
        ('9845012346,"A,', "a quote is opened and not closed, or a cell is too long"),
    ],
)
def test_a_bad_row_is_listed_with_its_line_and_its_reason(row, reason):
    found = read(f"mobile,name,timezone\n9845012345,Asha,\n{row}\n9845012399,Last,\n")
    assert [(bad.line, bad.reason) for bad in found.bad] == [(3, reason)]
    assert [each.line for each in found.contacts] == [2, 4]


def test_a_forgotten_quote_loses_one_row():
    found = read('mobile,name\n9845012345,"Asha\n9845012346,Ravi\n9845012347,"Uma\n9845012348,Om\n')
    assert [bad.line for bad in found.bad] == [2, 4]
    assert [each.mobile for each in found.contacts] == ["9845012346", "9845012348"]


def test_a_quoted_cell_may_have_lines_quotes_and_commas():
    found = read('mobile,note\n9845012345,"one,\ntwo ""2"""\n9845012346,x\n')
    assert [(each.line, each.variables["note"]) for each in found.contacts] == [
        (2, 'one,\ntwo "2"'),
        (4, "x"),
    ]


@each_row(
    ("text", "message"),
    [
        ("", "the list is empty; its first line names the columns"),
        (
            "a,b\n1,2\n",
            "no column is named mobile_number or mobile or phone_number or phone or number",
        ),
        ("mobile,name,name\n", "two columns are named 'name'"),
        ("mobile,First Name\n", "column 2 is named 'First Name', which a flow cannot name"),
    ],
)
def test_a_list_without_usable_columns_is_refused(text, message):
    with pytest.raises(ListProblem) as problem:
        read(text)
    assert str(problem.value).startswith(message)


def test_the_plan_may_name_the_column_of_the_number():
    found = read_call_list(b"Contact No.,name\n9845012345,A\n", "Asia/Kolkata", "Contact No.")
    assert found.contacts[0].mobile == "9845012345"


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
numbers = st.one_of(st.integers(6_000_000_000, 6_000_000_020).map(str), cells)
# Only a row that is whole may go over several lines.
short = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), max_size=8)
rows_of_all_widths = st.one_of(st.lists(numbers, min_size=2, max_size=2), st.lists(short))


@given(st.lists(rows_of_all_widths.filter(bool), max_size=12))
def test_no_row_is_lost_whatever_its_cells(rows):
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["mobile", "name"])
    writer.writerows(rows)
    found = read(file.getvalue())
    written = [row for row in rows if any(cell.strip() for cell in row)]
    assert len(found.contacts) + len(found.bad) == len(written)


@given(st.text(max_size=200).map(lambda text: "mobile,name\n" + text))
def test_any_text_is_read_with_each_line_in_one_row_at_most(text):
    found = read(text)
    lines = [each.line for each in (*found.contacts, *found.bad)]
    assert len(set(lines)) == len(lines)


@each_row(
    ("text", "number"),
    [
        ("9845012345", "9845012345"),
        (" +91 98450-12345 ", "9845012345"),
        ("0091 (98450) 12345", "9845012345"),
        ("09845012345", "9845012345"),
        ("919845012345", "9845012345"),
        ("080 4567 1234", "8045671234"),
        ("1845012345", None),
        ("984501234", None),
        ("98450123456", None),
        ("+4915112345678", None),
        ("९८४५०१२३४५", None),
        ("9845012345.0", None),
        ("", None),
    ],
)
def test_a_number_is_the_ten_digits_that_the_carrier_takes(text, number):
    assert mobile_number(text) == number


def test_a_suppression_list_is_a_number_a_line():
    text = "mobile,why\n# since May\n9845012345,asked\n\n+91 98450 12346\n12,short\n9845012345\n"
    assert read_numbers(text) == (("9845012345", "9845012346"), ("12",))
