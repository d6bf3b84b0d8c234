"""Moving a capability from one provider to another while selling.

Which provider is picked goes by the file's policy, by what operators said (`settings`), and by what
was measured (`measures`). A candidate can be asked in the shadow of another (`shadow`), its
answers are compared (`compare`) and counted (`parity`), and it loses its share by itself when it is
sick (`watch`). `router` holds it together.
"""
