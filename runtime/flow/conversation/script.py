"""The answers of web services and of the model, as one test scripts them; and what was asked."""

from collections import Counter

from runtime.flow.conversation.stand_ins import ModelReply, WebReply
from runtime.flow.conversation.steps import Conversation
from runtime.flow.engine.effects import AskModel
from runtime.flow.request import Request
from runtime.flow.web import WebRequest


class Script:
    """Answers in the order of the test; what it does not say is noted in `missing`."""

    def __init__(self, conversation: Conversation) -> None:
        self._requests = conversation.requests
        self._model = list(conversation.model)
        self._line = conversation.place.line
        self._asked: Counter[str] = Counter()
        self.missing: list[str] = []
        """What the flow asked for and the test does not answer, in sentences."""
        self.sent: dict[str, WebRequest] = {}
        """By name, the last request that was made."""

    def request(self, request: Request, sent: WebRequest) -> WebReply:
        """Return the next answer; the last repeats."""
        self.sent[request.name] = sent
        replies = self._requests.get(request.name, ())
        if not replies:
            self.missing.append(
                f"the flow makes the request '{request.name}', which the test does not answer. "
                f"Write into the test of line {self._line}: "
                f"requests: {{{request.name}: {{status: 200}}}}"
            )
            return WebReply(fault="error")
        self._asked[request.name] += 1
        return replies[min(self._asked[request.name], len(replies)) - 1]

    def model(self, question: AskModel) -> ModelReply:
        """Return the next answer."""
        if not self._model:
            self.missing.append(
                "the flow asks the language model, and the test has no answer left for it. "
                f"Write one more into the test of line {self._line}: model: [{{reply: …}}]"
            )
            return ModelReply(is_down=True)
        return self._model.pop(0)
