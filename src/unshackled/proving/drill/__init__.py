"""The legacy drill: a shop is moved to a new backend while it sells, and the new one breaks.

    python -m unshackled.proving.drill --minutes 2 --seed 7

The service, the old backends and the new one are processes, and everything between them is HTTP.
Customers arrive without a pause. An operator moves the share of the new backend from 0 to 100 %;
at 50 % it begins to fail and to answer wrong. Then what is left is judged: checkouts against the
backends' books, the audit log, and the parity report.
"""
