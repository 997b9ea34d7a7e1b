"""The answer to what may be all that the caller has to say, made ready before he has ended.

What would follow is found by the engine itself, on a copy of the call: it is pure. Its sentences
are synthesised and its question to a model is asked; if the caller goes on, both are thrown away.
A web service is never asked before the end: what it does may not be undone.
"""

import asyncio
import logging
from contextlib import aclosing

from providers.base import ProviderError, Transcript
from runtime.call.equipment import Equipment, LoadedFlow
from runtime.call.errands import Errands
from runtime.call.tasks import Tasks
from runtime.flow import engine
from runtime.flow.engine.effects import AskModel, Classify, Effect, Say
from runtime.flow.engine.events import Classified, Heard
from runtime.flow.engine.state import CallState

log = logging.getLogger(__name__)


class Foresight:
    """Looks ahead in one call, from its `state`, which whoever leads the call keeps up to date."""

    def __init__(
        self,
        loaded: LoadedFlow,
        equipment: Equipment,
        errands: Errands,
        state: CallState,
    ) -> None:
        self.state = state
        self._loaded = loaded
        self._equipment = equipment
        self._errands = errands
        self._said: asyncio.Queue[Transcript] = asyncio.Queue(1)
        self._looking: asyncio.Task[None] | None = None
        self._is_open = False
        """The caller has paused, and neither gone on nor ended."""

    def guessed(self, said: Transcript) -> float:
        """Begin to prepare; return the seconds of silence after which that was all."""
        self.mistaken()
        self._is_open = True
        if said.text.strip():
            self._said.put_nowait(said)
        now = self._equipment.clock()
        return engine.patience(self._loaded.flow, self.state, now, said.text, said.confidence)

    def mistaken(self) -> None:
        """The caller goes on: nothing of it is wanted."""
        self.ended()
        if self._looking is not None:
            self._looking.cancel()
        self._errands.forget_ahead()

    def ended(self) -> None:
        """The caller has ended: what is not begun by now comes too late; the rest is awaited."""
        self._is_open = False
        if not self._said.empty():
            self._said.get_nowait()

    async def run(self) -> None:
        """Look ahead until cancelled."""
        async with Tasks() as tasks:
            while True:
                said = await self._said.get()
                self._looking = tasks.create_task(self._look(said))
                await asyncio.wait([self._looking])

    async def _look(self, said: Transcript) -> None:
        heard = Heard(at=self._equipment.clock(), text=said.text, confidence=said.confidence)
        state, effects = engine.step(self._loaded.flow, self.state, heard)
        question = next((x for x in effects if isinstance(x, Classify)), None)
        if question is not None:
            effects += await self._classified(state, question)
        if not self._is_open:
            return
        for effect in effects:
            if isinstance(effect, AskModel) and self._equipment.ask_ahead:
                self._errands.ask_ahead(effect)
        await self._speak(effects)

    async def _classified(self, state: CallState, question: Classify) -> tuple[Effect, ...]:
        rank = self._loaded.classifier.rank
        loop = asyncio.get_running_loop()
        ranking = loop.run_in_executor(
            self._equipment.interpreters, rank, question.text, question.intents
        )
        await asyncio.wait([ranking])
        if ranking.exception() is not None:
            # It is told when the question is asked in earnest.
            return ()
        pairs = tuple((each.intent, each.score) for each in ranking.result())
        event = Classified(at=self._equipment.clock(), turn=question.turn, ranking=pairs)
        return engine.step(self._loaded.flow, state, event)[1]

    async def _speak(self, effects: tuple[Effect, ...]) -> None:
        """Synthesise what would be said; a failure is found again, and told, when it is."""
        loaded = self._loaded
        try:
            for line in effects:
                if isinstance(line, Say) and line.sound is None:
                    voice = loaded.voice(line.language)
                    clips = self._equipment.prompts.speak(line.text, voice, loaded.tts)
                    async with aclosing(clips):
                        async for _ in clips:
                            pass
        except ProviderError:
            log.debug("prepared_in_vain")
