"""Who answers from far away in a chat: the person at the keyboard, or the real thing."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import typer

from providers.base import ModelUsage, ProviderError, ToolCall
from runtime.call.errands import answer_of
from runtime.call.public_network import PublicNetwork
from runtime.call.web_client import WebClient
from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.engine.effects import AskModel
from runtime.flow.engine.prompting import FILL, LEAVE
from runtime.flow.request import Request
from runtime.flow.web import WebFailure, WebRequest
from runtime.settings import Settings

Read = Callable[[str], str | None]
"""Asks the person something; None where nobody is there."""


class Person:
    """Lets whoever chats play the web services and the model, too."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def request(self, request: Request, sent: WebRequest) -> WebReply:
        """Ask for the answer: JSON, a status, or `error`."""
        typer.echo(f"  [{request.name}] {sent.method} {sent.url}")
        if sent.body:
            typer.echo(f"  {sent.body.decode()}")
        while True:
            line = self._read("  its answer (JSON, a status such as 409, error, timeout): ")
            if line is None or line == "error":
                return WebReply(fault="error")
            if line == "timeout":
                return WebReply(fault="timeout")
            status, _, body = line.partition(" ") if line[:3].isdigit() else ("200", "", line)
            try:
                return WebReply(int(status), json.loads(body) if body.strip() else None)
            except ValueError:
                typer.echo('  That is neither. For example: {"times": ["17:00"]}')

    def model(self, question: AskModel) -> ModelReply:
        """Ask for the model's words, or `/intent NAME`, `/slot NAME VALUE`."""
        if question.schema:
            said = question.messages[-1].text
            line = self._read(f"  [model] which intent is '{said}'? (empty: none) ")
            return ModelReply(intent=line or "")
        line = self._read("  [model] says (or /intent NAME, /slot NAME VALUE): ")
        match (line or "").split(maxsplit=2):
            case ["/intent", name]:
                return ModelReply(intent=name)
            case ["/slot", name, value]:
                return ModelReply(slots={name: value})
            case []:
                return ModelReply(is_down=True)
            case _:
                return ModelReply(reply=line or "")


class Live:
    """Really makes the requests, and really asks the model of the settings."""

    def __init__(self, settings: Settings, llm: str) -> None:
        self._settings = settings
        self._llm = llm

    def request(self, request: Request, sent: WebRequest) -> WebReply:
        """Make the request."""
        typer.echo(f"  [{request.name}] {sent.method} {sent.url.partition('?')[0]}")
        try:
            answer = asyncio.run(self._send(sent))
        except WebFailure as failure:
            typer.echo(f"  {failure.reason}", err=True)
            return WebReply(fault="timeout" if failure.kind == "timeout" else "error")
        return WebReply(answer.status, answer.body, answer.headers)

    async def _send(self, sent: WebRequest) -> Any:
        network = PublicNetwork(allow_private=self._settings.requests.allow_private)
        client = WebClient(network, connections=1)
        try:
            return await client.send(sent)
        finally:
            await client.close()

    def model(self, question: AskModel) -> ModelReply:
        """Ask the model."""
        try:
            return asyncio.run(self._ask(question))
        except ProviderError as error:
            typer.echo(f"  [model] {error.message}", err=True)
            return ModelReply(is_down=True)

    async def _ask(self, question: AskModel) -> ModelReply:
        model = self._model()
        words, calls, tokens = "", [], 0
        try:
            async for piece in answer_of(model, question):
                match piece:
                    case str():
                        words += piece
                    case ToolCall():
                        calls.append(piece)
                    case ModelUsage(prompt_tokens=asked, completion_tokens=answered):
                        tokens = asked + answered
        finally:
            await model.close()
        return _reply(words, calls, tokens)

    def _model(self) -> Any:
        from providers import registry

        name = self._llm or next(iter(self._settings.defaults.llm), "")
        known: Mapping[str, Mapping[str, Any]] = self._settings.providers.llm
        if name not in known:
            raise ProviderError(f"the settings have no llm provider '{name}'", retryable=False)
        options = dict(known[name])
        return registry.build("llm", str(options.pop("use", name)), options)


def _reply(words: str, calls: list[ToolCall], tokens: int) -> ModelReply:
    slots: dict[str, str] = {}
    intent, others = "", []
    for call in calls:
        if call.name == FILL:
            slots |= {name: str(value) for name, value in call.arguments.items()}
        elif call.name == LEAVE:
            intent = str(call.arguments.get("way", ""))
        else:
            others.append((call.name, call.arguments))
    return ModelReply(words, intent, slots, tuple(others), tokens)
