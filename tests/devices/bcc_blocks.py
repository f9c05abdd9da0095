"""BCC blocks built from the facts of the protocol, and requests taken apart; not by the driver."""

ACK, NAK, RS = b"\x06", b"\x15", "\x1e"
BED = "Bed7"
GNACK = ("50100", "GNACK", "0")
RACK = (("50100", "FMNOR", "1"), ("50100", "FMBANY", "_NV"))
ALIVE = b"\x0100031\x021/1/1>ADMIN:ALIVE\x0300061\x04"  # the specification's own
Record = tuple[str, ...]


def stuffed(block: bytes) -> bytes:
    """As a device sends it that is set to stuff."""
    pairs = {"D": "EX", "E": "EE", "d": "ex", "e": "ee"}
    return "".join(pairs.get(letter, letter) for letter in block.decode("latin-1")).encode(
        "latin-1"
    )


def sealed(text: bytes, more: bool = False, bed: str = BED) -> bytes:
    """Length and checksum around a text."""
    length = 1 + 5 + 1 + len(bed) + len("/1/1>") + len(text) + 1 + 5 + 1
    body = f"\x01{length:05}\x02{bed}/1/1>".encode() + text + (b"\x17" if more else b"\x03")
    return body + f"{sum(body) % 256:05}".encode() + b"\x04"


def block(*records: Record, more: bool = False, at_s: int = 214) -> bytes:
    """One block of these records: address, name, and a value where there is one."""
    text = RS.join(",".join((str(at_s), *record)) for record in records)
    return sealed(text.encode(), more)


def pump(slot: str = "50111", **values: str) -> tuple[Record, ...]:
    """A pump that runs; ``INRT=""`` leaves a record out."""
    said = {"INRT": "47.30", "INSOL": "NaCl 0,9%", "INVI": "1.25", "INSERNUM": "561151"}
    said |= {"INM3": "1", "INM6": "0", "INA1": "0", "INA11": "0"} | values
    return tuple((slot, name, value) for name, value in said.items() if value)


def answer(slot: str = "50111", **values: str) -> bytes:
    """A whole answer in one block: the rack, and one pump."""
    return block(*RACK, *pump(slot, **values))


def error(number: int, slot: str = "50100") -> bytes:
    """Instead of an answer."""
    return block((slot, "GNERR", str(number)))


def asked(sent: bytes) -> str:
    """What a request asks, or ACK or NAK; ValueError where it is nothing of these."""
    if sent in (ACK, NAK):
        return "ACK" if sent == ACK else "NAK"
    for whole in (sent, unstuffed(sent)):
        head, _, text = whole[7:-7].decode("latin-1").partition(">")
        if whole == sealed(text.encode(), bed=head.removesuffix("/1/1")):
            return f"{text} to {head}" + (" stuffed" if whole != sent else "")
    raise ValueError(f"{sent!r} is no request")


def unstuffed(block: bytes) -> bytes:
    """The way back, letter by letter."""
    letters, plain = iter(block), bytearray()
    for letter in letters:
        if letter in b"Ee":
            second = next(letters, 0)
            letter += 0 if second == letter else -1
        plain.append(letter)
    return bytes(plain)
