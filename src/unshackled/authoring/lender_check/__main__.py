"""`python -m unshackled.authoring.lender_check BASE_URL --key KEY`: each promise, kept or not.

Exit status 1 if a promise is broken. Point it at a test environment: it applies for credit.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from unshackled.authoring.lender_check.run import Verdict, check


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a lender and print what came of each promise."""
    asked = _parser().parse_args(arguments)
    verdicts = asyncio.run(
        check(
            asked.base_url,
            key=asked.key,
            lender=asked.lender,
            currency=asked.currency,
            callback_secret=asked.callback_secret,
            callback_url=asked.callback_url,
            callback_port=asked.callback_port,
            patience=asked.patience,
            only=asked.only,
            tell=tell,
        )
    )
    counts = {kind: sum(one.kind == kind for one in verdicts) for kind in ("kept", "broken")}
    unchecked = len(verdicts) - sum(counts.values())
    sys.stdout.write(f"{counts['kept']} kept, {counts['broken']} broken, {unchecked} unchecked\n")
    return 1 if counts["broken"] else 0


def tell(verdict: Verdict) -> None:
    """One line, and why where it is not kept."""
    sys.stdout.write(f"{verdict.kind:<9} {verdict.promise}: {verdict.says}\n")
    if verdict.why:
        sys.stdout.write(f"          {verdict.why}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("lender_check", description="Check a lender's test system.")
    parser.add_argument("base_url", help="where the lender is, without /v1")
    parser.add_argument("--key", required=True, help="the key sent as a bearer token")
    parser.add_argument("--lender", default="prime", help="which lender of a panel is asked")
    parser.add_argument("--currency", default="GBP", help="ISO 4217")
    parser.add_argument("--callback-secret", help="the secret that signs callbacks")
    parser.add_argument("--callback-port", type=int, default=0, help="where the check listens")
    parser.add_argument("--callback-url", help="a public address that leads to that port")
    parser.add_argument(
        "--patience", type=float, default=30.0, help="seconds until a referral is decided"
    )
    parser.add_argument("--only", nargs="+", default=(), metavar="PROMISE", help="only these")
    return parser


if __name__ == "__main__":
    sys.exit(main())
