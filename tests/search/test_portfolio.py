"""Several strategies share drafts and a budget."""

from __future__ import annotations

import math

import pytest

from search.beam import Beam
from search.chains import Chains
from search.portfolio import Portfolio, modified_ucb
from tests.search.stepping import Search


def test_portfolio_members_share_drafts_and_repair_on_their_own() -> None:
    members = (Beam(drafts=4, width=2, siblings=1), Chains(parallel=4, serial=2))
    search = Search(Portfolio(members=members, limit=64))
    made = [node for nodes in search.ask(64) for node in nodes]
    assert len(made) == 4  # eight were wanted
    for node in made:
        search.tell(node, node / 10)
    search.ask(64)
    repairs = [e.parents[0] for e in search.asked if e.action == "repair"]
    assert set(repairs) == {1, 2, 3, 4}
    assert max(repairs.count(node) for node in (1, 2)) == 1  # the beam keeps 3 and 4 alone
    assert search.tree.actions.count("draft") == 4


def test_a_request_in_flight_makes_a_member_of_a_portfolio_no_worse() -> None:
    members = (Chains(parallel=9, draft="one"), Chains(parallel=9, draft="other"))
    search = Search(Portfolio(members=members, exploration=0.0, diversity=0.0, limit=64))
    first, second = (nodes[0] for nodes in search.ask(2))
    search.tell(first, 0.6)
    search.tell(second, 0.4)
    # Counted as worth nothing, two in flight would bring 0.6 down to 0.2.
    assert {search.tree.actions[nodes[0]] for nodes in search.ask(4)} == {"one"}


def test_a_slot_goes_on_where_a_waiting_member_is_not_surely_better() -> None:
    def next_action(exploration: float) -> list[str]:
        members = (Beam(drafts=2, siblings=1, draft="wide"), Chains(parallel=9, draft="long"))
        search = Search(
            Portfolio(members=members, exploration=exploration, diversity=0.0, limit=64)
        )
        first, second = (nodes[0] for nodes in search.ask(2))
        search.tell(first, 0.6)
        search.tell(second, 0.4)
        search.ask(1)  # the beam's second draft: its level is not told before that is
        return [search.tree.actions[nodes[0]] for nodes in search.ask(1)]

    assert next_action(0.0) == []
    assert next_action(0.2) == ["long"]


def test_the_modified_bound_has_the_published_terms() -> None:
    assert modified_ucb(
        0.5, 4, 10, exploration=1.0, diversity=0.5, recovery=0.1, suitability=0.2
    ) == pytest.approx(0.5 + math.sqrt(2 * math.log(11) / 4) + 0.1 + 0.1 + 0.2)
