"""The adapter to OpenAI's API, which no test imports before it runs: that takes half a second."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from providers.openai_llm import OpenAILanguageModel


def openai_model(base_url: str, **options: Any) -> "OpenAILanguageModel":
    """Return a model named `small`, of the server at `base_url`."""
    from providers.openai_llm import OpenAILanguageModel

    return OpenAILanguageModel("small", base_url=base_url, **options)
