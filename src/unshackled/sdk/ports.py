"""The requests and outputs of every port, and the values they are made of.

The Protocols themselves are in `unshackled.ports`; a client satisfies them by shape.
"""

from __future__ import annotations

from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Handset,
    PriceRise,
    Tariff,
    TradeInPrice,
)
from unshackled.domain.customer import (
    Address,
    BankAccount,
    Contact,
    CreditSearchConsent,
    DeviceReturn,
    ExistingAgreement,
    IncomeAndOutgoings,
    NumberChoice,
    PaymentMethod,
)
from unshackled.domain.documents import DocumentShown
from unshackled.domain.facts import CheckoutRef, Fact
from unshackled.domain.money import exponent
from unshackled.domain.package import (
    Accessories,
    AccessoryLine,
    CreditTerms,
    HandsetLine,
    Instalments,
    Package,
    StatedRise,
    TariffLine,
    TradeInLine,
)
from unshackled.domain.quote import Monthly, Quote, QuoteLine
from unshackled.ports.address import AddressVerified, VerifyAddress
from unshackled.ports.agreement import AgreementSigned, SignAgreement
from unshackled.ports.catalogue import BrowseCatalogue, CatalogueFound, LeftOut
from unshackled.ports.credit import (
    ActivateCredit,
    AgreementStanding,
    AmendApplication,
    ApplicationAmended,
    ApplyForCredit,
    AskStanding,
    CreditActivated,
    CreditDecision,
    CreditQuoted,
    CreditSettled,
    QuoteCredit,
    SettleCredit,
    SettlementDue,
)
from unshackled.ports.delivery import DeliverySlot, FindSlots, SlotsFound
from unshackled.ports.fraud import CheckSimSwap, IdentityMatched, MatchIdentity, SimSwapChecked
from unshackled.ports.identity import IdentityVerified, VerifyIdentity
from unshackled.ports.mandate import MandateSetUp, SetUpMandate
from unshackled.ports.notification import NotificationSent, SendNotification
from unshackled.ports.orders import OrderPlaced, PlaceOrder
from unshackled.ports.payment import (
    AuthorisePayment,
    CapturePayment,
    ChargePayment,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentCharged,
)
from unshackled.ports.sim import ActivateSim, SimActivated
from unshackled.ports.stock import ReserveStock, StockReserved
from unshackled.ports.trade_in import (
    AcceptTradeIn,
    DeviceValued,
    TradeInAccepted,
    ValueDevice,
)

__all__ = [
    "AcceptTradeIn",
    "Accessories",
    "Accessory",
    "AccessoryLine",
    "ActivateCredit",
    "ActivateSim",
    "Address",
    "AddressVerified",
    "AgreementSigned",
    "AgreementStanding",
    "AmendApplication",
    "ApplicationAmended",
    "ApplyForCredit",
    "AskStanding",
    "AuthorisePayment",
    "BankAccount",
    "BrowseCatalogue",
    "CapturePayment",
    "Catalogue",
    "CatalogueFound",
    "ChargePayment",
    "CheckSimSwap",
    "CheckoutRef",
    "Contact",
    "CreditActivated",
    "CreditDecision",
    "CreditPlan",
    "CreditQuoted",
    "CreditSearchConsent",
    "CreditSettled",
    "CreditTerms",
    "DeliverySlot",
    "DeviceReturn",
    "DeviceValued",
    "DocumentShown",
    "ExistingAgreement",
    "Fact",
    "FindSlots",
    "Handset",
    "HandsetLine",
    "IdentityMatched",
    "IdentityVerified",
    "IncomeAndOutgoings",
    "Instalments",
    "LeftOut",
    "MandateSetUp",
    "MatchIdentity",
    "Monthly",
    "NotificationSent",
    "NumberChoice",
    "OrderPlaced",
    "Package",
    "PaymentAuthorised",
    "PaymentCaptured",
    "PaymentCharged",
    "PaymentMethod",
    "PlaceOrder",
    "PriceRise",
    "Quote",
    "QuoteCredit",
    "QuoteLine",
    "ReserveStock",
    "SendNotification",
    "SetUpMandate",
    "SettleCredit",
    "SettlementDue",
    "SignAgreement",
    "SimActivated",
    "SimSwapChecked",
    "SlotsFound",
    "StatedRise",
    "StockReserved",
    "Tariff",
    "TariffLine",
    "TradeInAccepted",
    "TradeInLine",
    "TradeInPrice",
    "ValueDevice",
    "VerifyAddress",
    "VerifyIdentity",
    "exponent",
]
