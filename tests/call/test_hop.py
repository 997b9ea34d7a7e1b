import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.call.hop import Hop, first_hop, next_hop
from runtime.flow.web import WebFailure, WebRequest

KEYS = (("Authorization", "Bearer k"), ("X-Api-Key", "k"), ("Cookie", "k"))


def hop(url: str = "https://a.example/x", method: str = "POST", headers=(), body=b"b") -> Hop:
    return first_hop(WebRequest(method, url, tuple(headers), body, 3.0))


def names(hop: Hop) -> set[str]:
    return {name.lower() for name, _ in hop.headers}


def test_what_the_author_does_not_say_is_added():
    assert names(hop(headers=[("x-key", "k")])) == {
        *("x-key", "accept", "accept-encoding", "user-agent")
    }
    assert [
        pair for pair in hop(headers=[("ACCEPT", "text/csv")]).headers if "cept" in pair[1]
    ] == []
    assert ("ACCEPT", "text/csv") in hop(headers=[("ACCEPT", "text/csv")]).headers


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [
        *(
            (301, "POST", "GET"),
            (301, "PUT", "PUT"),
            (302, "POST", "GET"),
            (302, "DELETE", "DELETE"),
        ),
        *((303, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD")),
        *((307, "POST", "POST"), (308, "POST", "POST"), (308, "GET", "GET")),
    ],
)
def test_method_and_body_follow_rfc_9110(status, method, becomes):
    headers = [("Content-Type", "text/plain"), ("Content-Length", "1"), ("X-Key", "k")]
    onward = next_hop(hop(method=method, headers=headers), status, "/y")
    assert onward.method == becomes
    if method == becomes:
        assert onward.body == b"b"
        assert {"content-type", "content-length"} <= names(onward)
    else:
        assert onward.body == b""
        assert not {"content-type", "content-length"} & names(onward)
    assert "x-key" in names(onward)


@pytest.mark.parametrize(
    ("url", "location", "kept"),
    [
        ("https://a.example/x", "/y", True),
        ("https://a.example/x", "https://A.example:443/y", True),
        ("http://a.example/x", "https://a.example/y", True),
        ("http://a.example:8080/x", "https://a.example/y", False),
        ("https://a.example/x", "https://a.example:444/y", False),
        ("https://a.example/x", "//b.example/y", False),
        ("https://a.example/x", "https://a.example.b.example/y", False),
    ],
)
def test_keys_stay_with_the_host_that_they_are_for(url, location, kept):
    onward = next_hop(hop(url, headers=[*KEYS, ("Accept-Language", "hi")]), 307, location)
    for name, _ in KEYS:
        assert (name.lower() in names(onward)) is kept
    assert {"accept", "user-agent", "accept-language"} <= names(onward)


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://a.example/", "refused"),
        ("ftp://a.example/", "refused"),
        ("file:///etc/passwd", "refused"),
        ("https://user:pass@a.example/", "refused"),
        ("https://a.example:99999/", "failed"),
        ("https://[:::]/", "failed"),
    ],
)
def test_a_redirect_goes_on_over_the_web_only_and_never_back_to_http(location, kind):
    with pytest.raises(WebFailure) as caught:
        next_hop(hop(), 302, location)
    assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        *(("", "refused"), ("a.example/x", "refused"), ("gopher://a.example", "refused")),
        *(
            ("http://u@a.example", "refused"),
            ("http://", "failed"),
            ("http://a.example:0", "failed"),
        ),
        *(
            ("http://a\x00b/", "failed"),
            ("http://0177.0.0.1/", "failed"),
            ("http://a.example/" + "x" * 100_000, "failed"),
        ),
    ],
)
def test_what_is_no_web_address_is_told(url, kind):
    with pytest.raises(WebFailure) as caught:
        hop(url)
    assert caught.value.kind == kind


@given(st.text() | st.text().map("http://".__add__) | st.text().map("https://xn--".__add__))
def test_any_text_as_an_address_leads_on_or_fails_plainly(text):
    for lead in (lambda: hop(text), lambda: next_hop(hop(), 302, text)):
        try:
            found = lead()
        except WebFailure:
            continue
        assert found.host
        assert 0 < found.port < 65536
