"""`?download=true`: a file is sent to be saved, and not to be shown.

A browser saves what comes with `Content-Disposition: attachment`. The Hub signs it into the URL of its content host,
which repeats what its URL says (captures of 2026). A recording holds one form of each file.
"""

from __future__ import annotations

import re
from typing import Final

from conformance.traffic.body import with_body
from conformance.traffic.exchange import Request, Response, fits_a_header
from conformance.traffic.route import DISPOSITION, Route

_FORM: Final = re.compile(r"(inline|attachment)(?=;|$)")
_SIGNED: Final = re.compile(rf"([?&]{DISPOSITION}=)(?:inline|attachment)(?=%3B|&|$)", re.IGNORECASE)


def attached(request: Request, route: Route, response: Response) -> Response:
    """The answer with the disposition that was asked for; the same where nothing of it differs."""
    if not (response.status in (200, 206) or 300 <= response.status < 400):
        return response
    sent = dict(request.query)
    told, location = (response.headers.get(name, "") for name in ("Content-Disposition", "Location"))
    if route.origin == "cdn":
        said = sent.get(DISPOSITION, told)
        is_other = told not in ("", said) and _FORM.match(said) and fits_a_header(said)
        return response.with_headers({"Content-Disposition": said}) if is_other else response
    if route.kind != "resolve":
        return response
    form = "attachment" if sent.get("download", "").lower() in ("true", "1") else "inline"
    fields: dict[str, str | None] = {
        "Content-Disposition": _FORM.sub(form, told, count=1) or None,
        "Location": (leads := _SIGNED.sub(rf"\1{form}", location, count=1)) or None,
    }
    if fields == {"Content-Disposition": told or None, "Location": location or None}:
        return response
    clean = response.with_headers(fields)
    return with_body(clean, clean.body.replace(location.encode(), leads.encode())) if leads != location else clean
