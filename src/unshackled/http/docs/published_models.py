"""The models that the API document describes, in the order of the document."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel

from unshackled.http.cases.case_schemas import CASE_ANSWERS, CASE_REQUESTS
from unshackled.http.catalogue.catalogue_schemas import CATALOGUES
from unshackled.http.catalogue.flow_schemas import Flows
from unshackled.http.checkouts.checkout_schemas import (
    CHECKOUT_ANSWERS,
    CHECKOUT_REQUESTS,
    SERVICE_ANSWERS,
    Problem,
)
from unshackled.http.checkouts.document_schemas import PAPERS
from unshackled.http.checkouts.handoff_schemas import HANDOFF_ANSWERS, HANDOFF_REQUESTS
from unshackled.http.checkouts.ledger_schemas import LEDGERS
from unshackled.http.checkouts.privacy_schemas import PRIVACY_ANSWERS, PRIVACY_REQUESTS
from unshackled.http.checkouts.quote_schemas import QUOTE_ANSWERS, QUOTE_REQUESTS
from unshackled.http.ops.ops_schemas import OPS_ANSWERS, OPS_REQUESTS
from unshackled.http.ops.personal_data_schemas import PEOPLE_ANSWERS, PEOPLE_REQUESTS
from unshackled.http.ops.routing_schemas import ROUTING_ANSWERS, ROUTING_REQUESTS
from unshackled.http.pages.page_schemas import PAGE_ANSWERS
from unshackled.http.reports.report_schemas import REPORTS
from unshackled.http.upgrades.upgrade_schemas import UPGRADE_ANSWERS, UPGRADE_REQUESTS
from unshackled.http.webhooks.webhook_schemas import WEBHOOK_ANSWERS, WEBHOOK_REQUESTS

ANSWERS: Final[tuple[type[BaseModel], ...]] = (
    *CHECKOUT_ANSWERS,
    *CASE_ANSWERS,
    *PRIVACY_ANSWERS,
    *QUOTE_ANSWERS,
    *UPGRADE_ANSWERS,
    *PAPERS,
    *LEDGERS,
    *PAGE_ANSWERS,
    *CATALOGUES,
    Flows,
    *HANDOFF_ANSWERS,
    *SERVICE_ANSWERS,
    *OPS_ANSWERS,
    *PEOPLE_ANSWERS,
    *REPORTS,
    *ROUTING_ANSWERS,
    *WEBHOOK_ANSWERS,
    Problem,
)
REQUESTS: Final[tuple[type[BaseModel], ...]] = (
    *CHECKOUT_REQUESTS,
    *HANDOFF_REQUESTS,
    *CASE_REQUESTS,
    *PRIVACY_REQUESTS,
    *QUOTE_REQUESTS,
    *UPGRADE_REQUESTS,
    *OPS_REQUESTS,
    *PEOPLE_REQUESTS,
    *ROUTING_REQUESTS,
    *WEBHOOK_REQUESTS,
)
