"""From examples alone: programs found by enumeration, without a model.

    from synth.inductive import synthesize
    answer = synthesize([(("Ada Lovelace",), "A. Lovelace"), (("Alan Turing",), "A. Turing")])
    print(answer.best.source)

`Synthesis` is the same search in resumable form: run it a while, judge it, run it on.
"""

from synth.inductive.answer import Answer, answer, synthesize, synthesize_anytime
from synth.inductive.component import Component, component_from_callable
from synth.inductive.distinguishing import Question
from synth.inductive.program import InductiveProgram
from synth.inductive.synthesis import Limits, Progress, Synthesis
from synth.inductive.task import Task, make_task

__all__ = [
    "Answer",
    "Component",
    "InductiveProgram",
    "Limits",
    "Progress",
    "Question",
    "Synthesis",
    "Task",
    "answer",
    "component_from_callable",
    "make_task",
    "synthesize",
    "synthesize_anytime",
]
