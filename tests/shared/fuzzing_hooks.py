"""Loaded by Schemathesis itself (see fuzzing.py)."""

from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Let no stream of events last for ever, and call with a flow that there is.

    The document cannot say which flows there are; one that does not serve is rightly refused.
    """
    operation = f"{case.method.upper()} {case.path}"
    if operation == "POST /v1/calls" and isinstance(case.body, dict):
        flow = case.body.get("flow")
        if flow is None or (isinstance(flow, str) and len(flow) <= 200):
            case.body = {**case.body, "flow": "hello"}
    if operation == "GET /v1/events":
        query = case.query or {}
        if str(query.get("wait", "0")).isdecimal():
            case.query = {**query, "wait": 0}
