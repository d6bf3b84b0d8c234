"""Dropbox Sign: signature requests by e-mail, or embedded in a page of the retailer."""

from __future__ import annotations

from datetime import date

from unshackled.sdk import Adapter, Api, Marks, lookup
from unshackled_adapters.dropbox_sign.callback import ACKNOWLEDGEMENT, receive
from unshackled_adapters.dropbox_sign.client import DropboxSign
from unshackled_adapters.dropbox_sign.mapping import owns
from unshackled_adapters.dropbox_sign.settings import Settings

ADAPTER = Adapter(
    title="Dropbox Sign",
    settings=Settings,
    owns=owns,
    connect=DropboxSign,
    ports={"agreement": lambda client: client},
    doubt={"agreement.sign": lookup()},
    receive=receive,
    acknowledgement=ACKNOWLEDGEMENT,
    api=Api(
        name="Dropbox Sign API",
        version="v3",
        checked=date(2026, 11, 22),
        documents="https://developers.hellosign.com/api/signature-request",
        licence="MIT",
    ),
    hosts=("api.hellosign.com",),
    marks=Marks(codes=("error.error_name",)),
)

__all__ = ["ADAPTER", "Settings"]
