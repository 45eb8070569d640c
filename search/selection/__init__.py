"""Which candidate to return when the given tests do not decide.

Pure functions over what the candidates did (`Evidence`). Each rule gives one score a program;
`combination` learns to weigh the rules and says how likely its choice is right; `tournament` spends
a few comparisons by a judge on what is left open, `distinguishing` finds the inputs to show it.
"""

from __future__ import annotations
