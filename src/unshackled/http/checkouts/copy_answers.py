"""Signed copies among the documents of a checkout: listed by their digests, read as they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.documents.signed_copy import CONTENT_TYPE, SignedCopy
from unshackled.http.context import ApiContext
from unshackled.http.negotiation import chosen
from unshackled.http.responses import etag, not_modified, unchanged
from unshackled.messages import say
from unshackled.store.signed_copies import SignedCopies

NAME: Final = "signed_copy"
# Somebody else made the file: where it is shown it is alone.
POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
# Nobody else's copy, and asked again each time: it is somebody's own.
CACHED: Final = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}


async def copies_at(context: ApiContext, checkout: Checkout) -> Sequence[SignedCopy]:
    """What there is of a checkout, the oldest first."""
    return await SignedCopies(context.services.store).of(checkout)


def copy_item(checkout: Checkout, one: SignedCopy) -> dict[str, Any]:
    """A copy as one of the documents of a checkout; no template of ours wrote it."""
    href = f"/v1/checkouts/{checkout.id}/documents/{one.digest.removeprefix('sha256:')}"
    return {
        "name": NAME,
        "title": copy_title(checkout),
        "language": checkout.locale.partition("-")[0],
        "version": 0,
        "digest": one.digest,
        "step": one.step,
        "standing": NAME,
        "at": one.at,
        "links": [{"rel": "self", "href": href, "type": one.content_type}],
    }


def copy_title(checkout: Checkout) -> str:
    """What customers call it."""
    return say(checkout.locale, NAME)


async def copy_answer(
    request: Request, context: ApiContext, checkout: Checkout, key: str, *, download: bool
) -> Response | None:
    """The copy of a digest, or the newest by its name; None where no copy is meant.

    Raises the problem `not_acceptable` for whoever wants it in another form.
    """
    copies = await copies_at(context, checkout)
    meant = [one for one in copies if key in (NAME, one.digest, one.digest.removeprefix("sha256:"))]
    if not meant:
        return None
    one, digest = meant[-1], meant[-1].digest.removeprefix("sha256:")
    if "as" not in request.query_params:
        chosen(request, (CONTENT_TYPE,))
    tag = etag(digest[:32])
    if not_modified(request, tag):
        return unchanged(tag, CACHED)
    content = await SignedCopies(context.services.store).read(checkout, one.digest)
    if content is None:
        return None
    name = f'filename="{NAME}-{digest[:12]}.pdf"'
    headers = {
        **CACHED,
        "ETag": tag,
        "Content-Security-Policy": POLICY,
        "Content-Disposition": f"{'attachment' if download else 'inline'}; {name}",
    }
    return Response(content, 200, headers, one.content_type)
