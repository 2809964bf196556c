"""`/api/whoami-v2`: who a token belongs to."""

from __future__ import annotations

from conformance.hub import access
from conformance.hub.answers import Answer, json_answer
from conformance.hub.cdn import user_id

_PERIOD_END = 1793491200


def whoami(caller: str) -> Answer:
    """The user of a valid token; raises `HubError` (401) for anonymous and for an unknown token."""
    if not access.known(caller):
        raise access.unauthenticated()
    return json_answer(
        {
            "type": "user",
            "id": user_id(caller),
            "name": caller,
            "fullname": caller.title(),
            "email": f"{caller}@stand-in.test",
            "emailVerified": True,
            "canPay": False,
            "billingMode": "prepaid",
            "periodEnd": _PERIOD_END,
            "isPro": False,
            "avatarUrl": f"/avatars/{caller}.svg",
            "orgs": [],
            "auth": {
                "type": "access_token",
                "accessToken": {
                    "displayName": "conformance",
                    "role": "write" if caller == "owner" else "read",
                    "createdAt": "2026-10-01T00:00:00.000Z",
                },
            },
        }
    )
