#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Writes the seeds of the DCE/RPC fuzz targets into corpus/. Run by hand when a format is added;
the files are committed. Nothing random: the same seeds every time."""
import pathlib
import struct
import uuid

import conversation_seeds
import dcom_seeds

HERE = pathlib.Path(__file__).resolve().parent
EPMAPPER = ("e1af8308-5d1f-11c9-91a4-08002b14a0fa", 3, 0)
EMSMDB = ("a4f1db00-ca47-1067-b31f-00dd010662da", 0, 81)
NDR32 = ("8a885d04-1ceb-11c9-9fe8-08002b104860", 2, 0)
NDR64 = ("71710533-beba-4937-8319-b5dbef9ccc36", 1, 0)
FEATURES = ("6cb71c2c-9812-4540-0300-000000000000", 1, 0)
REQUEST, RESPONSE, FAULT, BIND, ACK, NAK, ALTER, ALTER_RESP, AUTH3, SHUTDOWN, CANCEL, ORPHANED = (
    0, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 19)


def put(name, seeds):
    folder = HERE / "corpus" / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed, content in seeds.items():
        (folder / seed).write_bytes(content)


def identifier(interface, big):
    u = uuid.UUID(interface[0])
    return u.bytes if big else u.bytes_le


def syntax(interface, big):
    version = interface[1] | interface[2] << 16
    return identifier(interface, big) + struct.pack(">I" if big else "<I", version)


def trailer(level=6, kind=10, pad=0, token=b"\1" + bytes(15), context=1, big=False):
    return struct.pack((">" if big else "<") + "BBBBI", kind, level, pad, 0, context), token


def pdu(kind, body, auth=None, flags=3, call=1, big=False):
    tail = b"".join(auth) if auth else b""
    order = ">" if big else "<"
    head = struct.pack(order + "BBBBBBBBHHI", 5, 0, kind, flags, 0 if big else 0x10, 0, 0, 0,
                       16 + len(body) + len(tail), len(auth[1]) if auth else 0, call)
    return head + body + tail


def bind(elements, kind=BIND, auth=None, big=False):
    order = ">" if big else "<"
    body = struct.pack(order + "HHIBBH", 5840, 5840, 0, len(elements), 0, 0)
    for number, (abstract, transfers) in enumerate(elements):
        body += struct.pack(order + "HBB", number, len(transfers), 0) + syntax(abstract, big)
        body += b"".join(syntax(t, big) for t in transfers)
    return pdu(kind, body, auth, big=big)


def ack(results, kind=ACK, port=b"135\0", auth=None, big=False):
    order = ">" if big else "<"
    body = struct.pack(order + "HHIH", 5840, 5840, 0x3988, len(port)) + port
    body += bytes(-len(body) % 4) + struct.pack(order + "BBH", len(results), 0, 0)
    for result, reason, transfer in results:
        body += struct.pack(order + "HH", result, reason)
        body += syntax(transfer, big) if transfer else bytes(20)
    return pdu(kind, body, auth, big=big)


def request(stub, opnum=3, obj=None, auth=None, flags=3, big=False):
    body = struct.pack(">IHH" if big else "<IHH", len(stub), 0, opnum)
    return pdu(REQUEST, body + (obj or b"") + stub, auth, flags | (0x80 if obj else 0), big=big)


def floor(left, right):
    return struct.pack("<H", len(left)) + left + struct.pack("<H", len(right)) + right


def uuid_floor(interface):
    left = b"\x0d" + uuid.UUID(interface[0]).bytes_le + struct.pack("<H", interface[1])
    return floor(left, struct.pack("<H", interface[2]))


def tower(interface=EMSMDB, port=135, address=bytes(4), protocol=0x0b, over=0x07, host=0x09):
    floors = [uuid_floor(interface), uuid_floor(NDR32), floor(bytes([protocol]), b"\0\0"),
              floor(bytes([over]), struct.pack(">H", port)), floor(bytes([host]), address)]
    return struct.pack("<H", 5) + b"".join(floors)


def pipe_tower():
    floors = [uuid_floor(EMSMDB), uuid_floor(NDR32), floor(b"\x0b", b"\0\0"),
              floor(b"\x0f", b"\\PIPE\\lsass\0"), floor(b"\x11", b"\\\\DC\0")]
    return struct.pack("<H", 5) + b"".join(floors)


def local_tower():
    floors = [uuid_floor(EMSMDB), uuid_floor(NDR32), floor(b"\x0c", b"\0\0"),
              floor(b"\x10", b"LRPC-1\0")]
    return struct.pack("<H", 4) + b"".join(floors)


class Stub:
    def __init__(self, wide, big):
        self.out, self.wide, self.order = b"", wide, ">" if big else "<"

    def align(self, to):
        self.out += bytes(-len(self.out) % to)

    def count(self, value):
        size = 8 if self.wide else 4
        self.align(size)
        self.out += struct.pack(self.order + ("Q" if self.wide else "I"), value)

    def u32(self, value):
        self.align(4)
        self.out += struct.pack(self.order + "I", value)

    def tower(self, octets):
        self.count(len(octets))
        self.u32(len(octets))
        self.out += octets


def question(wide, big, obj=True, tail=b""):
    s = Stub(wide, big)
    s.count(1 if obj else 0)
    s.out += bytes(16) if obj else b""
    s.count(2)
    s.tower(tower())
    s.align(4)
    s.out += bytes(20)
    s.u32(4)
    return s.out + tail


def answer(wide, big, towers, status=0):
    s = Stub(wide, big)
    s.out += bytes(20)
    s.u32(len(towers))
    for value in (4, 0, len(towers)):
        s.count(value)
    for number in range(len(towers)):
        s.count(3 + number)
    for octets in towers:
        s.tower(octets)
    s.u32(status)
    return s.out


def lookup_question(wide, big, obj=False, interface=True, tail=b""):
    s = Stub(wide, big)
    s.u32(1 if interface else 0)
    s.count(1 if obj else 0)
    s.out += bytes(16) if obj else b""
    s.count(2 if interface else 0)
    if interface:
        s.out += identifier(EMSMDB, big) + struct.pack(s.order + "HH", *EMSMDB[1:])
    s.u32(1)
    s.out += bytes(20)
    s.u32(500)
    return s.out + tail


def lookup_answer(wide, big, entries, status=0):
    """Entries are annotation and tower, or None for a null pointer."""
    s = Stub(wide, big)
    s.out += bytes(20)
    s.u32(len(entries))
    for value in (500, 0, len(entries)):
        s.count(value)
    for number, (annotation, octets) in enumerate(entries):
        s.align(8 if wide else 4)
        s.out += bytes(16)
        for value in (number + 1 if octets is not None else 0, 0, len(annotation)):
            s.count(value)
        s.out += annotation
    for _, octets in entries:
        if octets is not None:
            s.tower(octets)
    s.u32(status)
    return s.out


def verification(big=False):
    order = ">" if big else "<"
    context = syntax(EPMAPPER, big) + syntax(NDR32, big)
    return (bytes.fromhex("8ae3137102f43671") + struct.pack(order + "HHI", 1, 4, 1) +
            struct.pack(order + "HH", 0x4002, 40) + context)


def der(tag, content):
    n = len(content)
    size = bytes([n]) if n < 128 else (b"\x81" + bytes([n]) if n < 256
                                       else b"\x82" + struct.pack(">H", n))
    return bytes([tag]) + size + content


def ntlm(kind, user="alice", domain="CORP", host="PC1", nt=24, flags=0xe2888235):
    head = b"NTLMSSP\0" + struct.pack("<I", kind)
    if kind == 1:
        return head + struct.pack("<I", flags) + bytes(24)
    if kind == 2:
        return head + bytes(8) + struct.pack("<I", flags) + bytes(32)
    coding = "utf-16-le" if flags & 1 else "ascii"
    fields = [bytes(24 if nt else 0), bytes(nt)]
    fields += [t.encode(coding) for t in (domain, user, host)] + [bytes(16)]
    at, table = 72, b""
    for field in fields:
        table += struct.pack("<HHI", len(field), len(field), at)
        at += len(field)
    return head + table + struct.pack("<I", flags) + bytes(8) + b"".join(fields)


def spnego_init(token):
    types = der(0xa0, der(0x30, bytes.fromhex("060a2b06010401823702020a")))
    body = types + (der(0xa2, der(4, token)) if token else b"")
    return der(0x60, bytes.fromhex("06062b0601050502") + der(0xa0, der(0x30, body)))


def spnego_resp(token, mic=False):
    body = der(0xa0, b"\x0a\1\1") + der(0xa2, der(4, token))
    return der(0xa1, der(0x30, body + (der(0xa3, der(4, bytes(16))) if mic else b"")))


def kerberos(framed):
    message = der(0x6e, der(0x30, b"\x42" * 200))
    oid = bytes.fromhex("06092a864886f7120102020100")
    return der(0x60, oid + message) if framed else message


def binds():
    windows = [(EPMAPPER, [NDR32]), (EPMAPPER, [NDR64]), (EPMAPPER, [FEATURES])]
    results = [(2, 2, None), (0, 0, NDR64), (3, 3, None)]
    secured = trailer(token=ntlm(1))
    again = syntax(EMSMDB, False) + syntax(NDR32, False)
    repeated = bind([(EMSMDB, [NDR32])], kind=ALTER) + bytes([0, 0, 1, 0]) + again
    bare = ack([(0, 0, NDR32)], kind=ALTER_RESP, port=b"") + trailer()[0]
    return {
        "alter-repeated": repeated[:8] + struct.pack("<H", len(repeated)) + repeated[10:],
        "alter-resp-bare-trailer": bare[:8] + struct.pack("<H", len(bare)) + bare[10:],
        "one-element": bind([(EPMAPPER, [NDR32])]),
        "windows": bind(windows),
        "big-endian": bind(windows, big=True),
        "both-syntaxes": bind([(EMSMDB, [NDR32, NDR64])]),
        "with-trailer": bind([(EMSMDB, [NDR32])], auth=secured),
        "sixteen-by-eight": bind([(EMSMDB, [NDR32] * 8)] * 16),
        "alter": bind([(EMSMDB, [NDR32])], kind=ALTER),
        "ack": ack(results),
        "ack-big-endian": ack(results, big=True),
        "ack-with-trailer": ack([(0, 0, NDR32)], port=b"49667\0", auth=trailer(token=ntlm(2))),
        "alter-resp": ack([(0, 0, NDR32)], kind=ALTER_RESP, port=b""),
    }


def pdus():
    seeds = {
        "request": request(question(False, False)),
        "request-object": request(bytes(16), obj=bytes(range(16))),
        "request-sealed": request(bytes(32), auth=trailer(pad=8)),
        "request-big-endian": request(bytes(8), auth=trailer(big=True), big=True),
        "response": pdu(RESPONSE, bytes(8) + bytes(24)),
        "response-sealed": pdu(RESPONSE, bytes(8) + bytes(16), trailer(pad=4)),
        "fault": pdu(FAULT, struct.pack("<IHHII", 32, 0, 0, 5, 0), flags=0x23),
        "nak": pdu(NAK, bytes.fromhex("0000010500000000")),
        "auth3": pdu(AUTH3, bytes(4), trailer(token=ntlm(3))),
        "shutdown": pdu(SHUTDOWN, b""),
        "cancel": pdu(CANCEL, b""),
        "orphaned": pdu(ORPHANED, b"", flags=0),
    }
    return seeds | {"bind-" + name: seed for name, seed in binds().items() if len(seed) < 300}


def mapper():
    seeds = {}
    towers = [tower(port=49667, address=bytes([10, 1, 1, 20])), tower(port=49674)]
    for wide in (False, True):
        for big in (False, True):
            choice = bytes([wide + 2 * big])
            name = ("ndr64" if wide else "ndr32") + ("-big" if big else "-little")
            seeds["question-" + name] = choice + question(wide, big)
            seeds["no-object-" + name] = choice + question(wide, big, obj=False)
            seeds["answer-" + name] = choice + answer(wide, big, towers)
            seeds["none-" + name] = choice + answer(wide, big, [], 0x16c9a0d6)
            seeds["verified-" + name] = choice + question(wide, big, tail=verification(big))
    return seeds


def lookups():
    mixed = [(b"EMSMDB\0", tower(port=49667)), (b"", local_tower()), (b"\0", pipe_tower()),
             (b"none\0", None), (b"x" * 64, tower(protocol=0x0a, over=0x08)), (b"odd\0", b"\5")]
    seeds = {}
    for choice in range(4):
        wide, big = bool(choice & 1), bool(choice & 2)
        first = bytes([choice])
        kind = ("ndr64" if wide else "ndr32") + ("-big" if big else "-little")
        seeds["question-" + kind] = first + lookup_question(wide, big)
        seeds["object-" + kind] = first + lookup_question(wide, big, obj=True)
        seeds["all-" + kind] = first + lookup_question(wide, big, interface=False)
        seeds["verified-" + kind] = first + lookup_question(wide, big, tail=verification(big))
        seeds["one-" + kind] = first + lookup_answer(wide, big, mixed[:1])
        seeds["mixed-" + kind] = first + lookup_answer(wide, big, mixed)
        seeds["end-" + kind] = first + lookup_answer(wide, big, [], 0x16c9a0d6)
    return seeds


def tokens():
    seeds = {}
    for name, message in {
            "negotiate": ntlm(1), "challenge": ntlm(2), "authenticate": ntlm(3),
            "anonymous": ntlm(3, "", "", "", 0, 0xe2888a35),
            "oem": ntlm(3, flags=0xe2888234),
            "wide-name": ntlm(3, "j\u00fcrgen\u20ac\U0001f600", "B\u00dcRO"),
    }.items():
        seeds["raw-" + name] = b"\x0a" + message
        seeds["init-" + name] = b"\x09" + spnego_init(message)
        seeds["resp-" + name] = b"\x09" + spnego_resp(message, mic=True)
    seeds["init-empty"] = b"\x09" + spnego_init(b"")
    seeds["krb5-raw"] = b"\x10" + kerberos(False)
    seeds["krb5-framed"] = b"\x10" + kerberos(True)
    u2u = bytes.fromhex("060a2a864886f712010202030400") + der(0x30, bytes(40))
    seeds["krb5-user-to-user"] = b"\x09" + spnego_init(der(0x60, u2u))
    seeds["krb5-init"] = b"\x09" + spnego_init(kerberos(True))
    seeds["krb5-resp"] = b"\x09" + spnego_resp(kerberos(False))
    seeds["negoex"] = b"\x09" + spnego_init(b"NEGOEXTS" + bytes(32))
    seeds["netlogon"] = b"\x44" + bytes(40)
    return seeds


def registrations():
    seeds = {}
    for name, choice, order, wide in (("ndr32", b"\0", "<", 4), ("ndr64", b"\1", "<", 8),
                                      ("big-endian", b"\2", ">", 4)):
        def count(number, at, order=order, wide=wide):
            return bytes(-at % wide) + struct.pack(order + ("Q" if wide == 8 else "I"), number)
        stub = bytes(20) + struct.pack(order + "I", 0)
        stub += count(8, len(stub)) + b"newmail!" + struct.pack(order + "H", 8)
        stub += bytes(-len(stub) % 4) + struct.pack(order + "I", 0xffffffff)
        stub += count(16, len(stub)) + bytes.fromhex("0200042fc6336407") + bytes(8)
        seeds[name] = choice + stub + struct.pack(order + "H", 16)
    return seeds


def streams():
    """Options, loss, length of the stream / 4, the stream (a row of records), then choices."""
    def record(kind, size):
        body = bytes((i * 7 + kind) % 256 for i in range(size))
        return bytes((kind, size % 256, size // 256)) + body
    rows = {
        "headers": b"".join(record(1, 24) + record(0, 60) for _ in range(4)),
        "held": record(2, 40) + record(1, 10) + record(2, 30) + record(3, 50) + record(0, 20),
        "bulk": record(1, 24) + record(0, 400),
        "mixed": record(0, 90) + record(2, 16) + record(3, 90) + record(1, 8) + record(0, 120),
    }
    choices = bytes((i * 37 + i // 7) % 256 for i in range(400))
    return {f"{name}-{options:02x}": bytes((options, options % 7, len(row) // 4)) + row + choices
            for name, row in rows.items() for options in (0, 0x07, 0x1f, 0x2d)}


def fragments():
    """Four bytes each: datagram and time, offset, length, odd rest and whether it is the last."""
    def piece(name, offset, length, last=False):
        return bytes((name, offset, length, 0 if last else 1))
    three = [piece(1, 0, 6), piece(1, 6, 4), piece(1, 10, 3, True)]
    return {"in-order": b"".join(three), "reversed": b"".join(reversed(three)),
            "twice": b"".join(three[:2] + three),
            "overlap": piece(1, 0, 6) + piece(1, 5, 4) + piece(1, 6, 4) + piece(1, 10, 3, True),
            "overlap-behind": piece(1, 6, 4) + piece(1, 0, 7) + three[0] + three[2],
            "buffers": b"".join(bytes((n % 4, n, 6, 9)) for n in range(24)),
            "two-ends": piece(2, 8, 3, True) + piece(2, 4, 3, True) + piece(2, 0, 6),
            "tiny": piece(3, 0, 3) + piece(3, 3, 6, True),
            "late": piece(0x81, 0, 6) * 5 + piece(1, 6, 4, True),
            "many": b"".join(piece(name, name, 6) for name in range(8)) * 3}


put("bind", binds())
put("pdu", pdus())
put("ept_lookup", lookups())
put("ept_map", mapper())
put("tower", {"tcp": tower(port=49667), "udp": tower(protocol=0x0a, over=0x08),
              "http": tower(over=0x1f), "http-old": tower(over=0x1f, host=0x20),
              "pipe": pipe_tower(), "local": local_tower()})
put("token", tokens())
put("push_registration", registrations())
put("dcom", dcom_seeds.seeds())
put("conversation", conversation_seeds.seeds())
put("stream", streams())
put("fragments", fragments())
