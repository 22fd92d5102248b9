"""Believable demo data: a shop and a wallet that share their agents.

What people are called, bought and said stands in `demo/*.json`. Conversations and tickets of the past are made by
the very actions that make them every day, at the time they happened, so they cannot differ from real ones.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import select

from chat import wire
from chat.actions import conversations as talk
from chat.actions import log, payouts, promises, queue, refunds, tickets
from chat.actions.access import Caller, Who
from chat.actions.bot import BOT
from chat.actions.people import hash_password
from chat.actions.setup import EVERY_DAY
from chat.store import Tx
from chat.store.queries import conversations
from chat.store.tables import (
    Agent,
    Article,
    ArticleVersion,
    Customer,
    Order,
    Site,
    Team,
    TeamAgent,
    TeamSite,
    Transaction,
    new_id,
)
from chat.store.tx import Row

PASSWORD = "nightdesk-demo"
TWO_DAYS = 24 * 60  # minutes of two days' opening hours
DEMO = Path(__file__).parent / "demo"
DEMO_CALENDAR: dict[str, Any] = {"zone": "Asia/Shanghai", "weekly": EVERY_DAY, "specials": []}
ZONE = ZoneInfo("Asia/Shanghai")
LOCALES = ("zh-CN", "en")
AGENTS = [
    ("admin@demo.example", "赵敏", "admin"),
    ("lin@demo.example", "林晓", "supervisor"),
    ("mei@demo.example", "陈梅", "agent"),
    ("david@demo.example", "David Wu", "agent"),
    ("yun@demo.example", "孙云", "agent"),
    ("peter@demo.example", "Peter Zhou", "agent"),
]


def seed_demo(tx: Tx, now: datetime) -> None:
    """Fills a fresh database; one that has a site already is left alone."""
    if tx.session.exec(select(Site)).first() is not None:
        return
    tx.desk_offset = timedelta(0)  # the past was lived by the real clock
    past = Past(tx, now)
    past.add_desk()
    past.add_articles()
    past.add_policies()
    past.add_customers()
    past.add_orders()
    past.add_transfers()
    past.play_conversations()
    tickets.close_solved(tx, now)  # those of long ago have closed by themselves since
    tx.events.clear()  # nobody listened then
    tx.change("DELETE FROM job WHERE kind = 'case_mail'")  # and what went out then need not go out again
    tx.change("UPDATE ticket SET mailed_event = last_event")


@cache
def demo_data(name: str) -> Any:
    return json.loads((DEMO / f"{name}.json").read_text(encoding="utf-8"))


class Past:
    """What happened before the demo begins, told in the order in which it did."""

    def __init__(self, tx: Tx, now: datetime) -> None:
        self._tx, self._now = tx, now
        self.sites: dict[str, Site] = {}
        self.agents: dict[str, Who] = {}
        self.customers: dict[str, Customer] = {}
        self.orders: dict[str, Order] = {}
        self.transfers: dict[str, Transaction] = {}

    def at(self, days_ago: int, clock: str) -> datetime:
        """That time of the shop's wall clock, so many days before today."""
        day = self._now.astimezone(ZONE).date() - timedelta(days=days_ago)
        return datetime.combine(day, time.fromisoformat(clock), ZONE)

    # -- the desk and what it knows -------------------------------------------------------------------------------

    def add_desk(self) -> None:
        sites, agents = demo_sites(self._now), demo_agents(self._now)
        teams = [Team(name="商城客服组 / Shop care"), Team(name="钱包客服组 / Wallet care")]
        self._tx.session.add_all([*sites, *teams, *agents])
        self._tx.session.flush()
        self._tx.session.add_all(TeamSite(team_id=team.id, site_id=site.id) for team in teams for site in sites)
        # Everybody is in both teams, so that every demo agent may pick and hand over everything.
        self._tx.session.add_all(TeamAgent(team_id=team.id, agent_id=agent.id) for team in teams for agent in agents)
        self.sites = {site.key: site for site in sites}
        self.agents = {agent.email.partition("@")[0]: Who(Caller.AGENT, agent.id) for agent in agents}

    def add_articles(self) -> None:
        articles = [
            Article(
                id=article_id(text),
                slug=text.slug,
                locale=text.locale,
                category=text.category,
                question=text.question,
                phrasings=list(text.phrasings),
                answer=text.answer,
                effective_at=self._now,
                updated_at=self._now,
            )
            for text in shipped_articles()
        ]
        self._tx.session.add_all(articles)
        self._tx.session.flush()
        self._tx.session.add_all(
            ArticleVersion(
                article_id=article.id,
                number=article.version,
                state="in_force",
                category=article.category,
                question=article.question,
                phrasings=article.phrasings,
                answer=article.answer,
                created_at=self._now,
                updated_at=self._now,
                effective_at=self._now,
            )
            for article in articles
        )

    def add_policies(self) -> None:
        """Each with the versions it has had, and the refund policy with the one that is to come."""
        for locale in LOCALES:
            told: dict[str, list[dict[str, Any]]] = {}
            for file in sorted((DEMO / "policies" / locale).glob("*.md")):
                told.setdefault(file.name.partition(".")[0], []).append(policy_version(file))
            for slug, versions in told.items():
                self._add_policy(slug, locale, versions)

    def _add_policy(self, slug: str, locale: str, told: list[dict[str, Any]]) -> None:
        """`told` are its versions, oldest first."""
        dates = [self.at(-version["days"], "00:00") for version in told]
        current = max(at for at, date in enumerate(dates) if date <= self._now)
        states = [
            "superseded" if at < current else "in_force" if at == current else "scheduled" for at in range(len(told))
        ]
        texts = [{name: version[name] for name in ("question", "note", "answer")} for version in told]
        policy = Article(
            slug=slug,
            locale=locale,
            kind="policy",
            category="policy",
            version=current + 1,
            effective_at=dates[current],
            updated_at=dates[current],
            **texts[current],
        )
        self._tx.session.add(policy)
        self._tx.session.flush()
        self._tx.session.add_all(
            ArticleVersion(
                article_id=policy.id,
                number=number,
                state=state,
                category="policy",
                created_at=min(date, self._now),
                updated_at=min(date, self._now),
                effective_at=date,
                **text,
            )
            for number, (state, date, text) in enumerate(zip(states, dates, texts, strict=True), start=1)
        )

    # -- people, orders, money ------------------------------------------------------------------------------------

    def add_customers(self) -> None:
        for given in demo_data("customers"):
            external_id, name = given.get("external_id"), given.get("name")
            self.customers[given["key"]] = Customer(
                kind="verified" if external_id else "claimed" if name else "anonymous",
                issuer=self.sites["demo"].issuer if external_id else None,
                external_id=external_id,
                name=name,
                email=given.get("email"),
                phone=given.get("phone"),
                locale=given["locale"],
                created_at=self.at(given["days_ago"], "08:00"),
            )
        self._tx.session.add_all(self.customers.values())
        self._tx.session.flush()

    def add_orders(self) -> None:
        for given in demo_data("orders"):
            order = self._order(given)
            self.orders[given["key"]] = order
            self._tx.session.add(order)
            self._tx.session.flush()
            if state := given.get("payment") or payment_of(order):
                self._tx.session.add(self._payment(order, given["running"], state))

    def _order(self, given: dict[str, Any]) -> Order:
        customer, placed = self.customers[given["customer"]], self.at(given["days_ago"], given["at"])
        items = [
            order_item(line, product, quantity, customer.locale)
            for line, (product, quantity) in enumerate(given["items"], start=1)
        ]
        sent = given["state"] in ("shipped", "delivered")
        return Order(
            site_id=self.sites["demo"].id,
            customer_id=customer.id,
            number=f"QY{placed:%Y%m%d}-{given['running']:04}",
            state=given["state"],
            currency="CNY",
            total=sum(item["amount"] for item in items),
            channel=given["channel"],
            delivery=f"QE{placed:%y%m%d}{given['running'] * 37:06}" if sent else None,
            items=items,
            placed_at=placed,
            delivered_at=placed + timedelta(days=2) if given["state"] == "delivered" else None,
        )

    def _payment(self, order: Order, running: int, state: str) -> Transaction:
        paid = order.placed_at + (timedelta(days=2) if order.channel == "cod" else timedelta(seconds=95))
        return Transaction(
            site_id=order.site_id,
            customer_id=order.customer_id,
            order_id=order.id,
            number=f"QP{paid:%Y%m%d}{running * 13:06}",
            kind="collection" if order.channel == "cod" else "payment",
            channel=order.channel,
            amount=order.total,
            currency=order.currency,
            state=state,
            created_at=paid,
        )

    def add_transfers(self) -> None:
        for given in demo_data("transfers"):
            made = self.at(given["days_ago"], given["at"])
            self.transfers[given["key"]] = Transaction(
                site_id=self.sites["demo-wallet"].id,
                customer_id=self.customers[given["customer"]].id,
                number=f"QW{made:%Y%m%d}{given['running']:06}",
                kind=given["kind"],
                channel=given["channel"],
                amount=given["amount"],
                currency="CNY",
                state=given["state"],
                created_at=made,
            )
        self._tx.session.add_all(self.transfers.values())
        self._tx.session.flush()

    # -- conversations --------------------------------------------------------------------------------------------

    def play_conversations(self) -> None:
        days = sorted(demo_data("conversations"), key=lambda told: (-told["days_ago"], told["at"]))
        for told in days:
            Story(self._tx, self, told, self.at(told["days_ago"], told["at"])).play_by_day()
        for told in demo_data("nights"):
            Story(self._tx, self, told, self.at(1, told["at"])).play_by_night()


