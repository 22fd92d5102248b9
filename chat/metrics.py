"""The metrics of one process, as Prometheus reads them.

The gauges say how the desks stand, from the database: every process tells the same. The counters are this process's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from chat.actions.figures import Figures, figures
from chat.actions.watchdog import KINDS
from chat.store import Store

Counts = Mapping[str, Mapping[str, int]]


class Metrics:
    """`await text()` is what `/metrics` answers. `swept` and `mended` are counted by whoever does it."""

    def __init__(self, store: Store, swept: Mapping[str, int], mended: Mapping[str, int]) -> None:
        self._store, self._swept, self._mended = store, swept, mended
        self._figures: Figures | None = None
        self.registry = CollectorRegistry()
        self.registry.register(self)

    async def text(self) -> bytes:
        self._figures = await self._store.read(figures)
        return generate_latest(self.registry)

    def collect(self) -> Iterable[Metric]:
        """For the registry, which also asks once when there are no figures yet."""
        if self._figures is not None:
            yield from _gauges(self._figures)
        yield _counter("nightdesk_swept", "What the sweep did, such as conversations given back.", "step", self._swept)
        yield _counter("nightdesk_mended", "Stranded conversations the watchdog has mended.", "kind", self._mended)


def _gauges(now: Figures) -> Iterable[Metric]:
    found = {site: {kind.name: counts.get(kind.name, 0) for kind in KINDS} for site, counts in now.findings.items()}
    yield _by_site("nightdesk_conversations", "Conversations somebody has to turn to.", now.conversations, "status")
    yield _by_site("nightdesk_findings", "Stranded conversations for people to decide about.", found, "kind")
    yield _of_site("nightdesk_overdue", "Messages not answered by the promised time.", now.overdue)
    yield _of_site("nightdesk_agents_present", "Agents with a connection that lives.", now.present)


def _by_site(name: str, words: str, counts: Counts, label: str) -> Metric:
    family = GaugeMetricFamily(name, words, labels=["site", label])
    for site, by_label in counts.items():
        for value, count in by_label.items():
            family.add_metric([site, value], count)
    return family


def _of_site(name: str, words: str, counts: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=["site"])
    for site, count in counts.items():
        family.add_metric([site], count)
    return family


def _counter(name: str, words: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, words, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
