"""Which addresses an action may call: public ones, on ports that are listed (guarantees S8).

Settings: `PENSTOCK_HTTP_PORTS`, and `PENSTOCK_HTTP_ALLOW` (`host` or `host:port`) for hosts within one's
own network that playbooks may call although their addresses are private, on whatever port they name.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from django.conf import settings

from runs.providers.errors import ActionError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect: the one address that was checked, never a name again."""

    family: socket.AddressFamily
    address: str
    port: int


def find(host: str, port: int) -> Endpoint:
    """Resolve the host once and return an endpoint that may be called.

    Every address the name has must be allowed: a name that has a public and a private one is refused.
    Raises `ActionError`: permanent where it is refused, not where the name did not resolve.
    """
    allowed = {entry.strip().lower() for entry in settings.PENSTOCK_HTTP_ALLOW if entry.strip()}
    named = host.lower() in allowed or f"{host.lower()}:{port}" in allowed
    if not named and port not in settings.PENSTOCK_HTTP_PORTS:
        raise ActionError(f"Port {port} is not among the ports that playbooks may call.", permanent=True)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise ActionError(f"The host name {host} could not be resolved.") from fault
    addresses = [(entry[0], str(entry[4][0])) for entry in found]
    if not named:
        for _, address in addresses:
            if not is_public(address):
                raise ActionError(f"{host} is not a public address, so playbooks may not call it.", permanent=True)
    family, address = addresses[0]
    return Endpoint(family, address, port)


def is_public(address: str) -> bool:
    """Say whether this literal address is out on the internet, whatever disguise it wears."""
    try:
        ip: Address = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return _is_plain(ip)
    if ip.ipv4_mapped:
        return _is_plain(ip.ipv4_mapped)
    if ip in _NAT64:
        return _is_plain(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    carried = [inner for inner in (ip.sixtofour, *(ip.teredo or ())) if inner]
    return _is_plain(ip) and ip not in _SITE_LOCAL and all(_is_plain(inner) for inner in carried)


def _is_plain(ip: Address) -> bool:
    odd = ip.is_multicast or ip.is_reserved or ip.is_loopback or ip.is_link_local or ip.is_unspecified
    return ip.is_global and not odd
