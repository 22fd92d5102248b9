"""Who plays the day: customers who write, wait, leave and come back, and agents of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chat.actions import presence
from chat.actions.access import Who
from tests.bench.watch import Seen, Watch
from tests.bench.world import Player, World

TOPICS = ("refund", "amount_dispute", "unfreeze", "password_help", "payment_failure", "other")
LINES = {
    "zh-CN": ("你好，我想问一下", "我的订单还没有到", "可以退款吗", "好的，谢谢", "还有一个问题"),
    "en": ("Hello, a question", "My order has not arrived", "Can I have a refund?", "All right, thank you", "One more"),
}
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
        self.do("say", body=self.game.chance.choice(LINES[self.locale]))


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
    who: Who
    name: str
    is_slow: bool = False
    connection: str = ""

    @property
    def has(self) -> list[Seen]:
        mine = self.game.watch.agents[self.who.id].has
        return [self.game.seen(one) for one in sorted(mine)]

    @property
    def sees_a_line(self) -> bool:
        """As the console shows it."""
        watch = self.game.watch
        return any(watch.waiting.get(team.id) for team in watch.teams.values() if self.who.id in team.agents)

    def do(self, name: str, **values: Any) -> Any:
        return self.game.world.attempt(self.who, name, **values)


def agent(game: Game, me: Agent, shifts: list[tuple[float, float]]) -> Player:
    """At work from the first to the second of each pair, in seconds from now."""
    begun = game.world.now.timestamp()
    for start, end in shifts:
        yield max(1, begun + start - game.world.now.timestamp())
        connect(me)
        me.do("set_presence", status="online")
        yield from shift(me, begun + end)
        yield from go_home(me)


def connect(me: Agent) -> None:
    me.connection = f"{me.name}-{me.game.world.steps}"
    me.game.connected[me.connection] = me.who.id
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
    elif game.happens(0.5 if me.sees_a_line else 0.01):
        me.do("pick")


def answer(me: Agent, seen: Seen) -> None:
    me.do("say", conversation_id=seen.id, body=me.game.chance.choice(ANSWERS))


def finish(me: Agent, seen: Seen) -> None:
    choice = me.game.chance.random()
    if choice < 0.04:
        me.do("release", conversation_id=seen.id)
    elif choice < 0.08:
        colleagues = [one for one in me.game.watch.agents.values() if one.id != me.who.id]
        me.do("transfer", conversation_id=seen.id, agent_id=me.game.chance.choice(colleagues).id)
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
    """Says so, or shuts the laptop."""
    if me.game.happens(0.7):
        for seen in me.has:
            answer(me, seen)
            me.do("close", conversation_id=seen.id)
            yield me.game.chance.uniform(1, 5)
        me.do("set_presence", status="offline")
        disconnect(me)
    else:
        del me.game.connected[me.connection]
