"""Who plays the day: customers who write, wait, leave and come back, and agents of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chat.actions import presence
from chat.actions.access import Who
from chat.store.tables import to_millis
from tests.bench.watch import Seen, Watch
from tests.bench.world import Player, World

TOPICS = ("refund", "refund", "amount_dispute", "unfreeze", "password_help", "payment_failure", "other")
LINES = {
    "zh-CN": ("你好，我想问一下", "我的订单还没有到", "可以退款吗", "好的，谢谢", "还有一个问题"),
    "en": ("Hello, a question", "My order has not arrived", "Can I have a refund?", "All right, thank you", "One more"),
}
ALARMS = {"zh-CN": "我的账号被盗了，钱正在被转走", "en": "My account has been hacked, help"}
ANSWERS = ("您好，我来帮您看一下", "请稍等", "已经处理好了", "Let me look at it", "That is done now")


class Game:
    """What players need: the world they act in, and what is known of it."""

    def __init__(self, world: World, watch: Watch) -> None:
        self.world, self.watch = world, watch
        self.chance = world.chance
        self.connected: dict[str, str] = {}  # connection -> agent, as of the sockets that live
        self.told: dict[str, tuple[int, int]] = {}  # conversation -> the first range it was told, in seconds

    def seen(self, conversation_id: str) -> Seen:
        return self.watch.conversations[conversation_id]

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    def a_while(self, seconds: float) -> float:
        """Mostly about so long, now and then much longer."""
        return min(self.chance.expovariate(1 / seconds), 5 * seconds) + 1


# -- customers ----------------------------------------------------------------------------------------------------


@dataclass
class Customer:
    game: Game
    site: str
    who: Who
    locale: str
    patience: float
    conversation_id: str = ""

    @property
    def seen(self) -> Seen:
        return self.game.seen(self.conversation_id)

    def do(self, name: str, **values: Any) -> Any:
        return self.game.world.attempt(self.who, name, conversation_id=self.conversation_id, **values)

    def say(self) -> None:
        alarm = self.game.happens(0.01)
        self.do("say", body=ALARMS[self.locale] if alarm else self.game.chance.choice(LINES[self.locale]))


def customer(game: Game, site: str, locale: str) -> Player:
    """A visit, and perhaps another one later."""
    world, chance = game.world, game.chance
    who = world.arrives(site, locale)
    me = Customer(game, site, who, locale, patience=chance.choice((180, 600, 1_800, 7_200)))
    yield game.a_while(20)
    for _ in range(3):
        started = world.attempt(who, "start", topic=chance.choice(TOPICS))
        if started is not None:
            me.conversation_id = started["conversation"]["id"]
            note_told(game, started["conversation"])
            yield from visit(me)
        if not game.happens(0.12):
            return
        yield chance.uniform(60, 8 * 3_600)  # comes back, to the old one or for another


def note_told(game: Game, conversation: dict[str, Any]) -> None:
    wait = conversation.get("waiting", {}).get("range")
    if wait:
        game.told.setdefault(conversation["id"], (wait["low"], wait["high"]))


def visit(me: Customer) -> Player:
    """Until this conversation is closed, or the customer has had enough."""
    game, lines = me.game, me.game.chance.randint(1, 4)
    me.say()
    deadline = game.world.now.timestamp() + me.patience
    for _ in range(40):
        yield game.a_while(40), me.conversation_id
        seen = me.seen
        if seen.status == "closed":
            yield from afterwards(me)
            return
        if seen.status == "bot":
            yield from with_bot(me)
        elif seen.status == "offline":
            yield from until_answered(me)
        elif seen.status == "waiting":
            if game.world.now.timestamp() > deadline:
                yield from out_of_patience(me)
                return
            if game.happens(0.1):
                me.say()
        elif not seen.is_unanswered and lines > 0:
            yield game.a_while(15)
            me.say()
            lines -= 1
        elif lines == 0 and game.happens(0.2):
            me.do("leave")
            return
    # Says nothing any more; somebody closes it.


def with_bot(me: Customer) -> Player:
    game = me.game
    yield game.a_while(10), me.conversation_id
    if me.seen.status != "bot":
        return
    if game.happens(0.5):
        asked = me.do("ask_agent")
        if asked is not None:
            note_told(game, asked["conversation"])
    if me.seen.status == "bot" and game.happens(0.4):
        leave_message(me)
    elif me.seen.status == "bot" and game.happens(0.5):
        me.say()
    else:
        yield 3_600.0, me.conversation_id  # walks away without a word


def leave_message(me: Customer) -> None:
    contact = {"email": f"{me.conversation_id[-8:]}@example.com"} if me.game.happens(0.8) else {"phone": "13800138000"}
    me.do("leave_message", body=me.game.chance.choice(LINES[me.locale]), **contact)


def out_of_patience(me: Customer) -> Player:
    choice = me.game.chance.random()
    if choice < 0.5:
        me.do("leave")
    elif choice < 0.9:
        leave_message(me)
        yield from until_answered(me)
    # Else: closes the page and says nothing.


def until_answered(me: Customer) -> Player:
    """Comes back to the window when there is news, at the latest after some hours."""
    yield me.game.chance.uniform(1, 6) * 3_600, me.conversation_id
    if me.seen.status == "offline" and me.game.happens(0.2):
        me.do("ask_agent")
    if me.seen.status == "offline" and me.game.happens(0.1):
        leave_message(me)


def afterwards(me: Customer) -> Player:
    if me.game.happens(0.4):
        me.do("rate", score=me.game.chance.randint(1, 5))
    if me.game.happens(0.08):
        yield me.game.a_while(600)
        me.say()  # opens it again


# -- agents -------------------------------------------------------------------------------------------------------


@dataclass
class Agent:
    game: Game
    id: str
    name: str
    role: str
    is_slow: bool = False
    connection: str = ""
    session: Who | None = None

    @property
    def who(self) -> Who:
        assert self.session is not None, "has not come to work"
        return self.session

    @property
    def has(self) -> list[Seen]:
        mine = self.game.watch.agents[self.id].has
        return [self.game.seen(one) for one in sorted(mine)]

    @property
    def first_in_line(self) -> Seen | None:
        """Of those whom they can talk to: as the console shows it."""
        watch, speaks = self.game.watch, self.game.watch.agents[self.id].languages
        lines = (watch.waiting[team.id].values() for team in watch.teams.values() if self.id in team.agents)
        theirs = (seen for line in lines for seen in line if not speaks or seen.locale in speaks)
        return min(theirs, key=lambda seen: seen.place or (), default=None)

    @property
    def is_choosy(self) -> bool:
        """The next in line may be somebody whom they cannot talk to."""
        return bool(self.game.watch.agents[self.id].languages)

    @property
    def sees_a_message(self) -> bool:
        """In the inbox, that they could answer: as the console shows it."""
        return next(self._messages(), None) is not None

    def _messages(self) -> Iterator[Seen]:
        watch, at = self.game.watch, to_millis(self.game.world.now)
        for seen in map(self.game.seen, watch.messages):
            if seen.agent_id in (None, self.id) and seen.snoozed_until <= at and self._serves(seen.site_id):
                yield seen

    def _serves(self, site_id: str) -> bool:
        watch = self.game.watch
        return any((team.id, site_id) in watch.serves for team in watch.teams.values() if self.id in team.agents)

    def do(self, name: str, **values: Any) -> Any:
        return self.game.world.attempt(self.who, name, **values)


def agent(game: Game, me: Agent, shifts: list[tuple[float, float]]) -> Player:
    """At work from the first to the second of each pair, in seconds from now."""
    begun = game.world.now.timestamp()
    for start, end in shifts:
        yield max(1, begun + start - game.world.now.timestamp())
        me.session = game.world.comes_to_work(me.id)
        connect(me)
        me.do("set_presence", status="online")
        yield from shift(me, begun + end)
        yield from go_home(me)


def connect(me: Agent) -> None:
    me.connection = f"{me.name}-{me.game.world.steps}"
    me.game.connected[me.connection] = me.id
    me.game.world.step(presence.connected, me.who, me.connection)


def disconnect(me: Agent) -> None:
    del me.game.connected[me.connection]
    me.game.world.step(presence.disconnected, me.who, me.connection)


def shift(me: Agent, end: float) -> Player:
    game = me.game
    while game.world.now.timestamp() < end:
        yield game.chance.uniform(4, 20)
        chance = game.chance.random()
        if chance < 0.002:
            yield from take_a_break(me)
        elif chance < 0.003:
            yield from vanish(me)
        else:
            work(me)


def work(me: Agent) -> None:
    """One thing: the customer who waits longest for an answer, else somebody new."""
    game = me.game
    unanswered = [seen for seen in me.has if seen.is_unanswered]
    if unanswered and not (me.is_slow and game.happens(0.9)):
        answer(me, min(unanswered, key=lambda seen: seen.last_said_at))
    elif me.has and game.happens(0.3):
        finish(me, game.chance.choice(me.has))
    elif me.role == "supervisor" and game.happens(0.02):
        supervise(me)
    elif (first := me.first_in_line) and game.happens(0.5):
        me.do("pick", **{} if game.happens(0.5) and not me.is_choosy else {"conversation_id": first.id})
    elif first is None and not me.is_choosy and game.happens(0.01):
        me.do("pick")
    elif len(me.has) < 2 and game.happens(0.3) and me.sees_a_message:
        work_the_inbox(me)


def work_the_inbox(me: Agent) -> None:
    """Takes the first of their own, or else of nobody's, or does something else about it."""
    game = me.game
    pages = (game.world.do(me.who, "inbox", filter=which, limit=1) for which in ("mine", "unassigned"))
    messages: list[Any] = next((page["conversations"] for page in pages if page["conversations"]), [])
    for message in messages:
        ids, choice = [message["id"]], game.chance.random()
        if choice < 0.75:
            me.do("pick", conversation_id=message["id"])
        elif choice < 0.85:
            me.do("assign", conversation_ids=ids, agent_id=me.id)
        elif choice < 0.98:
            until = game.world.now + timedelta(minutes=game.chance.randint(5, 40))
            me.do("snooze", conversation_ids=ids, until=until.isoformat())
        else:
            me.do("spam", conversation_ids=ids)