class Story:
    """A conversation, line by line, and the ticket that came of it; `_at` is the moment it has come to."""

    def __init__(self, tx: Tx, past: Past, told: dict[str, Any], at: datetime) -> None:
        self._tx, self._told, self._at = tx, told, at
        self._site, self._person = past.sites[told["site"]], past.customers[told["customer"]]
        self._order = past.orders.get(told.get("order", ""))
        self._transfer = past.transfers.get(told.get("transfer", ""))
        self._agents = past.agents
        self._agent = past.agents[told["agent"]] if "agent" in told else Who(Caller.AGENT)
        self._customer = Who(Caller.CUSTOMER, self._person.id, site_id=self._site.id)
        self._id = self._ticket_id = self._refund_id = ""

    def play_by_day(self) -> None:
        first, *others = self._told["lines"]
        self._start()
        self._tell(*first)
        self._wait(41)
        queue.pick(self._tx, self._agent, wire.Pick(conversation_id=self._id), self._at)
        for line in others:
            self._tell(*line)
        self._end()
        for step in self._told.get("afterwards", ()):
            self._go_on(*step)
        if "score" in self._told:
            self._read(self._customer)

    def play_by_night(self) -> None:
        self._start()
        for line in self._told["lines"]:
            self._tell(*line)
        body = self._worded(self._told["message"])
        self._type(body)
        message = wire.LeaveMessage(conversation_id=self._id, client_id=new_id(), body=body, **self._told["contact"])
        usual = self._site.promise_minutes
        # Who tries the demo late in the day would begin with broken promises: these were given more time.
        due = promises.due(self._tx, self._site, self._at)
        if due and due < self._tx.now + timedelta(hours=2):
            self._site.promise_minutes = TWO_DAYS
        talk.leave_message(self._tx, self._customer, message, self._at)
        self._site.promise_minutes = usual

    def _start(self) -> None:
        command = wire.Start.model_validate(
            {"topic": self._told["topic"], "form": self._told.get("form"), "locale": self._person.locale}
        )
        self._id = talk.start(self._tx, self._customer, command, self._at).conversation.id

    def _tell(self, kind: str, text: str) -> None:
        words = self._worded(text)
        self._type(words)
        match kind:
            case "customer":
                # Not `say`: at night that would ask the bot to answer, today.
                author = log.author_of(self._customer, self._person.name or "")
                log.add(self._tx, self._row(), self._at, author=author, body=words, client_id=new_id())
            case "agent":
                say = wire.Say(conversation_id=self._id, client_id=new_id(), body=words)
                queue.say(self._tx, self._agent, say, self._at)
            case "bot":
                data = {"code": words, "values": {}, "offer": "leave_message"}
                log.add(self._tx, self._row(), self._at, author=BOT, kind="system", data=data)
            case "note":
                note = wire.AddNote(conversation_id=self._id, client_id=new_id(), body=words)
                queue.note(self._tx, self._agent, note, self._at)
            case "open_ticket":
                self._open_ticket(words)
            case "request_refund":
                self._request_refund(words)

    def _worded(self, text: str) -> str:
        """The numbers and amounts are those of the order or transfer the conversation is about."""
        order, transfer = self._order, self._transfer
        return text.format(
            order=order.number if order else "",
            total=yuan(order.total) if order else "",
            transfer=transfer.number if transfer else "",
            amount=yuan(transfer.amount) if transfer else "",
        )

    def _type(self, words: str) -> None:
        """Chinese takes three bytes a character, and about as long to read and write."""
        self._wait(9 + 0.35 * len(words.encode()))

    def _wait(self, seconds: float) -> None:
        self._at += timedelta(seconds=seconds)

    def _row(self) -> Row:
        return conversations.conversation(self._tx, self._id)

    def _end(self) -> None:
        self._wait(75)
        self._read(self._agent)
        by = self._told.get("closed_by", "agent")
        if by == "customer":
            talk.leave(self._tx, self._customer, wire.InConversation(conversation_id=self._id), self._at)
        elif by == "agent":
            close = wire.Close(conversation_id=self._id, outcome=self._told["outcome"])
            queue.close(self._tx, self._agent, close, self._at)
        else:
            self._wait(15 * 60)
            talk.end(self._tx, self._row(), self._told["outcome"], by, self._at)
            return
        self._wait(20)
        rate = wire.Rate(conversation_id=self._id, score=self._told["score"], comment=self._told.get("comment"))
        talk.rate(self._tx, self._customer, rate, self._at)

    def _read(self, who: Who) -> None:
        talk.read(self._tx, who, wire.Read(conversation_id=self._id, seq=self._row()["last_seq"]), self._at)

    # -- tickets --------------------------------------------------------------------------------------------------

    def _open_ticket(self, subject: str) -> None:
        command = wire.OpenTicket(
            conversation_id=self._id,
            client_id=new_id(),
            kind=self._told["topic"],
            subject=subject,
            order_id=self._order.id if self._order else None,
        )
        self._ticket_id = tickets.open_ticket(self._tx, self._agent, command, self._at).ticket.id
        if self._transfer:
            link = wire.Link(ticket_id=self._ticket_id, kind="transaction", id=self._transfer.id)
            tickets.link(self._tx, self._agent, link, self._at)

    def _request_refund(self, reason: str) -> None:
        assert self._order is not None
        command = wire.RequestRefund(
            ticket_id=self._ticket_id,
            client_id=new_id(),
            order_id=self._order.id,
            amount=self._told["refund"]["amount"],
            currency=self._order.currency,
            lines=self._told["refund"]["lines"],
            reason=reason,
        )
        self._refund_id = refunds.request_refund(self._tx, self._agent, command, self._at).refund.id

    def _go_on(self, hours: float, agent: str, act: str, words: str) -> None:
        """What staff did with the ticket later."""
        self._wait(hours * 3_600)
        who = self._agents[agent]
        if act == "pay":
            pay = wire.PayRefund(refund_id=self._refund_id, client_id=new_id(), reference=words)
            payouts.pay_refund(self._tx, who, pay, self._at)
        elif act in ("review", "approve", "reject"):
            decide = wire.DecideRefund.model_validate(
                {"refund_id": self._refund_id, "decision": act, "reason": words or None}
            )
            refunds.decide_refund(self._tx, who, decide, self._at)
        elif act == "tick":
            ticked = wire.UpdateTicket(ticket_id=self._ticket_id, done=words.split())
            tickets.update_ticket(self._tx, who, ticked, self._at)
        else:
            update = wire.UpdateTicket.model_validate(
                {"ticket_id": self._ticket_id, "status": act, "reason": words or None}
            )
            tickets.update_ticket(self._tx, who, update, self._at)


