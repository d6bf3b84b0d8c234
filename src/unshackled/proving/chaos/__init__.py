"""Real chaos: replicas, PostgreSQL, NATS and stand-in backends as processes that are killed.

    python -m unshackled.proving.chaos --minutes 10 --seed 7

Customers buy without a pause while processes are killed, paused and started again, in an order that
the seed decides. Then all is calm, everything is brought to its end, and what is left is judged:
checkouts against the backends' books, the event log against the stream, reports against checkouts.
"""
