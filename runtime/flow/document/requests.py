"""Requests: the author's own systems, each named once."""

from collections.abc import Mapping

from runtime.flow.document.draft import Draft
from runtime.flow.document.keys import Key, Kind, Table, Values, one_of, open_table
from runtime.flow.document.payloads import JSON
from runtime.flow.document.texts import TEXT, read_template, read_url
from runtime.flow.document.values import FACTS, WORD, is_variable_name, seconds_of
from runtime.flow.problem import listed
from runtime.flow.query import Query, QueryProblem
from runtime.flow.request import Request
from runtime.flow.source import Fields, Node, Scalar
from runtime.flow.template import Template

ENV, CONVERSATION = "env", "conversation"
"""What templates see in requests only."""

LONGEST_TIMEOUT = 60.0

Texts = tuple[tuple[str, Template], ...]


def _read_texts(draft: Draft, node: Node) -> Texts | None:
    if not isinstance(node, Fields):
        draft.needs(node, "a mapping of names to texts")
        return None
    read = ((name, read_template(draft, entry.value)) for name, entry in node.entries.items())
    return tuple((name, text) for name, text in read if text is not None)


def _read_timeout(draft: Draft, node: Node) -> float | None:
    seconds = seconds_of(node.text.strip()) if isinstance(node, Scalar) else None
    if seconds is None:
        draft.needs(node, "a duration such as 3s or 700ms")
    elif not 0 < seconds <= LONGEST_TIMEOUT:
        message = f"no caller waits longer than {LONGEST_TIMEOUT:g}s."
        draft.error(node, "out-of-range", message)
    else:
        return seconds
    return None


def _read_save(draft: Draft, node: Node) -> tuple[tuple[str, Query], ...] | None:
    if not isinstance(node, Fields):
        draft.needs(node, "a mapping such as {times: body.times}")
        return None
    saved: list[tuple[str, Query]] = []
    for name, entry in node.entries.items():
        if not is_variable_name(draft, entry.key, FACTS):
            continue
        draft.assigned.add(name)
        path = WORD.read(draft, entry.value)
        try:
            if path is not None:
                saved.append((name, Query.parse(path)))
        except QueryProblem:
            message = f"'{path}' is no path into an answer (they are written in JMESPath)."
            draft.error(entry.value, "bad-path", message, "Write body.times, say, or status.")
    return tuple(saved)


URL = Kind("URL", read_url)
METHODS = tuple(
    Key(name, URL, f"The URL, for {name.upper()}.")
    for name in ("get", "post", "put", "patch", "delete")
)
HEADERS = Key("headers", Kind("mapping of a name to a text", _read_texts), "Sent along.", "none")
REQUEST_JSON = Key("json", JSON, "The body, as JSON.", "none")
FORM = Key("form", Kind("mapping of a name to a text", _read_texts), "The body, as a form.", "none")
TIMEOUT = Key("timeout", Kind("duration", _read_timeout), "The longest wait.", "5s")
REQUEST_SAVE = Key(
    "save",
    Kind("mapping of a variable to a path", _read_save),
    "Variables from the answer: JMESPath over `status`, `headers` and `body`.",
    "none",
)
HOLD = Key("hold", TEXT, "Said when the answer takes over a second, again every five.", "nothing")
REQUEST_DESCRIPTION = Key("description", WORD, "For a language model.", "none")

REQUEST_TABLE = Table(
    "a request",
    (*METHODS, HEADERS, REQUEST_JSON, FORM, TIMEOUT, REQUEST_SAVE, HOLD, REQUEST_DESCRIPTION),
)


def read_requests(draft: Draft, fields: Fields | None) -> Mapping[str, Request]:
    """Read the requests; one that is wrong stands for its name."""
    entries = fields.entries if fields else {}
    return {name: _read_request(draft, entry.key, entry.value) for name, entry in entries.items()}


def _read_request(draft: Draft, key: Scalar, node: Node) -> Request:
    values = open_table(draft, node, REQUEST_TABLE)
    if values is None:
        return Request(key.text, key.place, "get", Template.parse(""))
    with draft.local({ENV, CONVERSATION}):
        method, url = _method(values, key)
        headers, form = values.get_or(HEADERS, ()), values.get_or(FORM, ())
        json = values.get(REQUEST_JSON)
    _check_body(values, method)
    return Request(
        key.text,
        key.place,
        method,
        url or Template.parse(""),
        headers=headers,
        json=json,
        form=form,
        timeout=values.get_or(TIMEOUT, 5.0),
        save=values.get_or(REQUEST_SAVE, ()),
        hold=values.get(HOLD),
        description=values.get_or(REQUEST_DESCRIPTION, ""),
    )


def _method(values: Values, key: Scalar) -> tuple[str, Template | None]:
    draft, entries = values.draft, values.fields.entries
    methods = [method for method in METHODS if method.name in entries]
    if not methods and entries.keys() <= set(REQUEST_TABLE.names):
        names = one_of(tuple(method.name for method in METHODS))
        message = f"the request '{key.text}' goes nowhere."
        draft.error(key, "missing-key", message, f"Give it a URL under {names}.")
    if not methods:
        return "get", None
    if len(methods) > 1:
        message = f"a request has one method, but '{key.text}' has "
        message += f"{listed([method.name for method in methods])}."
        draft.error(entries[methods[1].name].key, "two-methods", message, "Make two of it.")
    url = values.get(methods[0])
    if url is not None:
        _check_url(draft, entries[methods[0].name].value, url)
    return methods[0].name, url


def _check_url(draft: Draft, node: Node, url: Template) -> None:
    start = url.source.lower()
    if not start.startswith(("http://", "https://", "{{ env.", "{{env.")):
        message = "a URL begins with https:// (or http://), or with {{ env.NAME }}."
        draft.error(node, "bad-url", message)


def _check_body(values: Values, method: str) -> None:
    entries = values.fields.entries
    if REQUEST_JSON.name in entries and FORM.name in entries:
        message = "a request has one body, but 'json' and 'form' stand here."
        values.draft.error(entries[FORM.name].key, "misplaced-key", message, "Keep one of them.")
    for body in (REQUEST_JSON, FORM):
        if method == "get" and body.name in entries:
            message = f"'{body.name}' has no effect: a GET has no body."
            hint = "Put the values into the URL, or use 'post'."
            values.draft.error(entries[body.name].key, "misplaced-key", message, hint)
