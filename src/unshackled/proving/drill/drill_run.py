"""One drill: open, play, judge."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from unshackled.proving.drill.acts import Drill, DrillPlan
from unshackled.proving.drill.drill_customers import DrillCustomers, RetryingClient
from unshackled.proving.drill.drill_environment import DrillEnvironment
from unshackled.proving.drill.drill_judge import DrillJudge
from unshackled.proving.drill.drill_report import DrillReport, report


async def run(plan: DrillPlan, say: Callable[[str], None]) -> DrillReport:
    """Do it; `say` hears how it goes."""
    begun = time.monotonic()
    async with DrillEnvironment(folder=plan.folder, seed=plan.seed) as stage:
        customers = DrillCustomers(
            line=RetryingClient(web=stage.web), random=Random(plan.seed), every=plan.every
        )
        drill = Drill(stage=stage, customers=customers, plan=plan, say=say)
        await drill.run()
        judge = DrillJudge(stage=stage, drill=drill)
        await judge.gather()
        return report(drill, judge, time.monotonic() - begun)
