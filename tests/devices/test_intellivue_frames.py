"""Philips IntelliVue on the wire: a frame is whole or nothing."""

import pytest

from devices.driver import FrameError
from devices.intellivue_frames import (
    FrameSplitter,
    fcs,
    framed,
    unframe,
)
from tests.devices import intellivue_messages as made
from tests.devices.intellivue_messages import (
    wire,
)


@pytest.mark.parametrize(
    ("content", "on_the_wire"),
    [("3a71", "c03a719b26c1"), ("3a91", "c03a91957de1c1")],  # mdpnp, TestFCSOutputStream (BSD-2)
)
def test_published_vectors_of_the_checksum(content: str, on_the_wire: str) -> None:
    assert framed(bytes.fromhex(content)).hex() == on_the_wire


def test_the_checksum_is_that_of_the_rfc() -> None:
    assert fcs(b"123456789") == 0x906E


@pytest.mark.parametrize("message", [b"\xc0", b"\x7d\xc1\xc0", bytes(range(256)), b"\x5d\xe0"])
def test_a_message_survives_the_wire(message: bytes) -> None:
    (found,) = FrameSplitter()(wire(message))
    assert unframe(found) == message
    assert framed(b"\x11\x01" + len(message).to_bytes(2, "big") + message) == wire(message)


@pytest.mark.parametrize(
    "sent",
    [
        wire(b"\xe1\x00", length=3),
        wire(b"\xe1\x00", length=1),
        wire(b"\xe1\x00", header=b"\x11\x02"),
        wire(b"\xe1\x00", header=b"\x10\x01"),
        wire(b""),
        b"\xc0\xc1",
        b"\xc0\x7d\xc1",
        wire(b"\xe1\x01").replace(b"\xe1", b"\x7d\xc1"),
        wire(b"\xe1\x01").replace(b"\xe1\x01", b"\xe1\x7d\x21"),  # an escape where none is needed
        wire(b"\xe1\x01")[:-3] + b"\xc1",
    ],
)
def test_a_frame_is_whole_or_nothing(sent: bytes) -> None:
    for found in FrameSplitter()(sent):
        with pytest.raises(FrameError):
            unframe(found)


def test_noise_between_frames_vanishes() -> None:
    split = FrameSplitter()
    good = wire(made.mds_create())
    assert split(b"noise\xc1" + good[:20] + good + b"more") == [good[1:-1]]
    assert split(b"\xc0" + bytes(100_000)) == []
    assert len(split._rest) == 0
    assert split(good) == [good[1:-1]]
