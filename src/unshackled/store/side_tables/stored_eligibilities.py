"""Answers about upgrades: one for the same contents, its agreement sealed."""

from __future__ import annotations

from typing import TypeAlias

from unshackled.domain.stored_eligibility import StoredEligibility
from unshackled.store.side_tables.limited_rows import LimitedRows

StoredEligibilities: TypeAlias = LimitedRows[StoredEligibility]
