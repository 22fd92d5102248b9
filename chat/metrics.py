"""The metrics of one process, as Prometheus reads them.

What the database says of the desks, the jobs and the processes that work is the same from every process. The rest is
this process's own, and counts from its start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from chat.actions import workers
from chat.actions.figures import Figures, figures
from chat.actions.watchdog import KINDS
from chat.store import Store
from chat.tally import BUCKETS, Tally

Counts = Mapping[str, int]
DOORS = ("customer", "agent")


@dataclass(frozen=True)
class Sources:
    """Where a process's own numbers are; who does not do something counts nothing of it."""

    tally: Tally
    said: Counts  # messages by the kind of their author
    sockets: Callable[[], Counts]  # by door
    beacon_lag: Callable[[], float]  # seconds
    in_line: Callable[[], Counts]  # for the store: writes and reads
    disk_free: Callable[[], int | None]  # bytes where files and, with SQLite, the database lie
    deaf: Callable[[], bool] | None  # are the other processes not heard? None: there are none
    bucket_failures: Callable[[], int]
    work: Work | None


class Work(Protocol):
    """The background work of this process, the newest of what the database knows of it."""

    worker: str
    counts: Callable[[], workers.Counts]


DONE = {
    "jobs_done": ("nightdesk_jobs_done", "Jobs a process has done.", "kind"),
    "jobs_failed": ("nightdesk_jobs_failed", "Attempts of it that failed.", "kind"),
    "swept": ("nightdesk_swept", "What the sweep did, such as conversations given back.", "step"),
    "mended": ("nightdesk_mended", "Stranded conversations the watchdog has mended.", "kind"),
    "indexed": ("nightdesk_indexed", "What was put into the search's index.", "kind"),
}


class Metrics:
    """`await text()` is what `/metrics` answers."""

    def __init__(self, store: Store, sources: Sources) -> None:
        self._store, self._sources = store, sources
        self._figures: Figures | None = None
        self.registry = CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    async def text(self) -> bytes:
        self._figures = await self._store.read(figures)
        return generate_latest(self.registry)

    def collect(self) -> Iterable[Metric]:
        """For the registry, which also asks once when there are no figures yet."""
        if self._figures is not None:
            yield from _of_desks(self._figures)
            yield from _of_jobs(self._figures)
            yield from _of_workers(self._figures, self._sources.work)
        yield from _of_doors(self._sources)
        yield from _of_process(self._sources)


def _of_desks(now: Figures) -> Iterable[Metric]:
    found = {site: {kind.name: counts.get(kind.name, 0) for kind in KINDS} for site, counts in now.findings.items()}
    yield _by_site("nightdesk_conversations", "Conversations somebody has to turn to.", now.conversations, "status")
    yield _of_site("nightdesk_longest_wait_seconds", "Since when the first in line waits.", now.longest_wait)
    yield _by_site("nightdesk_findings", "Stranded conversations for people to decide about.", found, "kind")
    yield _of_site("nightdesk_overdue", "Messages not answered by the promised time.", now.overdue)
    yield _of_site("nightdesk_agents_present", "Agents with a connection that lives.", now.present)
    yield _by_site("nightdesk_bot_turns_last_hour", "What the bot decided, by decision.", now.bot_turns, "decision")


def _of_jobs(now: Figures) -> Iterable[Metric]:
    yield _gauge("nightdesk_jobs_due", "Jobs whose time has come and that are not done.", "kind", now.jobs_due)
    yield _gauge("nightdesk_jobs_lag_seconds", "Since when the oldest of them is due.", "kind", now.jobs_lag)
    yield _gauge("nightdesk_jobs_given_up", "Jobs that failed for good, for people to see.", "kind", now.jobs_given_up)


def _of_workers(now: Figures, own: Work | None) -> Iterable[Metric]:
    """Those of every process that works, also of those without a door."""
    silent = {worker.id: worker.silent.total_seconds() for worker in now.workers}
    yield GaugeMetricFamily(
        "nightdesk_workers", "Processes that do the background work.", sum(worker.lives for worker in now.workers)
    )
    yield _gauge("nightdesk_worker_silent_seconds", "Since when it was not heard.", "worker", silent)
    told = {worker.id: worker.counts for worker in now.workers} | ({own.worker: own.counts()} if own else {})
    for what, (name, words, label) in DONE.items():
        family = CounterMetricFamily(name, words, labels=["worker", label])
        for worker, counts in told.items():
            for kind, many in counts.get(what, {}).items():
                family.add_metric([worker, kind], many)
        yield family


def _of_doors(sources: Sources) -> Iterable[Metric]:
    sockets = {**dict.fromkeys(DOORS, 0), **sources.sockets()}
    yield _gauge("nightdesk_sockets", "Open sockets of this process.", "door", sockets)
    yield _counter("nightdesk_messages", "Messages this process has stored.", "author", sources.said)
    commands = CounterMetricFamily(
        "nightdesk_commands", "Commands, by what became of them.", labels=["door", "outcome"]
    )
    for labels, many in sorted(sources.tally.outcomes.items()):
        commands.add_metric(labels, many)
    yield commands
    took = HistogramMetricFamily(
        "nightdesk_command_seconds", "From a command to its answer, which comes after the commit.", labels=["door"]
    )
    for door, spread in sorted(sources.tally.seconds.items()):
        ends = [*map(str, BUCKETS), "+Inf"]
        took.add_metric([door], list(zip(ends, accumulate(spread.counts), strict=True)), spread.seconds)
    yield took


def _of_process(sources: Sources) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "nightdesk_beacon_lag_seconds",
        "How much later than planned the last beacon had reached every socket.",
        sources.beacon_lag(),
    )
    yield _gauge("nightdesk_store_line", "Actions that wait for the store.", "line", sources.in_line())
    if (free := sources.disk_free()) is not None:
        yield GaugeMetricFamily("nightdesk_disk_free_bytes", "Room where the data folder is.", free)
    yield CounterMetricFamily(
        "nightdesk_bucket_failures", "Requests that the bucket did not answer.", sources.bucket_failures()
    )
    if sources.deaf is not None:
        yield GaugeMetricFamily("nightdesk_deaf", "1: the other processes are not heard.", int(sources.deaf()))


def _by_site(name: str, words: str, counts: Mapping[str, Counts], label: str) -> Metric:
    family = GaugeMetricFamily(name, words, labels=["site", label])
    for site, by_label in counts.items():
        for value, count in by_label.items():
            family.add_metric([site, value], count)
    return family


def _of_site(name: str, words: str, counts: Mapping[str, float]) -> Metric:
    return _gauge(name, words, "site", counts)


def _gauge(name: str, words: str, label: str, counts: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _counter(name: str, words: str, label: str, counts: Counts) -> Metric:
    family = CounterMetricFamily(name, words, labels=[label])
    for value, count in dict(counts).items():
        family.add_metric([value], count)
    return family
