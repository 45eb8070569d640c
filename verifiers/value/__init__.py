"""How promising a candidate is: values that guide a search, one file each.

`Value.score(problem, evidence)` gives a number in [0, 1] a candidate. `value_of("graded")` makes
one by name, `value_of("graded*2,static")` a weighted mean of two.
"""

from verifiers.value.combine import Combined
from verifiers.value.evidence import Evidence, Value
from verifiers.value.naming import value_names, value_of

__all__ = ["Combined", "Evidence", "Value", "value_names", "value_of"]
