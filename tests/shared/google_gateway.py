"""From Google's gRPC to the plain HTTP of the conformance suites' server, and its faults back.

A gateway is a gRPC server in threads of its own. It posts what a request says as JSON, `texts` and
whether it is `streamed`, and passes on what comes: a body as the sound, a status as the code that
Google's own gateways have for it (google/rpc/code.proto), a connection that breaks as UNAVAILABLE.
Where the gRPC client cancels, it hangs up.
"""

import http.client
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import grpc
from google.cloud import texttospeech_v1 as api
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from google_speech import SERVICE

CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    503: grpc.StatusCode.UNAVAILABLE,
}


class Gateway:
    """Leads to the HTTP server at `url`; `endpoint` is where it listens."""

    def __init__(self, url: str) -> None:
        self._server = urlsplit(url)
        self._grpc = grpc.server(ThreadPoolExecutor(16))
        self._grpc.add_generic_rpc_handlers((self._handlers(),))
        self.endpoint = f"http://127.0.0.1:{self._grpc.add_insecure_port('127.0.0.1:0')}"
        self._grpc.start()

    def stop(self) -> None:
        """Stop, once the threads are done with what is under way."""
        self._grpc.stop(None).wait()

    def _handlers(self) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "SynthesizeSpeech": grpc.unary_unary_rpc_method_handler(
                    self._whole,
                    request_deserializer=api.SynthesizeSpeechRequest.deserialize,
                    response_serializer=api.SynthesizeSpeechResponse.serialize,
                ),
                "StreamingSynthesize": grpc.stream_stream_rpc_method_handler(
                    self._streamed,
                    request_deserializer=api.StreamingSynthesizeRequest.deserialize,
                    response_serializer=api.StreamingSynthesizeResponse.serialize,
                ),
            },
        )

    def _whole(self, request, context) -> api.SynthesizeSpeechResponse:
        asked = {"texts": [request.input.text], "streamed": False}
        return api.SynthesizeSpeechResponse(audio_content=b"".join(self._ask(asked, context)))

    def _streamed(self, requests, context) -> Iterator[api.StreamingSynthesizeResponse]:
        _, *inputs = requests
        asked = {"texts": [request.input.text for request in inputs], "streamed": True}
        for piece in self._ask(asked, context):
            yield api.StreamingSynthesizeResponse(audio_content=piece)

    def _ask(self, asked: dict[str, object], context) -> Iterator[bytes]:
        try:
            yield from self._pieces(asked, context)
        except (OSError, http.client.HTTPException, ValueError):
            context.abort(grpc.StatusCode.UNAVAILABLE, "upstream connect error")

    def _pieces(self, asked: dict[str, object], context) -> Iterator[bytes]:
        way = socket.create_connection((self._server.hostname, self._server.port))

        def hang_up() -> None:
            with suppress(OSError):
                way.shutdown(socket.SHUT_RDWR)

        with way:
            context.add_callback(hang_up)
            body = json.dumps(asked).encode()
            way.sendall(b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
            answer = http.client.HTTPResponse(way)
            answer.begin()
            if answer.status != 200:
                _refuse(answer, context)
            if answer.headers["content-type"] == "text/html":
                context.abort(grpc.StatusCode.UNKNOWN, "unexpected content-type text/html")
            while piece := answer.read1():
                yield piece
            if answer.chunk_left:
                raise http.client.IncompleteRead(b"")


def _refuse(answer: http.client.HTTPResponse, context) -> None:
    code = CODES[answer.status]
    status = Status(code=code.value[0], message=answer.read().decode())
    if wait := answer.headers["retry-after"]:
        detail = Any()
        detail.Pack(RetryInfo(retry_delay=Duration(seconds=int(wait))))
        status.details.append(detail)
    # As a server has it that is asked for by google.rpc's own library.
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, status.message)
