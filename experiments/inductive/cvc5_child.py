"""Runs cvc5 on one SyGuS-IF 2 file and prints its solution; a process of its own, limited in CPU.

python cvc5_child.py problem.sl 10
"""

from __future__ import annotations

import json
import resource
import sys
import time


def main() -> None:
    path, seconds = sys.argv[1], float(sys.argv[2])
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("lang", "sygus2")
    solver.setOption("sygus", "true")
    symbols = cvc5.SymbolManager(solver.getTermManager())
    parser = cvc5.InputParser(solver, symbols)
    parser.setFileInput(cvc5.InputLanguage.SYGUS_2_1, path)
    begun = time.process_time()
    limit = int(begun + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    output = ""
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        output += command.invoke(solver, symbols)
    spent = time.process_time() - begun
    print(json.dumps({"seconds": spent, "output": output if spent <= seconds else ""}))


if __name__ == "__main__":
    main()
