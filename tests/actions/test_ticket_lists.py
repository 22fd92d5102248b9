"""Lists of tickets: every filter and order, page by page, and the filters that people keep."""

from __future__ import annotations

from typing import Any

import pytest

from chat.errors import BadShape, Conflict, Invalid, NotFound
from tests.actions.conftest import Desk
from tests.actions.test_tickets import NOBODY


@pytest.fixture
def shelf(desk: Desk) -> dict[str, Any]:
    """Four tickets that differ in all that one filters by, the last one the last changed."""
    found = {
        "shoes": desk.ticket(desk.mei, desk.li_na, tags=["急"], priority=1),
        "lamp": desk.ticket(desk.david, desk.wang_wei, "other"),
        "frozen": desk.ticket(desk.mei, desk.li_na, "unfreeze"),
        "done": desk.ticket(desk.mei, desk.wang_wei, tags=["急"]),
    }
    desk.do(desk.mei, "update_ticket", ticket_id=found["lamp"]["id"], team_id=desk.ids["shop team"], assignee_id=None)
    desk.do(desk.mei, "update_ticket", ticket_id=found["frozen"]["id"], status="pending")
    desk.do(desk.mei, "update_ticket", ticket_id=found["done"]["id"], status="solved")
    desk.do(desk.mei, "watch_ticket", ticket_id=found["lamp"]["id"], watch=True)
    desk.ticket(desk.peter, desk.emma)
    return found


def listed(desk: Desk, shelf: dict[str, Any], **values: Any) -> set[str]:
    names = {ticket["id"]: name for name, ticket in shelf.items()}
    return {names[found["id"]] for found in desk.do(desk.mei, "tickets", **values)["tickets"]}


FILTERS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nothing": ({}, {"shoes", "lamp", "frozen", "done"}),
    "site": ({"site": "shop"}, {"shoes", "lamp", "frozen", "done"}),
    "status": ({"status": "pending"}, {"frozen"}),
    "unsolved": ({"unsolved": True}, {"shoes", "lamp", "frozen"}),
    "kind": ({"kind": "refund"}, {"shoes", "done"}),
    "mine": ({"assignee": "me"}, {"shoes", "frozen", "done"}),
    "nobody's": ({"assignee": "nobody"}, {"lamp"}),
    "a colleague's": ({"assignee": "david"}, set()),
    "team": ({"team_id": "shop team"}, {"lamp"}),
    "priority": ({"priority": 1}, {"shoes"}),
    "tag": ({"tag": "急"}, {"shoes", "done"}),
    "watched": ({"watched": True}, {"lamp"}),
    "customer": ({"customer_id": "li_na"}, {"shoes", "frozen"}),
    "several": ({"tag": "急", "unsolved": True, "kind": "refund", "priority": 1}, {"shoes"}),
    "none at all": ({"tag": "急", "kind": "other"}, set()),
}


@pytest.mark.parametrize("name", FILTERS)
def test_a_list_holds_what_fits_its_filter(desk: Desk, shelf: dict[str, Any], name: str) -> None:
    given, expected = FILTERS[name]
    given = dict(given)
    if given.get("customer_id"):
        given["customer_id"] = desk.li_na.id
    if given.get("assignee") == "david":
        given["assignee"] = desk.david.id
    if given.get("team_id"):
        given["team_id"] = desk.ids["shop team"]
    assert listed(desk, shelf, **given) == expected


def test_what_is_overdue_is_listed_once_its_time_has_passed(desk: Desk, shelf: dict[str, Any]) -> None:
    assert listed(desk, shelf, overdue=True) == set()
    desk.wait(minutes=121)
    assert listed(desk, shelf, overdue=True) == {"shoes"}


def test_what_is_due_first_comes_first_page_by_page_and_what_is_not_due_does_not_come(
    desk: Desk, shelf: dict[str, Any]
) -> None:
    late = desk.ticket(desk.mei, desk.arrive("zhao_min"), "password_help")
    first = desk.do(desk.mei, "tickets", order="due", limit=2)
    second = desk.do(desk.mei, "tickets", order="due", limit=2, before=first["next"])
    found = [ticket["id"] for page in (first, second) for ticket in page["tickets"]]
    assert found == [late["id"], shelf["shoes"]["id"], shelf["lamp"]["id"]]
    assert "next" not in second


def test_pages_of_a_filtered_list_hold_each_once_in_order_over_several_states(
    desk: Desk, shelf: dict[str, Any]
) -> None:
    found, before = [], None
    for _ in range(3):
        page = desk.do(desk.mei, "tickets", unsolved=True, limit=1, **({"before": before} if before else {}))
        found += [ticket["id"] for ticket in page["tickets"]]
        before = page.get("next")
    assert sorted(found) == sorted(shelf[name]["id"] for name in ("shoes", "lamp", "frozen"))
    assert before is None


def test_a_list_of_what_is_not_ones_own_is_refused_or_empty(desk: Desk, shelf: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        desk.do(desk.mei, "tickets", site="wallet")
    with pytest.raises(Invalid, match="unsolved"):
        desk.do(desk.mei, "tickets", unsolved=True, status="solved")
    assert listed(desk, shelf, customer_id=desk.emma.id) == set()
    for wrong in ({"assignee": "everybody"}, {"priority": 9}, {"order": "luck"}, {"before": "!"}):
        with pytest.raises(BadShape):
            desk.do(desk.mei, "tickets", **wrong)


# -- views --------------------------------------------------------------------------------------------------------

URGENT = {"name": "急件", "filter": {"unsolved": True, "tag": "急"}, "order": "due"}


def names(desk: Desk, who: Any) -> list[tuple[str, bool]]:
    return [(view["name"], view["mine"]) for view in desk.do(who, "ticket_views")["views"]]


def test_a_view_is_kept_for_oneself_and_shared_with_those_of_the_same_sites(desk: Desk) -> None:
    (view,) = desk.do(desk.mei, "save_view", **URGENT)["views"]
    assert (view["filter"]["tag"], view["filter"]["unsolved"], view["order"], view["by"]) == ("急", True, "due", "Mei")
    assert names(desk, desk.david) == []
    desk.do(desk.mei, "save_view", view_id=view["id"], shared=True, **URGENT | {"name": "急件（共享）"})
    assert names(desk, desk.mei) == [("急件（共享）", True)]
    assert names(desk, desk.david) == [("急件（共享）", False)]
    assert names(desk, desk.peter) == []
    desk.do(desk.mei, "tickets", order=view["order"], **view["filter"])  # what was kept can be asked for


def test_nobody_changes_or_drops_a_colleagues_view(desk: Desk) -> None:
    (view,) = desk.do(desk.mei, "save_view", shared=True, **URGENT)["views"]
    for name, values in (("save_view", {"view_id": view["id"], **URGENT}), ("drop_view", {"view_id": view["id"]})):
        with pytest.raises(NotFound):
            desk.do(desk.david, name, **values)
    with pytest.raises(NotFound):
        desk.do(desk.mei, "drop_view", view_id=NOBODY)
    assert names(desk, desk.mei) == [("急件", True)]
    assert desk.do(desk.mei, "drop_view", view_id=view["id"]) == {"views": []}


def test_views_are_not_kept_without_end_and_hold_only_filters(desk: Desk) -> None:
    with pytest.raises(BadShape):
        desk.do(desk.mei, "save_view", name="坏", filter={"colour": "red"})
    for number in range(50):
        desk.do(desk.mei, "save_view", name=f"视图 {number}", filter={})
    with pytest.raises(Conflict) as refused:
        desk.do(desk.mei, "save_view", **URGENT)
    assert refused.value.code == "too_many_views"
