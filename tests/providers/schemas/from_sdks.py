"""Writes the JSON Schemas beside it from the vendors' own Python SDKs.

    pip install deepgram-sdk==7.17.0 elevenlabs==2.78.0 cartesia==4.2.0
    python tests/providers/schemas/from_sdks.py

Together the SDKs are 50 MB, of which the tests need a hundred kilobytes: hence the files. What the
SDKs write as "one of these, or anything" is written here as "one of these", and what we send may
have no field that they do not know: a slip of ours is found.
"""

import inspect
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_type_hints

from cartesia.types import GenerationRequest, websocket_client_event, websocket_response
from deepgram.listen.v1.client import AsyncV1Client
from deepgram.listen.v1.media.raw_client import AsyncRawMediaClient
from deepgram.listen.v1.types import (
    ListenV1CloseStream,
    ListenV1Configure,
    ListenV1ConfigureFailure,
    ListenV1ConfigureSuccess,
    ListenV1Error,
    ListenV1Finalize,
    ListenV1KeepAlive,
    ListenV1Metadata,
    ListenV1Results,
)
from deepgram.types import ListenV1Encoding, ListenV1Model, ListenV1Response
from elevenlabs.text_to_speech.raw_client import AsyncRawTextToSpeechClient
from elevenlabs.text_to_speech.types import TextToSpeechStreamRequestOutputFormat
from pydantic import BaseModel, TypeAdapter, create_model

HERE = Path(__file__).parent

Schema = dict[str, Any]


def strict(schema: Any, *, closed: bool) -> Any:
    """The schema without "or anything"; `closed` lets no object have further fields."""
    if isinstance(schema, list):
        return [strict(each, closed=closed) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {
        key: strict(value, closed=closed)
        for key, value in schema.items()
        if key not in ("title", "description", "additionalProperties", "default")
    }
    if "anyOf" in schema:
        known = [each for each in schema["anyOf"] if each != {}]
        schema["anyOf"] = known
    if closed and "properties" in schema and schema.get("type") == "object":
        schema["additionalProperties"] = False
    return schema


def message(model: type[BaseModel], *, sent: bool) -> Schema:
    return strict(model.model_json_schema(by_alias=True), closed=sent)


def one_of(type_: Any) -> Schema:
    return strict(TypeAdapter(type_).json_schema(), closed=True)


def typed(message: Schema, name: str) -> Schema:
    """The schema of a message whose type is written loosely in the SDK."""
    message["properties"]["type"] = {"const": name}
    message["required"] = sorted({*message.get("required", []), "type"})
    return message


NO_PARAMETERS = {"self", "request", "authorization", "request_options", "voice_id", "return"}
"""Arguments of the SDKs' functions that are not parameters of the API."""


def parameters(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name not in NO_PARAMETERS]


def deepgram() -> Schema:
    return {
        "query": parameters(AsyncV1Client.connect),
        "http_query": parameters(AsyncRawMediaClient.transcribe_file),
        "model": one_of(ListenV1Model),
        "encoding": one_of(ListenV1Encoding),
        "sent": {
            name: typed(message(model, sent=True), name)
            for name, model in {
                "Finalize": ListenV1Finalize,
                "KeepAlive": ListenV1KeepAlive,
                "CloseStream": ListenV1CloseStream,
                "Configure": ListenV1Configure,
            }.items()
        },
        "received": {
            name: typed(message(model, sent=False), name)
            for name, model in {
                "Results": ListenV1Results,
                "Metadata": ListenV1Metadata,
                "Error": ListenV1Error,
                "ConfigureSuccess": ListenV1ConfigureSuccess,
                "ConfigureFailure": ListenV1ConfigureFailure,
            }.items()
        },
        "response": message(ListenV1Response, sent=False),
    }


def elevenlabs() -> Schema:
    function = AsyncRawTextToSpeechClient.stream
    hints = get_type_hints(function)
    query = ("enable_logging", "optimize_streaming_latency", "output_format")
    fields = {name: (hints[name], ...) for name in hints if name not in {*query, *NO_PARAMETERS}}
    body = message(create_model("Body", **fields), sent=True)
    return {
        "query": list(query),
        "output_format": one_of(TextToSpeechStreamRequestOutputFormat),
        "body": {**body, "required": ["text"]},
    }


def cartesia() -> Schema:
    response = websocket_response
    return {
        "sent": {
            "generation": message(GenerationRequest, sent=True),
            "cancel": message(websocket_client_event.CancelContextRequest, sent=True),
        },
        "received": {
            "chunk": message(response.Chunk, sent=False),
            "done": message(response.Done, sent=False),
            "flush_done": message(response.FlushDone, sent=False),
            "timestamps": message(response.Timestamps, sent=False),
            "error": message(response.Error, sent=False),
        },
    }


def main() -> None:
    sources = {
        "deepgram": (deepgram, "deepgram-sdk"),
        "elevenlabs": (elevenlabs, "elevenlabs"),
        "cartesia": (cartesia, "cartesia"),
    }
    for name, (schemas, package) in sources.items():
        written = {"source": f"{package} {version(package)}", **schemas()}
        (HERE / f"{name}.json").write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
