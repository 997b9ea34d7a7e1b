"""The figures of this process, for Prometheus. Counted per turn or per call, never per frame."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_TURN_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
_GREETING_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Figures:
    """Counters with their own registry, so that several servers can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        own = self.registry
        self.live = Gauge("callwright_calls_live", "Calls in progress", registry=own)
        self.started = Counter("callwright_calls_started", "Calls begun", registry=own)
        self.ended = Counter("callwright_calls_ended", "Calls ended", ["reason"], registry=own)
        self.refused = Counter("callwright_calls_refused", "Calls refused", ["why"], registry=own)
        self.turns = Counter("callwright_turns", "Turns taken", ["who"], registry=own)
        self.turn_seconds = Histogram(
            "callwright_turn_latency_seconds",
            "From the end of the caller's speech to our first sound",
            buckets=_TURN_SECONDS,
            registry=own,
        )
        self.greeting_seconds = Histogram(
            "callwright_greeting_seconds",
            "From 'connected' to the greeting's sending",
            buckets=_GREETING_SECONDS,
            registry=own,
        )
        self.frames = Counter("callwright_frames", "Packets of calls ended", ["fate"], registry=own)
        self.bad_frames = Counter(
            "callwright_bad_frames",
            "Frames that were no message or no audio",
            ["kind"],
            registry=own,
        )
        self.failures = Counter(
            "callwright_provider_failures", "Failed provider calls", ["kind"], registry=own
        )
        self.errors = Counter(
            "callwright_provider_errors",
            "Failures of single providers, whether or not another did it",
            ["kind", "provider"],
            registry=own,
        )
        self.usage = Counter(
            "callwright_provider_usage",
            "What providers were asked for, as they count it",
            ["kind", "provider", "unit"],
            registry=own,
        )
        self.cost = Counter(
            "callwright_provider_cost",
            "What that costs, by the prices of the settings",
            ["kind", "provider"],
            registry=own,
        )
        self.store_waiting = Gauge(
            "callwright_store_waiting",
            "Changes that are not written to the store yet",
            registry=own,
        )
        self.store_lost = Gauge(
            "callwright_store_lost", "Changes that the store could not keep", registry=own
        )
        self.recognising = Gauge(
            "callwright_recognitions_waiting", "Utterances that wait for a recogniser", registry=own
        )
        self.guesses = Counter(
            "callwright_recognitions_begun_early",
            "Recognitions begun in a pause that might be the end",
            ["fate"],
            registry=own,
        )
        self.activity_waiting = Gauge(
            "callwright_activity_windows_waiting", "Windows that wait for the model", registry=own
        )
        self.outbound_waiting = Gauge(
            "callwright_outbound_messages_waiting", "Messages not yet written", registry=own
        )
        self.reloads = Counter("callwright_flow_reloads", "Flow loads", ["result"], registry=own)
        self.trial_calls = Counter(
            "callwright_trial_calls",
            "Ended calls of the sides of trials",
            ["did", "side", "flow", "end"],
            registry=own,
        )
        self.trial_stopped = Gauge(
            "callwright_trial_stopped",
            "1 where a newcomer was taken out of its trial",
            ["did", "side", "flow"],
            registry=own,
        )
