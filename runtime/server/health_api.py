"""Whether the server works, whether it takes calls, and its figures: for whoever runs it."""

from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from runtime.call.figures import Figures
from runtime.server.flows import FlowShelf
from runtime.server.problems import Json, problem
from runtime.server.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class HealthApi:
    """Answers `/health`, `/ready` and `/metrics`; whatever parameters a prober adds are ignored."""

    shelf: FlowShelf
    switchboard: Switchboard
    figures: Figures

    def routes(self) -> list[Route]:
        """Return its paths."""
        return [
            Route("/health", self.health),
            Route("/ready", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def health(self, request: Request) -> Response:
        """Answer 200 while the process works."""
        return Json({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Answer 200 when calls can be taken, else 503 with the reasons."""
        reasons: list[str] = []
        refusal = self.switchboard.refuses()
        if refusal is not None:
            reasons.append(refusal)
        if not any(shelved.serving for shelved in self.shelf.shelved):
            reasons.append("no valid flow")
        if reasons:
            return problem(503, "; ".join(reasons), reasons=reasons)
        return Json({"status": "ready"})

    async def metrics(self, request: Request) -> Response:
        """Answer the figures in Prometheus's text format."""
        return Response(generate_latest(self.figures.registry), media_type=CONTENT_TYPE_LATEST)
