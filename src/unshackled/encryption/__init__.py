"""Envelope encryption: what seals personal data and secrets at rest.

    master key        of the environment, or of a key management service: wraps
    └─ retailer keys  one for data and one for the search index, of each account: wrap
       └─ data keys   one of each checkout or document: seal its personal part

Nothing here knows where keys are kept, and no key is in a log, an error or a `repr`.
"""
