"""uvicorn's HTTP, which lets go of its parser when a connection becomes a call."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HttpProtocol(HttpToolsProtocol):
    """The parser and the protocol hold each other, until uvicorn is told that the socket has gone.

    Of a socket that has become a WebSocket's it never is: each call would leave them to the
    garbage collector.
    """

    def handle_websocket_upgrade(self) -> None:
        """Give the socket to the WebSocket's protocol."""
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # as uvicorn does
