"""Two processes, the same thing at once: it happens once, and both are told the same, or who was faster."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chat import wire
from chat.actions import bot, canned, jobs, leases, watchdog
from chat.actions import conversations as talk
from chat.actions.access import Who
from chat.actions.bot_turn import Ask
from chat.actions.desk import set_mail
from chat.actions.perform import perform
from chat.commands import at_door
from chat.door import read_input
from chat.errors import (
    Conflict,
    NightdeskError,
    NotFound,
    Reused,
    Taken,
    TooMany,
    Unauthenticated,
)
from chat.store import Tx
from chat.store.queries import conversations
from tests.actions.conftest import Desk
from tests.actions.processes import Call, Processes, all_went_well, client_id
from tests.actions.test_people import VISITOR, arrive, signed, whose

WAITING = 300
ROUNDS = 10  # a race that is lost once in a while is lost


def test_a_message_sent_many_times_at_once_is_there_once(desk: Desk, processes: Processes) -> None:
    conversation_id = desk.conversation(desk.li_na)
    for number in range(ROUNDS):
        given = {"conversation_id": conversation_id, "client_id": client_id(), "body": f"第 {number} 句"}
        answers = processes.at_once(*[(desk.li_na, "say", given)] * 6)
        all_went_well(answers)
        assert all(answer == answers[0] for answer in answers)
    assert [line["body"] for line in desk.log(desk.li_na, conversation_id)] == [f"第 {n} 句" for n in range(ROUNDS)]


def test_messages_of_both_sides_at_once_are_numbered_without_a_gap(desk: Desk, processes: Processes) -> None:
    conversation_id = desk.conversation(desk.li_na)
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    before = len(desk.log(desk.li_na, conversation_id))
    says = [
        (who, "say", {"conversation_id": conversation_id, "client_id": client_id(), "body": f"{number}"})
        for number in range(20)
        for who in (desk.li_na, desk.mei)
    ]
    answers = processes.at_once(*says)
    all_went_well(answers)
    log = desk.log(desk.li_na, conversation_id)
    assert [line["seq"] for line in log] == list(range(1, before + len(says) + 1))
    assert sorted(answer["seq"] for answer in answers) == list(range(before + 1, before + len(says) + 1))


@pytest.mark.parametrize("with_client_id", [True, False])
def test_a_customer_who_starts_many_times_at_once_has_one_conversation(
    desk: Desk, processes: Processes, with_client_id: bool
) -> None:
    for _ in range(ROUNDS):
        given = {"topic": "other", **({"client_id": client_id()} if with_client_id else {})}
        answers = processes.at_once(*[(desk.li_na, "start", given)] * 6)
        all_went_well(answers)
        assert len({answer["conversation"]["id"] for answer in answers}) == 1
        assert len(desk.rows("SELECT id FROM conversation WHERE status <> 'closed'")) == 1
        desk.do(desk.li_na, "leave", conversation_id=answers[0]["conversation"]["id"])


def test_another_command_with_the_same_client_id_at_once_is_refused(desk: Desk, processes: Processes) -> None:
    conversation_id = desk.conversation(desk.li_na)
    for number in range(ROUNDS):
        given = {"conversation_id": conversation_id, "client_id": client_id()}
        answers = processes.at_once(
            (desk.li_na, "say", {**given, "body": f"甲 {number}"}),
            (desk.li_na, "say", {**given, "body": f"乙 {number}"}),
        )
        assert sorted(isinstance(answer, Reused) for answer in answers) == [False, True]
    assert len(desk.log(desk.li_na, conversation_id)) == ROUNDS


def test_a_ticket_opened_many_times_at_once_is_one(desk: Desk, processes: Processes) -> None:
    conversation_id = desk.conversation(desk.li_na, "退款")
    given = {"conversation_id": conversation_id, "kind": "refund", "client_id": client_id()}
    answers = processes.at_once(*[(desk.mei, "open_ticket", given)] * 6)
    all_went_well(answers)
    assert len({answer["ticket"]["number"] for answer in answers}) == 1
    assert len(desk.rows("SELECT id FROM ticket")) == 1
    assert len(desk.rows("SELECT client_id FROM receipt WHERE command = 'open_ticket'")) == 1


def test_who_signs_in_many_times_at_once_is_one_person(desk: Desk, processes: Processes) -> None:
    for number in range(ROUNDS):
        given = {"site": "shop", "identity": signed(desk, f"u-{number}", name="李娜")}
        answers = processes.at_once(*[(VISITOR, "session", given)] * 6)
        all_went_well(answers)
        assert len({answer["customer"]["id"] for answer in answers}) == 1
        assert len({answer["token"] for answer in answers}) == 6


def test_of_two_people_who_sign_in_with_one_anonymous_token_one_keeps_who_it_was(
    desk: Desk, processes: Processes
) -> None:
    for number in range(ROUNDS):
        anonymous = arrive(desk)
        answers = processes.at_once(
            *(
                (VISITOR, "session", {"site": "shop", "token": anonymous.token, "identity": signed(desk, person)})
                for person in (f"a-{number}", f"b-{number}")
            )
        )
        all_went_well(answers)
        ids = [answer["customer"]["id"] for answer in answers]
        assert ids.count(anonymous.customer.id) == 1
        assert len(set(ids)) == 2
        people = desk.rows("SELECT external_id FROM customer WHERE id IN (:a, :b)", a=ids[0], b=ids[1])
        assert sorted(row["external_id"] for row in people) == [f"a-{number}", f"b-{number}"]


def test_a_guests_conversation_joins_whoever_signs_in_once_while_both_sides_write(
    desk: Desk, processes: Processes
) -> None:
    for number in range(ROUNDS):
        known = arrive(desk, identity=signed(desk, f"k-{number}"))
        guest = arrive(desk)
        writes = whose(desk, guest.token)
        conversation_id = desk.conversation(writes, "登录不了")
        desk.do(desk.mei, "pick", conversation_id=conversation_id)
        here = {"conversation_id": conversation_id, "body": "在吗"}
        signs_in = {"site": "shop", "token": guest.token, "identity": signed(desk, f"k-{number}")}
        answers = processes.at_once(
            (VISITOR, "session", signs_in),
            (writes, "say", {**here, "client_id": client_id()}),
            (desk.mei, "say", {**here, "client_id": client_id()}),
            (VISITOR, "session", signs_in),
        )
        assert not isinstance(answers[2], BaseException)
        assert isinstance(answers[1], dict | NotFound | Unauthenticated)  # the guest who was, came too late
        assert {answers[0]["customer"]["id"], answers[3]["customer"]["id"]} == {known.customer.id}
        customer = whose(desk, answers[0]["token"])
        log = desk.log(customer, conversation_id)
        assert [line["seq"] for line in log] == list(range(1, len(log) + 1))
        desk.do(customer, "leave", conversation_id=conversation_id)


# -- who takes a conversation -------------------------------------------------------------------------------------


def test_an_anonymous_token_shows_nothing_of_who_signs_in_at_that_moment(desk: Desk, processes: Processes) -> None:
    for number in range(2 * ROUNDS):
        token = arrive(desk).token
        person = signed(desk, f"u-{number}", name="李娜")
        signs_in = (VISITOR, "session", {"site": "shop", "token": token, "identity": person})
        lurks = (VISITOR, "session", {"site": "shop", "token": token})
        answers = processes.at_once(*[signs_in, lurks, lurks] if number % 2 else [lurks, signs_in, lurks])
        all_went_well(answers)
        for answer in answers:
            if answer["customer"].get("name") == "李娜":
                assert answer["customer"]["kind"] == "verified"
                assert answer["token"] != token


def test_agents_who_pick_one_conversation_at_once_are_told_who_has_it(desk: Desk, processes: Processes) -> None:
    for _ in range(ROUNDS):
        conversation_id = desk.conversation(desk.li_na, "在吗")
        agents = (desk.mei, desk.david, desk.lin, desk.admin)
        answers = processes.at_once(*((who, "pick", {"conversation_id": conversation_id}) for who in agents))
        (winner,) = (answer["conversation"]["agent"]["name"] for answer in answers if not isinstance(answer, Taken))
        assert {answer.by for answer in answers if isinstance(answer, Taken)} == {winner}
        assert [line.get("data", {}).get("code") for line in desk.log(desk.li_na, conversation_id)].count(
            "agent_joined"
        ) == 1
        desk.do(desk.li_na, "leave", conversation_id=conversation_id)


def test_a_colleague_who_is_let_go_while_they_write_joins_once_and_says_nothing_after_it(
    desk: Desk, processes: Processes
) -> None:
    here: dict[str, Any] = {"conversation_id": desk.conversation(desk.li_na, "在吗")}
    desk.do(desk.mei, "pick", **here)
    ask = {**here, "agent_id": desk.david.id, "may": "say"}
    for _ in range(ROUNDS):
        desk.do(desk.mei, "invite", **ask)
        says: list[Call] = [
            (desk.david, "say", {**here, "client_id": client_id(), "body": "我来看看"}) for _ in range(4)
        ]
        processes.at_once(*says[:2], (desk.mei, "uninvite", {**here, "agent_id": desk.david.id}), *says[2:])
        is_in = False
        for message in desk.log(desk.li_na, here["conversation_id"]):
            code = (message.get("data") or {}).get("code")
            if code in ("colleague_joined", "colleague_left"):
                assert is_in == (code == "colleague_left")
                is_in = code == "colleague_joined"
            assert is_in or message["author"]["name"] != "David"
        assert not is_in


def test_teams_that_hand_over_to_each_other_do_not_wait_for_each_other(desk: Desk, processes: Processes) -> None:
    added = desk.do(desk.admin, "add_team", name="helpers", sites=["shop"])["teams"]
    team = {one["name"]: one["id"] for one in added}
    other = {desk.mei: "helpers", desk.lin: "helpers", desk.david: "shop care", desk.admin: "shop care"}
    for who, name in other.items():
        own = team["helpers" if name == "shop care" else "shop care"]
        desk.do(desk.admin, "set_agent", agent_id=who.id, team_ids=[own], capacity=4)
        desk.do(desk.admin, "set_team", team_id=own, policy="least_loaded")
        desk.do(who, "set_presence", status="online")
        desk.connect(who)
    for number in range(24):
        desk.conversation(desk.arrive(f"customer {number}"), "在吗")
    before = deadlocks(desk)
    for _ in range(3):
        held = desk.rows("SELECT id, agent_id FROM conversation WHERE status = 'active' ORDER BY id")
        hands = [(who, one["id"]) for one in held for who in other if who.id == one["agent_id"]]
        assert hands
        desk.wait(seconds=1)
        all_went_well(
            processes.at_once(
                *(
                    (who, "transfer", {"conversation_id": one, "team_id": team[other[who]], "client_id": client_id()})
                    for who, one in hands
                )
            )
        )
    processes.close()
    assert deadlocks(desk) == before


def deadlocks(desk: Desk) -> int:
    """As far as connections have ended."""
    if isinstance(desk.where, Path):
        return 0  # there are no others to wait for
    [counted] = desk.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    found: int = counted["deadlocks"]
    return found


def codes(desk: Desk, customer: Who, conversation_id: str) -> Counter[str]:
    return Counter(line["data"]["code"] for line in desk.log(customer, conversation_id) if line.get("data"))


def test_what_an_agent_left_goes_back_once_whoever_notices_and_what_is_answered_meanwhile_stays(
    desk: Desk, processes: Processes
) -> None:
    for _ in range(ROUNDS):
        asked = {customer: desk.conversation(customer, "在吗") for customer in (desk.li_na, desk.wang_wei)}
        for conversation_id in asked.values():
            desk.do(desk.mei, "pick", conversation_id=conversation_id)
        desk.wait(seconds=31)  # no connection of hers lives
        going = at_door("agent")["set_presence"]
        answer = {"conversation_id": asked[desk.li_na], "client_id": client_id(), "body": "在的"}
        answers = processes.run(
            (leases.give_back_abandoned,),
            (leases.give_back_abandoned,),
            (perform, at_door("agent")["say"], desk.mei, read_input(wire.Say, answer), ()),
            (perform, going, desk.mei, wire.SetPresence(status="offline"), ()),
        )
        assert [
            error for error in answers if isinstance(error, BaseException) and not isinstance(error, Conflict)
        ] == []
        desk.sweep()
        for customer, conversation_id in asked.items():
            stands = desk.do(customer, "sync", conversation_id=conversation_id, after_seq=0)["conversation"]
            was_answered = customer is desk.li_na and not isinstance(answers[2], Conflict)
            assert stands["status"] == ("active" if was_answered else "waiting")
            assert codes(desk, customer, conversation_id)["agent_left"] == (0 if was_answered else 1)
            desk.do(customer, "leave", conversation_id=conversation_id)


def test_one_who_is_stranded_is_mended_once_however_many_watch(desk: Desk, processes: Processes) -> None:
    for _ in range(ROUNDS):
        conversation_id = desk.conversation(desk.li_na, "在吗")
        desk.do(desk.mei, "pick", conversation_id=conversation_id)
        desk.change("UPDATE conversation SET agent_id = NULL WHERE id = :id", id=conversation_id)
        all_went_well(processes.run(*((watchdog.mend, "no_owner", conversation_id) for _ in range(6))))
        assert codes(desk, desk.li_na, conversation_id)["back_in_line"] == 1
        desk.do(desk.li_na, "leave", conversation_id=conversation_id)


def test_of_those_who_enter_a_line_with_one_place_left_at_once_one_stands_in_it(
    desk: Desk, processes: Processes
) -> None:
    desk.change("UPDATE team SET max_queue = 1 WHERE id = :id", id=desk.ids["shop team"])
    customers = [desk.arrive(f"客人 {number}") for number in range(4)]
    for _ in range(ROUNDS):
        started = processes.at_once(*((customer, "start", {"topic": "other"}) for customer in customers))
        all_went_well(started)
        assert Counter(answer["conversation"]["status"] for answer in started) == {"waiting": 1, "bot": 3}
        asked = {answer["conversation"]["id"]: who for who, answer in zip(customers, started, strict=True)}
        [first] = [answer["conversation"]["id"] for answer in started if answer["conversation"]["status"] == "waiting"]
        desk.do(asked.pop(first), "leave", conversation_id=first)
        answers = processes.at_once(*((who, "ask_agent", {"conversation_id": one}) for one, who in asked.items()))
        assert sorted(getattr(answer, "code", "entered") for answer in answers) == ["entered", *["queue_full"] * 2]
        for conversation_id, who in asked.items():
            desk.do(who, "leave", conversation_id=conversation_id)


def test_of_many_emergencies_at_once_five_wake_somebody_each_and_the_others_share_a_mail(
    desk: Desk, processes: Processes
) -> None:
    desk.do(desk.admin, "set_site", site="shop", on_call="duty@shop.example")
    desk.wait(hours=11)
    calls: list[Call] = []
    for number in range(12):
        who = desk.arrive(f"客人 {number}")
        calls.append((who, "say", {"conversation_id": desk.conversation(who), "body": "我的卡被盗刷了"}))
    all_went_well(
        processes.at_once(*[(who, name, {**say, "client_id": str(uuid.uuid4())}) for who, name, say in calls])
    )
    shared = [
        json.loads(row["payload"]).get("shared", False)
        for row in desk.rows("SELECT payload FROM job WHERE kind = 'on_call_mail'")
    ]
    assert sorted(shared) == [False] * 5 + [True]


def test_hundreds_who_wait_are_each_given_to_one_agent(desk: Desk, processes: Processes) -> None:
    desk.write(_hundreds_wait, desk.ids["shop"])
    agents = (desk.mei, desk.david, desk.lin, desk.admin)
    answers: list[Any] = []
    while not any(isinstance(answer, NotFound) for answer in answers):
        assert len(answers) <= 2 * WAITING
        answers += processes.at_once(*((agents[number % 4], "pick", {}) for number in range(100)))
    taken = Counter(answer["conversation"]["id"] for answer in answers if not isinstance(answer, NightdeskError))
    assert len(taken) == WAITING
    assert set(taken.values()) == {1}
    assert {type(answer) for answer in answers} == {dict, NotFound}
    joined = desk.rows("SELECT conversation_id FROM message WHERE data LIKE '%agent_joined%'")
    assert len(joined) == len({row["conversation_id"] for row in joined}) == WAITING


def _hundreds_wait(tx: Tx, site_id: str, now: datetime) -> None:
    for number in range(WAITING):
        customer_id = str(uuid.uuid4())
        tx.change(
            "INSERT INTO customer (id, kind, locale, created_at) VALUES (:id, 'anonymous', 'zh-CN', 0)", id=customer_id
        )
        conversations.insert(
            tx,
            site_id=site_id,
            customer_id=customer_id,
            status="waiting",
            topic="other",
            locale="zh-CN",
            last_at=now,
            first_waited_at=now + timedelta(milliseconds=number),
            created_at=now,
        )


def test_a_bot_never_speaks_after_the_customer_has_asked_for_a_person(desk: Desk, processes: Processes) -> None:
    desk.change("UPDATE site SET bot_in_front = TRUE")
    for number in range(2 * ROUNDS):
        conversation_id = desk.conversation(desk.li_na, "退款多久到账")
        (turn,) = desk.write(jobs.claim, ["bot_turn"], "a process", 1)
        command = wire.InConversation(conversation_id=conversation_id)
        race = [(bot.carry_out, turn, Ask("bot_ask_again")), (talk.ask_agent, desk.li_na, command)]
        all_went_well(processes.run(*(race if number % 2 else reversed(race))))
        authors = [line["author"]["kind"] for line in desk.log(desk.li_na, conversation_id)]
        assert authors in (
            ["system", "customer", "bot", "system"],  # the greeting, the question, the bot, "asked for a person"
            ["system", "customer", "system"],
        )
        desk.do(desk.li_na, "leave", conversation_id=conversation_id)


def test_jobs_claimed_by_many_at_once_are_each_given_to_one(desk: Desk, processes: Processes) -> None:
    def promise(tx: Tx, now: datetime) -> None:
        for number in range(200):
            tx.job("letter", {"number": number}, key=f"letter:{number}")

    desk.write(promise)
    answers = processes.run(*((jobs.claim, ["letter"], f"process {number}", 16) for number in range(20)))
    all_went_well(answers)
    numbers = [job.payload["number"] for claimed in answers for job in claimed]
    assert sorted(numbers) == list(range(200))


def test_a_process_that_stood_still_does_not_take_a_job_from_the_one_that_has_it_now(desk: Desk) -> None:
    desk.write(lambda tx, now: tx.job("letter", {}))
    (late,) = desk.write(jobs.claim, ["letter"], "one that stands still", 1)
    desk.wait(seconds=61)
    (now_held,) = desk.write(jobs.claim, ["letter"], "another", 1)
    assert desk.write(jobs.retry, late, "the mail server did not answer")
    desk.wait(seconds=10)
    assert desk.write(jobs.claim, ["letter"], "a third", 1) == []
    assert desk.write(jobs.retry, now_held, "the mail server did not answer")
    desk.wait(seconds=10)
    assert len(desk.write(jobs.claim, ["letter"], "a third", 1)) == 1


def test_what_is_left_as_a_message_many_times_at_once_is_there_once(desk: Desk, processes: Processes) -> None:
    for number in range(ROUNDS):
        conversation_id = desk.conversation(desk.li_na)
        given = {"conversation_id": conversation_id, "client_id": client_id(), "body": f"{number}", "email": "a@b.cn"}
        answers = processes.at_once(*[(desk.li_na, "leave_message", given)] * 4)
        all_went_well(answers)
        assert all(answer == answers[0] for answer in answers)
        said = [line["body"] for line in desk.log(desk.li_na, conversation_id) if line["author"]["kind"] == "customer"]
        assert said == [f"{number}"]
        desk.do(desk.li_na, "leave", conversation_id=conversation_id)


def test_an_address_gets_three_transcripts_a_day_whoever_asks_at_once(desk: Desk, processes: Processes) -> None:
    desk.write(set_mail, "smtp")
    customers = (desk.li_na, desk.arrive("王伟"), desk.arrive("张敏"))
    talks = [(who, desk.conversation(who, "你好")) for who in customers]
    for _, here in talks:
        desk.do(desk.mei, "pick", conversation_id=here)
        desk.do(desk.mei, "say", conversation_id=here, body="您好")
    for address in ("one@mail.example", "two@mail.example"):
        answers = processes.at_once(
            *[
                (who, "mail_transcript", {"conversation_id": here, "client_id": client_id(), "email": address})
                for who, here in talks * 2
            ]
        )
        assert sorted(isinstance(answer, TooMany) for answer in answers) == [False] * 3 + [True] * 3


def test_of_two_who_change_a_canned_reply_one_is_told_and_of_who_removes_it_too(
    desk: Desk, processes: Processes
) -> None:
    kept = {"shared": True, "shortcut": "hi", "title": "问候", "texts": {"zh-CN": "您好"}}
    for _ in range(ROUNDS):
        reply = desk.do(desk.lin, "save_canned_reply", **kept)["reply"]
        seen = {"reply_id": reply["id"], "revision": 1}
        both: list[Call] = [
            (who, "save_canned_reply", {**kept, **seen, "title": f"问候 {who.id}", "client_id": str(uuid.uuid4())})
            for who in (desk.lin, desk.admin)
        ]
        done, refused = sorted(processes.at_once(*both), key=lambda one: isinstance(one, Conflict))
        assert (refused.code, done["reply"]["revision"]) == ("changed", 2)
        assert desk.do(desk.mei, "canned_replies")["replies"] == [{**done["reply"], "mine": False}]
        seen["revision"] = 2
        removes: Call = (desk.lin, "remove_canned_reply", seen)
        changes: Call = (desk.admin, "save_canned_reply", {**both[1][2], **seen, "client_id": str(uuid.uuid4())})
        removed, changed = processes.at_once(removes, changes)
        assert isinstance(removed, Conflict) != isinstance(changed, NotFound)
        for left in desk.do(desk.mei, "canned_replies")["replies"]:
            desk.do(desk.lin, "remove_canned_reply", reply_id=left["id"], revision=left["revision"])


@pytest.mark.parametrize("shared", [False, True])
def test_canned_replies_saved_at_once_are_called_once_and_no_more_than_there_is_room_for(
    desk: Desk, processes: Processes, shared: bool
) -> None:
    who = (desk.lin, desk.admin) if shared else (desk.mei, desk.mei)

    def saved(*shortcuts: str) -> Counter[str]:
        given = {"shared": shared, "title": "问候", "texts": {"zh-CN": "您好"}}
        calls: list[Call] = [
            (who[number % 2], "save_canned_reply", {**given, "shortcut": shortcut, "client_id": client_id()})
            for number, shortcut in enumerate(shortcuts)
        ]
        return Counter(getattr(answer, "code", "saved") for answer in processes.at_once(*calls))

    for number in range(ROUNDS):
        assert saved(*[f"hi-{number}"] * 4) == {"saved": 1, "shortcut_taken": 3}
    desk.change(
        "INSERT INTO cannedreply (id, agent_id, sites, shortcut, title, texts, revision, created_at, updated_at)"
        " WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :more)"
        " SELECT 'x' || n, :agent, '[]', 'x' || n, 'x', '{}', 1, 1, 1 FROM n",
        more=(canned.SHARED if shared else canned.OWN) - ROUNDS - 1,
        agent=None if shared else desk.mei.id,
    )
    assert saved("one", "two", "three", "four") == {"saved": 1, "too_many_replies": 3}
