"""Deterministic simulation: the real engine, store port and relay in a world made from a seed.

Replicas crash at any step, freeze and come back; requests, answers and callbacks are lost, late or
doubled; the store refuses or forgets to answer; clocks differ; customers click twice and leave.
Then everything calms down, comes to rest, and is judged against the backends' books.
"""

from unshackled.proving.simulation.world import SeedResult, play

__all__ = ["SeedResult", "play"]