def supervise(me: Agent) -> None:
    """Looks at what goes on, and does something about it."""
    page = me.do("live", limit=20)
    for shown in me.game.chance.sample(page["conversations"], min(1, len(page["conversations"]))) if page else ():
        name, values = me.game.chance.choice((("take_over", {}), ("join", {}), ("prioritize", {"priority": 2})))
        me.do(name, conversation_id=shown["id"], **values)


def answer(me: Agent, seen: Seen) -> None:
    me.do("say", conversation_id=seen.id, body=me.game.chance.choice(ANSWERS))


def finish(me: Agent, seen: Seen) -> None:
    choice = me.game.chance.random()
    if choice < 0.04:
        me.do("release", conversation_id=seen.id)
    elif choice < 0.08:
        colleagues = [one for one in me.game.watch.agents.values() if one.id != me.id]
        me.do("transfer", conversation_id=seen.id, agent_id=me.game.chance.choice(colleagues).id)
    elif choice < 0.1:
        teams = [team_id for team_id, site_id in sorted(me.game.watch.serves) if site_id == seen.site_id]
        me.do("transfer", conversation_id=seen.id, team_id=me.game.chance.choice(teams))
    elif not seen.is_unanswered:
        me.do("close", conversation_id=seen.id, outcome="solved")


def take_a_break(me: Agent) -> Player:
    me.do("set_presence", status="away")
    yield me.game.chance.uniform(300, 1_200)
    me.do("set_presence", status="online")


def vanish(me: Agent) -> Player:
    """The line is gone without a word, for a moment or for long."""
    del me.game.connected[me.connection]
    yield me.game.chance.choice((10, 25, 60, 200, 900))
    connect(me)


def go_home(me: Agent) -> Player:
    """Says so, signs out, or shuts the laptop."""
    choice = me.game.chance.random()
    if choice < 0.5:
        for seen in me.has:
            answer(me, seen)
            me.do("close", conversation_id=seen.id)
            yield me.game.chance.uniform(1, 5)
        me.do("set_presence", status="offline")
        disconnect(me)
    elif choice < 0.7:
        del me.game.connected[me.connection]
        me.do("sign_out")
    else:
        del me.game.connected[me.connection]


# -- what nobody has planned --------------------------------------------------------------------------------------


def emergency(game: Game, supervisor: str, site: str) -> Player:
    """The desk has to close for twenty minutes, with people in line."""
    yield 1
    game.world.do(game.world.comes_to_work(supervisor), "close_desk", site=site, minutes=20, reason="消防演习")