def policy_version(file: Path) -> dict[str, Any]:
    """`days` from today on which it takes effect, and perhaps a `note`, before the text."""
    import frontmatter  # only who seeds reads YAML

    read = frontmatter.load(str(file))
    return {**read.metadata, "note": read.metadata.get("note"), "answer": read.content}


def yuan(amount: int) -> str:
    text = f"{amount / 100:,.2f}"
    return f"¥{text.removesuffix('.00')}"


def order_item(line: int, product: str, quantity: int, locale: str) -> dict[str, Any]:
    sold = demo_data("products")[product]
    return {
        "line": line,
        "name": sold["name"][locale],
        "quantity": quantity,
        "amount": sold["price"] * quantity,
        **({"kind": sold["kind"]} if "kind" in sold else {}),
    }


def payment_of(order: Order) -> str | None:
    """Cash on delivery is collected at the door; anything else is paid before it is sent."""
    if order.state == "unpaid" or (order.channel == "cod" and order.state != "delivered"):
        return None
    return "succeeded"


def demo_sites(now: datetime) -> list[Site]:
    shared: dict[str, Any] = {
        "origins": [],
        "locales": ["zh-CN", "en"],
        "issuer": "demo",
        "identity_secret": "nightdesk-demo-identity-secret-0123456789",
        "urgent_phone": "400-000-0110",  # nobody's number
        "urgent_steps": demo_data("urgent_steps"),
    }
    return [
        Site(
            key="demo",
            name={"zh-CN": "晴野商城", "en": "Qingye Shop"},
            ticket_prefix="QY",
            calendar=shop_calendar(now),
            refund_policy=SHOP_POLICY,
            channels=demo_ways("晴野商城服务号", "Qingye Shop"),
            **shared,
        ),
        Site(
            key="demo-wallet",
            name={"zh-CN": "晴野钱包", "en": "Qingye Wallet"},
            ticket_prefix="QW",
            calendar={**DEMO_CALENDAR, "specials": special_days(now)},
            channels=demo_ways("晴野钱包服务号", "Qingye Wallet"),
            **shared,
        ),
    ]


