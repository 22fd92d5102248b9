"""`python -m chat import`: a shop's orders or payments from a file, CSV or JSON, however many.

The file is read twice. First every row is checked and each number looked for in those before it (on disk, not in
memory); only when that is done is anything stored, a few hundred at a time. So a wrong file stores nothing, a stop
in the middle is mended by running it again, and a million rows take the memory of a few hundred.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import ijson
from pydantic import ValidationError

from chat import wire
from chat.actions import shop
from chat.errors import Conflict, Invalid, NotFound
from chat.store import Store

AT_ONCE = 200  # stored in one transaction, so that whoever chats meanwhile waits for no more than that
NO_MINOR_UNIT = {"JPY", "KRW", "VND"}  # as `domain.refunds.money` words them
CHUNK = LONGEST_LINE = 1 << 20

_AMOUNT = re.compile(r"-?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]+)?")
_EXCELS = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})(?:[ T]([0-9]{1,2}):(.+))?")

Record = wire.ShopOrder | wire.ShopPayment
Kind = type[wire.ShopOrder] | type[wire.ShopPayment]
SHAPES: dict[str, Kind] = {"orders": wire.ShopOrder, "payments": wire.ShopPayment}


@dataclass
class Report:
    """What came of a file. `wrong` names each row that was not taken and why."""

    told: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[int, str]] = field(default_factory=list)


class Progress(Protocol):
    """Told how far the reading has come, in records."""

    def __call__(self, phase: str, done: int) -> None: ...


@dataclass(frozen=True)
class Fault:
    """A row that cannot be read."""

    why: str


async def import_file(
    store: Store, site_key: str, what: str, path: Path, *, skip: bool, progress: Progress = lambda phase, done: None
) -> Report:
    """Takes a file of `orders` or `payments`. With `skip` wrong rows are left out, else one of them refuses all.

    Raises NotFound for an unknown site, Invalid for a file that is none or has no rows.
    """
    site_id, zone = await store.read(shop.place_of, site_key)
    read = reader_of(path, what, ZoneInfo(zone))
    report = Report()
    with Seen() as seen:
        sound = 0
        for row, record in read():
            progress("checked", row)
            if why := _why_not(record, seen):
                report.wrong.append((row, why))
            else:
                sound += 1
    if not sound and not report.wrong:
        raise Invalid(f"{path.name} has no rows.")
    if report.wrong and not skip:
        return report
    left_out = {row for row, _ in report.wrong}
    good = ((row, record) for row, record in read() if row not in left_out and not isinstance(record, Fault))
    done = 0
    while batch := list(islice(good, AT_ONCE)):
        await _store(store, site_id, batch, report)
        done += len(batch)
        progress("stored", done)
    return report


def _why_not(record: Record | Fault, seen: Seen) -> str | None:
    if isinstance(record, Fault):
        return record.why
    return None if seen.add(record.number) else f"{record.number} stands in the file twice."


async def _store(store: Store, site_id: str, batch: list[tuple[int, Record]], report: Report) -> None:
    """All at once; what the database will not have (an order that was another customer's) is found one by one."""
    try:
        report.told.update(await store.write(shop.import_records, site_id, [record for _, record in batch]))
    except (Conflict, NotFound) as error:
        if len(batch) == 1:
            report.wrong.append((batch[0][0], str(error)))
            return
        for one in batch:
            await _store(store, site_id, [one], report)


class Seen:
    """The numbers of a file, kept on disk."""

    def __init__(self) -> None:
        self._file = tempfile.NamedTemporaryFile(prefix="nightdesk-import-")  # noqa: SIM115  # lives as long as this
        self._numbers = sqlite3.connect(self._file.name, isolation_level=None)
        self._numbers.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE seen (number TEXT PRIMARY KEY) WITHOUT ROWID; BEGIN"
        )

    def __enter__(self) -> Seen:
        return self

    def __exit__(self, *_: object) -> None:
        self._numbers.close()
        self._file.close()

    def add(self, number: str) -> bool:
        """False: it was there already."""
        return self._numbers.execute("INSERT OR IGNORE INTO seen VALUES (?)", (number,)).rowcount == 1


