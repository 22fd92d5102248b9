"""Processes of `python -m chat` that need not read it first: copies of one that has, each with a session of its own.

Reading the program takes a second of a processor, and the fault tests start a hundred of them. What a copy does from
there on is what a process that was started does; that one can be started is shown by the tests of the command line.
"""

from __future__ import annotations

import array
import atexit
import ctypes
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[1]
SUBREAPER = 36  # of prctl(2): the copies' parent ends at once, and they become this process's own children
LARGEST = 1 << 20  # bytes of an order


class Copy:
    """As much of `subprocess.Popen` as a test's process is asked for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("a copy", timeout)
            time.sleep(0.005)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def start(module: str, arguments: Sequence[str], environment: Mapping[str, str], log: int) -> Copy:
    """`python -m module arguments...` in the checkout, whose output goes to the file `log`."""
    order = {"module": module, "arguments": arguments, "environment": dict(environment)}
    return _original().copy(order, log)


class _Original:
    """The process that is copied, seen from the tests."""

    def __init__(self) -> None:
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
        self._one_at_a_time = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)
            command = [sys.executable, "-m", "tests.copies", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
        atexit.register(self._end)

    def copy(self, order: dict[str, Any], log: int) -> Copy:
        with self._one_at_a_time:
            socket.send_fds(self._socket, [json.dumps(order).encode()], [log])
            answer = self._socket.recv(64)
        if not answer:
            raise RuntimeError("the process that is copied has ended")
        return Copy(int(answer))

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()


@cache
def _original() -> _Original:
    return _Original()


def _serve(orders: socket.socket) -> None:
    """In the process that is copied: makes one for each order, until nobody is left to give them."""
    import chat.cli  # noqa: F401

    gc.freeze()
    assert len(os.listdir("/proc/self/task")) == 1, "a thread would be missing from the copies"
    while True:
        message, logs, _, _ = socket.recv_fds(orders, LARGEST, 1)
        if not message:
            return
        told, tells = os.pipe()
        between = os.fork()
        if between == 0:
            if os.fork() == 0:
                orders.close()
                _become(json.loads(message), logs[0], tells)
            os._exit(0)
        os.close(tells)
        os.close(logs[0])
        os.waitpid(between, 0)
        pid = array.array("i")
        pid.frombytes(os.read(told, pid.itemsize))
        os.close(told)
        orders.send(str(pid[0]).encode())


def _become(order: dict[str, Any], log: int, tells: int) -> NoReturn:
    os.setsid()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.write(tells, array.array("i", [os.getpid()]).tobytes())
    os.close(tells)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = [order["module"], *order["arguments"]]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _serve(socket.socket(fileno=int(sys.argv[1])))
