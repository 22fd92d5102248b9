"""A shop's files: all or nothing or skip, again without doubles, whatever Excel wrote."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chat.actions import setup
from chat.errors import Invalid, NotFound
from chat.importing import Report, import_file, minor
from chat.store import Clock, Store, Tx
from tests.databases import Databases

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
HEAD = "number,customer,customer_name,state,currency,total,channel,placed_at,item,item_quantity,item_amount\n"
LAMP = 'A-1,u-1,赵雷,paid,CNY,"1,299.00",alipay,2026-03-01 09:00,台灯,1,1299.00\n'
SHOES = "A-2,u-2,李娜,delivered,CNY,428.00,wechat,2026/03/01 10:00,跑鞋,1,399.00\n"
LACES = "A-2,,,,,,,,鞋带,1,29.00\n"

Import = Callable[..., Report]


class Shop:
    def __init__(self, where: Path | str, folder: Path) -> None:
        self._folder, self._loop = folder, asyncio.Runner()
        self.store = Store(where, Clock(lambda: NOW))
        self._loop.run(self.store.write(setup.add_site, "shop", "晴野", [], "Asia/Shanghai", "QY"))

    def close(self) -> None:
        self._loop.close()
        self.store.close()

    def take(self, text: str | bytes, name: str = "orders.csv", what: str = "orders", skip: bool = False) -> Report:
        file = self._folder / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self._loop.run(import_file(self.store, "shop", what, file, skip=skip))

    def take_for(self, site: str, file: Path) -> Report:
        return self._loop.run(import_file(self.store, site, "orders", file, skip=False))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        def look(tx: Tx, _now: datetime) -> list[dict[str, Any]]:
            return [dict(row) for row in tx.rows(sql)]

        return self._loop.run(self.store.read(look))


@pytest.fixture
def shop(databases: Databases, tmp_path: Path) -> Iterator[Shop]:
    made = Shop(databases.of(tmp_path, "tables"), tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_what_excel_wrote_is_read_in_its_encoding(shop: Shop, encoding: str) -> None:
    report = shop.take((HEAD + LAMP + SHOES + LACES).replace("\n", "\r\n").encode(encoding))
    assert (dict(report.told), report.wrong) == ({"new": 2}, [])
    lamp, shoes = shop.rows("SELECT * FROM purchase ORDER BY number")
    assert (lamp["total"], shoes["total"]) == (129_900, 42_800)
    assert [(item["line"], item["name"]) for item in json.loads(shoes["items"])] == [(1, "跑鞋"), (2, "鞋带")]
    placed = datetime.fromtimestamp(lamp["placed_at"] / 1000, UTC)
    assert placed == datetime(2026, 3, 1, 1, tzinfo=UTC)  # nine in the morning where the site is
    assert {row["name"] for row in shop.rows("SELECT name FROM customer")} == {"赵雷", "李娜"}


@pytest.mark.parametrize("told", ["2026/3/1 9:00", "2026-3-1 09:00:00", "2026/03/01T9:00+08:00"])
def test_times_are_read_as_excel_writes_them(shop: Shop, told: str) -> None:
    shop.take(HEAD + LAMP.replace("2026-03-01 09:00", told))
    (lamp,) = shop.rows("SELECT placed_at FROM purchase")
    assert datetime.fromtimestamp(lamp["placed_at"] / 1000, UTC) == datetime(2026, 3, 1, 1, tzinfo=UTC)


def test_the_same_file_again_makes_no_doubles_and_a_newer_one_brings_up_to_date(shop: Shop) -> None:
    shop.take(HEAD + LAMP + SHOES)
    assert dict(shop.take(HEAD + LAMP + SHOES).told) == {"known": 2}
    newer = (HEAD + LAMP + SHOES).replace("placed_at", "placed_at,updated_at").replace("09:00,", "09:00,2026-03-05,")
    newer = newer.replace("10:00,", "10:00,2026-03-05,").replace("paid", "cancelled")
    assert shop.take(newer).told["changed"] == 1
    states = {row["number"]: row["state"] for row in shop.rows("SELECT number, state FROM purchase")}
    assert states == {"A-1": "cancelled", "A-2": "delivered"}


@pytest.mark.parametrize(
    ("lines", "row", "why"),
    [
        (LAMP + SHOES.replace("399.00", "399.001"), 3, "fraction"),
        (LAMP + SHOES.replace("428.00", "-1"), 3, "total"),
        (LAMP + SHOES.replace("428.00", "much"), 3, "amount"),
        (LAMP + SHOES.replace("428.00", "1e30"), 3, "an amount such as"),
        (LAMP + SHOES.replace("delivered", "lost"), 3, "state"),
        (LAMP + SHOES.replace("2026/03/01 10:00", "soon"), 3, "placed_at"),
        (LAMP + "A-3,u-3\n", 3, "cells"),
        (LAMP + SHOES + LAMP, 4, "A-1 stands in the file twice"),
        (LAMP + SHOES.replace(",u-2,", ",,"), 3, "customer"),
        (LAMP + SHOES.replace("李娜", "娜" * 201), 3, "201 characters"),
        (LAMP + SHOES.replace("428.00", '"428,00"'), 3, "an amount such as"),
        (LAMP + "A-3," + "x" * 1_100_000 + "\n", 3, "field larger than"),
    ],
)
def test_one_wrong_row_is_named_and_nothing_is_stored_unless_it_may_be_left_out(
    shop: Shop, lines: str, row: int, why: str
) -> None:
    report = shop.take(HEAD + lines)
    ((at, told),) = report.wrong
    assert at == row
    assert re.search(why, told)
    assert shop.rows("SELECT * FROM purchase") == []
    assert shop.rows("SELECT * FROM customer") == []
    skipped = shop.take(HEAD + lines, skip=True)
    assert [found for found, _ in skipped.wrong] == [row]
    assert "A-1" in {order["number"] for order in shop.rows("SELECT number FROM purchase")}


def order(number: int, **change: Any) -> dict[str, Any]:
    return {
        "number": f"J-{number}",
        "customer": {"id": "u-1"},
        "state": "paid",
        "currency": "CNY",
        "total": 100,
        "channel": "alipay",
        "placed_at": "2026-03-01T09:00:00Z",
        "updated_at": "2026-03-01T09:00:00Z",
        "items": [{"name": "x", "amount": 100}],
        **change,
    }


def test_json_comes_as_an_array_or_one_object_a_line(shop: Shop) -> None:
    many = [order(number) for number in range(450)]  # more than one slice
    assert shop.take(json.dumps(many), "orders.json").told["new"] == 450
    lines = "\n".join(json.dumps(one) for one in [*many, order(450)])
    assert dict(shop.take(lines, "orders.jsonl").told) == {"known": 450, "new": 1}


def test_json_that_breaks_off_or_holds_fractions_is_refused_whole(shop: Shop) -> None:
    report = shop.take(json.dumps([order(1), order(2)])[:-20], "orders.json")
    assert [row for row, _ in report.wrong] == [2]
    report = shop.take(json.dumps([order(1), order(2, total=99.5)]), "orders.json")
    assert [row for row, _ in report.wrong] == [2]
    assert shop.rows("SELECT * FROM purchase") == []


def test_payments_find_their_orders_and_what_finds_none_is_named(shop: Shop) -> None:
    shop.take(HEAD + LAMP)
    payments = "number,order,channel,amount,currency,state,created_at\n"
    payments += "P-1,A-1,alipay,1299.00,CNY,succeeded,2026-03-01 09:01\n"
    payments += "P-2,A-9,alipay,1.00,CNY,succeeded,2026-03-01 09:01\n"
    report = shop.take(payments, "payments.csv", "payments", skip=True)
    assert ([row for row, _ in report.wrong], report.told["new"]) == ([3], 1)
    (payment,) = shop.rows("SELECT y.amount, p.number FROM payment y JOIN purchase p ON p.id = y.order_id")
    assert payment == {"amount": 129_900, "number": "A-1"}


@pytest.mark.parametrize(("name", "text"), [("o.txt", "x"), ("o.csv", ""), ("o.csv", "a,b\n1,2\n"), ("o.csv", HEAD)])
def test_what_is_no_file_of_orders_is_said_to_be_none(shop: Shop, name: str, text: str) -> None:
    with pytest.raises(Invalid):
        shop.take(text, name)


def test_bytes_of_no_known_encoding_and_unknown_sites_are_refused(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="neither UTF-8 nor GBK"):
        shop.take(HEAD.encode() + b"\xff\xff\xff\n")
    with pytest.raises(NotFound):
        shop.take_for("nowhere", tmp_path / "orders.csv")
    with pytest.raises(Invalid, match="no file"):
        shop.take_for("shop", tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    ("text", "currency", "units"), [("199", "CNY", 19_900), ("1,299.5", "CNY", 129_950), ("1200", "JPY", 1_200)]
)
def test_amounts_are_exact(text: str, currency: str, units: int) -> None:
    assert minor(text, currency) == units


@pytest.mark.parametrize(
    ("text", "currency"),
    [("0.001", "CNY"), ("1.5", "JPY"), *((text, "CNY") for text in ("NaN", "", "199,00", "1,2,3", "1_000", "1e3"))],
)
def test_amounts_that_are_not_exact_are_none(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"amount|fraction"):
        minor(text, currency)