def demo_ways(official_account: str, abroad: str) -> list[dict[str, Any]]:
    """The telephone is answered at hours of its own, by fewer people at the weekend."""
    working, weekend = [["09:00", "18:00"]], [["10:00", "16:00"]]
    by_phone = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), working) | dict.fromkeys(("sat", "sun"), weekend)
    account = {"zh-CN": "微信公众号", "en": f"WeChat official account of {abroad}"}
    return [
        {"kind": "chat", "names": {}, "value": None, "hours": None},
        {"kind": "phone", "names": {}, "value": "400-820-0000", "hours": by_phone},
        {"kind": "email", "names": {}, "value": "help@demo.example", "hours": None},
        {"kind": "wechat", "names": account, "value": official_account, "hours": None},
    ]


# Two weeks from the delivery for what was not used; what was done for a customer is done.
SHOP_POLICY = {
    "days": 14,
    "from": "delivery",
    "unused": True,
    "caps": {"alipay": 500_000, "wechat_pay": 500_000, "wallet": 200_000, "cod": 200_000},
    "kinds": {"service": {"excluded": True}},
}


def shop_calendar(now: datetime) -> dict[str, Any]:
    """The shop shortens its hours on the long holidays, from today on: the past was lived without."""
    shorter = {"do": "hours", "intervals": [["10:00", "18:00"]], "at_least": 4}
    today = now.astimezone(ZONE).date().isoformat()
    return {
        "zone": DEMO_CALENDAR["zone"],
        "versions": [
            {"from": None, "weekly": EVERY_DAY},
            {"from": today, "weekly": EVERY_DAY, "country": "CN", "holidays": shorter, "makeup": "mon"},
        ],
        "specials": special_days(now),
    }


def special_days(now: datetime) -> list[dict[str, Any]]:
    """One day cut short and one that runs past midnight, far enough ahead not to surprise who tries things out."""
    today = now.astimezone(ZONE).date()
    return [
        {
            "date": (today + timedelta(days=45)).isoformat(),
            "intervals": [["09:00", "17:00"]],
            "reason": "年度盘点，客服提前下班 / Stocktaking, we close early",
        },
        {
            "date": (today + timedelta(days=80)).isoformat(),
            "intervals": [["09:00", "01:00"]],
            "reason": "会员日大促，客服延长到凌晨 / Members' day, open past midnight",
        },
    ]


def demo_agents(now: datetime) -> list[Agent]:
    hashed = hash_password(PASSWORD)
    return [
        Agent(email=email, name=name, role=role, password_hash=hashed, created_at=now) for email, name, role in AGENTS
    ]


@cache
def shipped_articles() -> list[wire.ArticleText]:
    from chat.article_files import read_folder  # only who seeds reads YAML

    return read_folder(DEMO / "articles")


def article_id(text: wire.ArticleText) -> str:
    """The same in every database that is seeded, so that one model serves them all."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{text.locale}/{text.slug}"))
