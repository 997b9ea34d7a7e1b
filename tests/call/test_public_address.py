from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.call.public_address import is_public

INSIDE = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4"),
    *("240.0.0.0/4", "::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32"),
    *("2002::/16", "3fff::/20", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
]

METADATA = [
    *("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
    *("fd00:ec2::254", "fd20:ce::254", "fe80::a9fe:a9fe%eth0"),
]


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_refused(address):
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_private
        assert not address.is_reserved


@pytest.mark.parametrize("network", INSIDE)
@given(st.data())
def test_no_address_of_a_network_of_special_use_is_public(network, data):
    assert not is_public(str(data.draw(st.ip_addresses(network=network))))


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_refused_whatever_it_is(inner: IPv4Address):
    number = int(inner)
    for prefix, shift in (("::ffff:0:0", 0), ("64:ff9b::", 0), ("2002::", 80), ("::", 0)):
        outer = IPv6Address(int(ip_address(prefix)) | number << shift)
        assert not is_public(str(outer))


@pytest.mark.parametrize("address", METADATA)
def test_the_metadata_of_clouds_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"],
)
def test_the_open_internet_is_public(address):
    assert is_public(address)
