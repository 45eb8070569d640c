"""One problem through several models, with nothing changed but the model's name.

    python experiments/every_model.py FILE MODEL... [--base-url URL] [--record FILE]

With --record the first model's answers are kept there and then replayed as `recorded:FILE`, as a
model of its own. Loading a model is timed apart from solving.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from synth import Budget, solve_async
from synth.models.chat import ChatModel, Request, Sampling, conversation
from synth.models.registry import open_model

WARM_UP = Request(conversation(("user", "Say yes.")), sampling=Sampling(max_tokens=1))


async def row(problem: str, model: ChatModel, label: str, *, warm: bool) -> str:
    begun = time.perf_counter()
    if warm:
        await model.complete(WARM_UP)
    loaded = time.perf_counter() - begun
    try:
        solution = await solve_async(
            problem,
            model=model,
            options={"enumerate": 0},  # the model is to do it, not the model-free proposer
            budget=Budget(programs=16, seconds=400.0),
            runs=False,
        )
    finally:
        await model.close()
    usage = solution.usage
    prompt, drawn = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
    rate = f"{drawn / solution.seconds:.1f}" if solution.seconds > 0.1 else "-"
    return (
        f"| {label} | {'yes' if solution.verified else 'no: ' + solution.reason} | {loaded:.1f} | "
        f"{solution.seconds:.1f} | {usage.get('calls', 0)} | {prompt} | {drawn} | {rate} |"
    )


async def run(options: argparse.Namespace) -> None:
    print("| model | verified | load, s | solve, s | calls | prompt tokens | drawn | drawn/s |")
    print("|---|---|---|---|---|---|---|---|")
    record = options.record
    for spec in options.model:
        base_url = options.base_url if spec.startswith("openai:") else None
        model = open_model(spec, base_url=base_url, record=record, deadline=300.0)
        warm = record is None and not spec.startswith(("bank:", "recorded:"))
        print(await row(options.file, model, spec, warm=warm), flush=True)
        if record is not None:
            replay = open_model(f"recorded:{record}")
            print(await row(options.file, replay, f"recorded:{record}", warm=False), flush=True)
            record = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="a problem file")
    parser.add_argument("model", nargs="+", help="as for `synth solve --model`")
    parser.add_argument("--base-url", help="the server of an openai: model")
    parser.add_argument("--record", help="keep and replay the first model's answers")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