# -- reading ------------------------------------------------------------------------------------------------------


def reader_of(path: Path, what: str, zone: ZoneInfo) -> Callable[[], Iterator[tuple[int, Record | Fault]]]:
    """Reads the file anew at each call: row numbers as an editor shows them, and what stands there. Raises Invalid."""
    if not path.is_file():
        raise Invalid(f"There is no file {path}.")
    shape = SHAPES[what]
    if path.suffix.lower() == ".csv":
        encoding = encoding_of(path)
        return lambda: _from_csv(path, encoding, shape, zone)
    if path.suffix.lower() in (".json", ".jsonl"):
        return lambda: _from_json(path, shape)
    raise Invalid(f"{path.name} is neither .csv, .json nor .jsonl.")


def encoding_of(path: Path) -> str:
    """UTF-8, or what Excel writes in China: GB 18030, which has all of GBK. Raises Invalid for neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
            return encoding
        except UnicodeDecodeError:
            continue
    raise Invalid(f"{path.name} is neither UTF-8 nor GBK.")


def _from_json(path: Path, shape: Kind) -> Iterator[tuple[int, Record | Fault]]:
    """An array of objects, or one object a line; the row is the place in it."""
    with path.open("rb") as file:
        first = file.read(256).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        file.seek(3 if file.seek(0) == 0 and file.read(3) == b"\xef\xbb\xbf" else 0)
        items = ijson.items(file, "item" if first == b"[" else "", multiple_values=first != b"[", use_float=False)
        row = 0
        try:
            for row, given in enumerate(items, start=1):
                yield row, _record(shape, json.loads(json.dumps(given, default=_plain)))
        except (ijson.JSONError, UnicodeDecodeError):
            yield row + 1, Fault("From here on this is not JSON.")


def _plain(number: object) -> float:
    """ijson gives fractions as Decimal; that no fraction belongs there the shape says."""
    return float(str(number))


def _record(shape: Kind, given: Any) -> Record | Fault:
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        return Fault(shop.first_fault(error))
    except Invalid as error:  # a text that is too long, or none
        return Fault(str(error))


def _from_csv(path: Path, encoding: str, shape: Kind, zone: ZoneInfo) -> Iterator[tuple[int, Record | Fault]]:
    with path.open(encoding=encoding, newline="") as file:
        # A line without end would take the memory of the whole file; cut to pieces, none of them is a row.
        rows = csv.DictReader(iter(lambda: file.readline(LONGEST_LINE), ""), strict=True)
        try:
            columns = {name.strip().lower() for name in rows.fieldnames or []}
        except csv.Error as error:
            raise Invalid(f"{path.name} is not CSV: {error}.") from None
        if missing := sorted({"number", "currency", "state"} - columns):
            raise Invalid(f"{path.name} has no column {missing[0]} in its first line.")
        lines = _lines(rows)
        made = _orders(lines, zone) if shape is wire.ShopOrder else ((row, _payment(line, zone)) for row, line in lines)
        for row, given in made:
            yield row, given if isinstance(given, Fault) else _record(shape, given)


def _lines(rows: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str] | Fault]]:
    """Each line under its number in the file; empty cells and empty lines are left out."""
    while True:
        try:
            given = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            # `rows` itself counts only lines that it could read.
            yield rows.reader.line_num, Fault(f"This is not CSV: {error}.")
            return
        if None in given or None in given.values():
            yield rows.line_num, Fault("This line has more or fewer cells than the first one.")
            continue
        line = {name.strip().lower(): cell.strip() for name, cell in given.items() if cell.strip()}
        if line:
            yield rows.line_num, line


def _orders(
    lines: Iterator[tuple[int, dict[str, str] | Fault]], zone: ZoneInfo
) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
    """An order is a line, or lines below each other with the same number, each with an item of its own."""
    begun: tuple[int, dict[str, Any]] | None = None
    for row, line in lines:
        number = None if isinstance(line, Fault) else line.get("number")
        if begun and not isinstance(line, Fault) and number == begun[1].get("number"):
            try:
                begun[1]["items"] += _items(line, begun[1].get("currency", ""))
            except ValueError as error:
                yield begun[0], Fault(f"Line {row}: {error}")
                begun = None
            continue
        if begun:
            yield begun
            begun = None
        if isinstance(line, Fault):
            yield row, line
            continue
        try:
            begun = row, _order(line, zone)
        except ValueError as error:
            yield row, Fault(str(error))
    if begun:
        yield begun


def _order(line: dict[str, str], zone: ZoneInfo) -> dict[str, Any]:
    currency = line.get("currency", "")
    order: dict[str, Any] = _only(line, "number", "state", "currency", "channel", "delivery")
    order |= {"customer": _customer(line), "items": _items(line, currency)}
    if "total" in line:
        order["total"] = minor(line["total"], currency)
    return order | _times(line, zone, "placed_at", "delivered_at", "updated_at")


def _items(line: dict[str, str], currency: str) -> list[dict[str, Any]]:
    if "item" not in line:
        return []
    item: dict[str, Any] = {"name": line["item"], "amount": minor(line.get("item_amount", ""), currency)}
    if "item_quantity" in line:
        item["quantity"] = _whole(line["item_quantity"])
    if "item_kind" in line:
        item["kind"] = line["item_kind"]
    return [item]


def _payment(line: dict[str, str] | Fault, zone: ZoneInfo) -> dict[str, Any] | Fault:
    if isinstance(line, Fault):
        return line
    try:
        payment: dict[str, Any] = _only(line, "number", "order", "kind", "channel", "currency", "state")
        payment["amount"] = minor(line.get("amount", ""), line.get("currency", ""))
        if "customer" in line:
            payment["customer"] = _customer(line)
        return payment | _times(line, zone, "created_at", "updated_at")
    except ValueError as error:
        return Fault(str(error))


def _customer(line: dict[str, str]) -> dict[str, str]:
    told = {"id": "customer", "name": "customer_name", "email": "customer_email", "phone": "customer_phone"}
    return {name: line[column] for name, column in told.items() if column in line}


def _only(line: dict[str, str], *names: str) -> dict[str, str]:
    return {name: line[name] for name in names if name in line}


def _times(line: dict[str, str], zone: ZoneInfo, *names: str) -> dict[str, str]:
    """Without a time of its own what a line tells is as old as the first of these."""
    times = {name: _time(name, line[name], zone) for name in names if name in line}
    if names[0] in times:
        times.setdefault("updated_at", times[names[0]])
    return times


def _time(name: str, text: str, zone: ZoneInfo) -> str:
    """Excel leaves zones out, and zeros (2026/3/1 9:05); such a time is of the site's. Raises ValueError."""
    if found := _EXCELS.fullmatch(text):
        year, month, day, hour, rest = found.groups("")
        text = f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}:{rest}" if hour else "")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} is no time: give 2026-03-01T09:00:00+08:00.") from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()


def minor(text: str, currency: str) -> int:
    """An amount as people write it ("1,299.00") in the minor unit, exactly. Raises ValueError."""
    # A comma stands between thousands only: "199,00" is not nineteen thousand nine hundred.
    if _AMOUNT.fullmatch(text) is None:
        raise ValueError(f"an amount such as 199.00 or 1,299.00 is wanted, not {text[:40]!r}.")
    units = Decimal(text.replace(",", "")).scaleb(0 if currency in NO_MINOR_UNIT else 2)
    if abs(units) > 10**15 or units != units.to_integral_value():
        raise ValueError(f"{text[:40]} has a fraction of the smallest unit, or is no amount of money.")
    return int(units)


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise ValueError(f"item_quantity is a whole number, not {text[:40]!r}.")
    return int(text)
