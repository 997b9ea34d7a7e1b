import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.carrier.phone_number import BadNumber, ten_digits


@pytest.mark.parametrize(
    "written",
    [
        "9800000001",
        "+919800000001",
        "+91 98000 00001",
        "09800000001",
        "+91 0 98000 00001",
        " 9800000001\n",
        "98000\u00a000001",
    ],
)
def test_spaces_plus_91_and_a_leading_0_are_dropped(written):
    assert ten_digits(written, "did") == "9800000001"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "980000000",
        "98000000011",
        "919800000001",
        "+9109800000",
        "0800000001",
        "009800000001",
        "+1 9800000001",
        "98000-00001",
        "९८००००००००",
        "9800000001;x",
        "tel:9800000001",
    ],
)
def test_anything_else_is_refused_by_its_field_and_not_repeated(written):
    with pytest.raises(BadNumber) as refused:
        ten_digits(written, "mobile_number")
    assert refused.value.field == "mobile_number"
    assert str(refused.value).startswith("mobile_number: ")
    assert not written or written not in str(refused.value)


@given(st.text())
def test_whatever_is_written_becomes_ten_digits_or_is_refused(written):
    try:
        digits = ten_digits(written, "did")
    except BadNumber:
        return
    assert len(digits) == 10
    assert digits.isascii()
    assert digits.isdigit()
    assert ten_digits(digits, "did") == digits
