"""The answers of web services and of the model, as one test scripts them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.engine.effects import AskModel
from runtime.flow.model import Request
from runtime.flow.web import WebRequest


class Script:
    """Answers in the order of the test; what it does not say is noted in `missing`."""

    def __init__(
        self, requests: Mapping[str, Sequence[WebReply]], model: Sequence[ModelReply]
    ) -> None:
        self._requests = requests
        self._model = list(model)
        self._asked: Counter[str] = Counter()
        self.missing: list[str] = []
        """What the flow asked for and the test does not answer, in sentences."""

    def request(self, request: Request, sent: WebRequest) -> WebReply:
        """Return the next answer; the last repeats."""
        replies = self._requests.get(request.name, ())
        if not replies:
            self.missing.append(
                f"the flow makes the request '{request.name}', which the test does not answer: "
                f"write requests: {{{request.name}: {{status: 200}}}}."
            )
            return WebReply(fault="error")
        self._asked[request.name] += 1
        return replies[min(self._asked[request.name], len(replies)) - 1]

    def model(self, question: AskModel) -> ModelReply:
        """Return the next answer."""
        if not self._model:
            self.missing.append(
                "the flow asks the language model, and the test has no answer left for it: "
                "write model: [{reply: …}]."
            )
            return ModelReply(is_down=True)
        return self._model.pop(0)
