"""Which addresses the open internet has: authors' requests go there and nowhere else."""

from ipaddress import IPv4Address, ip_address, ip_network

_GLOBAL_UNICAST = ip_network("2000::/3")
"""All that IANA has given out of IPv6 to be reached by everybody (RFC 4291, 2.4)."""

# Python's `is_global` follows IANA's registries, and differs from release to release; these hold
# in all of them.
_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; Alibaba's metadata is 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's wire server: a public address, answered inside only
        "169.254.0.0/16",  # link-local; most clouds' metadata is 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata is 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """Tell whether everybody reaches the same machine at `address`, an IP in its usual spelling.

    An IPv6 address that stands for an IPv4 one (mapped, NAT64, 6to4, Teredo) is not public,
    whatever it stands for: a name that has such an address has a plain one too.
    """
    parsed = ip_address(address)
    if not isinstance(parsed, IPv4Address) and parsed not in _GLOBAL_UNICAST:
        return False
    return parsed.is_global and not any(parsed in network for network in _NOT_PUBLIC)
