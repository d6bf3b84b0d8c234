"""One drill: open, play, judge."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from unshackled.proving.drill.customers import Customers, Line
from unshackled.proving.drill.judge import Judge
from unshackled.proving.drill.report import Report, report
from unshackled.proving.drill.stage import Stage
from unshackled.proving.drill.story import Drill, Plan


async def run(plan: Plan, say: Callable[[str], None]) -> Report:
    """Do it; `say` hears how it goes."""
    begun = time.monotonic()
    async with Stage(folder=plan.folder, seed=plan.seed) as stage:
        customers = Customers(line=Line(web=stage.web), random=Random(plan.seed), every=plan.every)
        drill = Drill(stage=stage, customers=customers, plan=plan, say=say)
        await drill.run()
        judge = Judge(stage=stage, drill=drill)
        await judge.gather()
        return report(drill, judge, time.monotonic() - begun)
