"""Which candidate to return when the given tests do not decide.

Pure functions over what the candidates did: build an `Evidence`, hand it to `rank`. Each rule gives
one score a program; `combination` learns to weigh the rules and says how likely its choice is
right; `tournament` spends a few comparisons by a judge on what is left open, and `distinguishing`
finds the inputs to show the judge or to ask the user about.
"""

from __future__ import annotations

from search.selection.evidence import Evidence
from search.selection.rank import LEARNED, RULES, Ranking, rank
from search.selection.tournament import Judge, Tournament, TournamentResult, tournament

__all__ = [
    "LEARNED",
    "RULES",
    "Evidence",
    "Judge",
    "Ranking",
    "Tournament",
    "TournamentResult",
    "rank",
    "tournament",
]
