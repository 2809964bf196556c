"""Which proxy a request goes through, by the variables of the environment."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

import requests
import requests.utils
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, ProxyError

_OF_A_PROXY: Final = (ProxyError, InvalidURL, InvalidSchema, MissingSchema)
"""Errors that name the proxy, and may hold its login."""


def proxies_for(url: str) -> dict[str, str]:
    """The proxies for a URL by scheme, from HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY; none for loopback.

    A Hub on this machine is another one than the Hub of that name where a proxy runs, and a token for it must not
    leave the machine.
    """
    host = urlsplit(url).hostname or ""
    return {} if is_loopback(host) else dict(requests.utils.get_environ_proxies(url, None))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address (RFC 6761, 6.3; RFC 4291, 2.5.3). Nothing is looked up."""
    name = host.lower().rstrip(".").partition("%")[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback or (mapped or address).is_unspecified


def why(error: Exception, url: str) -> tuple[str, str]:
    """What to say of a request that failed, and the cure. The login of a proxy is never said."""
    scheme = urlsplit(url).scheme
    proxies = proxies_for(url)
    given = proxies.get(scheme) or proxies.get("all")
    if given and isinstance(error, _OF_A_PROXY):
        named = given.rpartition("@")[2].rpartition("://")[2].partition("/")[0]
        return (
            f"{type(error).__name__}, through the proxy {named}",
            "check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, or name the host in NO_PROXY",
        )
    return type(error).__name__, "check the URL and the network"
