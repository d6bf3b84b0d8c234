"""The stand-in backends as a server, each call as slow as asked for."""

from __future__ import annotations

import json
import sys

from benchmarks.serve import serve
from unshackled import adapter_registry as shelf
from unshackled.testing.sandbox import Sandbox


def main() -> None:
    """Serve every stand-in; the argument is `{"latency": <seconds>}`."""
    asked = json.loads(sys.argv[1])
    found = shelf.find()
    names = [name for name in found.names if found.has_stand_in(name)]
    stand_ins = {name: found.stand_in(name) for name in names}
    for stand_in in stand_ins.values():
        stand_in.latency = asked["latency"]
    serve(Sandbox(stand_ins=stand_ins).app())


if __name__ == "__main__":
    main()
