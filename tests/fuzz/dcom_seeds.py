# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Seeds of DCOM: activations and resolved exporters. Called by make_corpus.py."""
import struct
import uuid

GET_CLASS, CREATE, PLAIN = 0, 1, 2  # the operation, in the bits of the first byte from the third on
OUR_CLASS = "8bc3f05e-d86b-11d0-a075-00c04fb68820"
OUR_INTERFACE = "f309ad18-d86a-11d0-a075-00c04fb68820"
TAIL = "-0000-0000-c000-000000000046"


class Stub:
    """Parameters in NDR or NDR64."""

    def __init__(self, wide=False, big=False):
        self.out, self.wide, self.big = b"", wide, big

    def number(self, code, value):
        self.out += bytes(-len(self.out) % struct.calcsize(code))
        self.out += struct.pack((">" if self.big else "<") + code, value)

    def numbers(self, codes, *values):
        for code, value in zip(codes, values):
            self.number({"c": "Q" if self.wide else "I"}.get(code, code), value)

    def uuid(self, text):
        self.out += bytes(-len(self.out) % 4)
        self.out += uuid.UUID(text).bytes if self.big else uuid.UUID(text).bytes_le

    def object(self, objref):
        self.numbers("cI", len(objref), len(objref))
        self.out += objref

    def dual_string(self, texts):
        units = b"".join(struct.pack("<H", 7) + text.encode("utf-16-le") + bytes(2)
                         for text in texts) + bytes(2)
        security = len(units) // 2
        units += struct.pack("<HHHH", 10, 0xffff, 0, 0)
        units = struct.unpack(f"<{len(units) // 2}H", units)
        self.numbers("cHH", len(units), len(units), security)
        self.numbers("H" * len(units), *units)


def serialized(stub):
    body = stub.out + bytes(-len(stub.out) % 8)
    return struct.pack("<BBHIII", 1, 16, 8, 0xcccccccc, len(body), 0) + body


def objref(iid, clsid, properties):
    head = Stub()
    total = 16 + 48 + 4 + 20 * len(properties) + 4
    total += -total % 8
    size = total + sum(len(content) for _, content in properties)
    head.numbers("IIIII", size, total, 0, 2, len(properties))
    head.uuid("00000000-0000-0000-0000-000000000000")
    head.numbers("III", 1, 2, 0)
    head.number("I", len(properties))
    for name, _ in properties:
        head.uuid(name + TAIL)
    head.numbers("I" * (len(properties) + 1), len(properties),
                 *(len(content) for _, content in properties))
    blob = serialized(head) + b"".join(content for _, content in properties)
    out = b"MEOW" + struct.pack("<I", 4)
    out += uuid.UUID(iid + TAIL).bytes_le + uuid.UUID(clsid + TAIL).bytes_le
    return out + struct.pack("<IIII", 0, len(blob) + 16, len(blob), 0) + blob


def asked(protocols=(7,), extra=()):
    instantiation, scm = Stub(), Stub()
    instantiation.uuid(OUR_CLASS)
    instantiation.numbers("IIIIIIIHHI", 20, 0, 0, 1, 0, 1, 0x58, 5, 7, 1)
    instantiation.uuid(OUR_INTERFACE)
    scm.numbers("IIIHII", 0, 1, 2, len(protocols), 2, len(protocols))
    scm.numbers("H" * len(protocols), *protocols)
    return objref("000001a2", "00000338", [("000001ab", serialized(instantiation)), *extra,
                                           ("000001aa", serialized(scm))])


def answered(texts):
    reply, props = Stub(), Stub()
    reply.numbers("IIQI", 0, 1, 0x0102030405060708, 2)
    reply.uuid(OUR_INTERFACE)
    reply.numbers("IHH", 4, 5, 7)
    reply.dual_string(texts)
    props.numbers("IIII", 0, 0, 0, 0)
    return objref("000001a3", "00000339", [("00000339", serialized(props)),
                                           ("000001b6", serialized(reply))])


def this(stub, extents=()):
    stub.numbers("HHII", 5, 7, 1, 0)
    stub.uuid(OUR_INTERFACE)
    extensions(stub, extents)


def extensions(stub, extents):
    stub.number("Q" if stub.wide else "I", 1 if extents else 0)
    if not extents:
        return
    even = len(extents) + len(extents) % 2
    stub.numbers("IIcc", len(extents), 0, 1, even)
    for n in range(even):
        stub.numbers("c", n + 1 if n < len(extents) else 0)
    for size in extents:
        stub.numbers("c", size + -size % 8)
        stub.uuid("0000031c" + TAIL)
        stub.number("I", size)
        stub.out += bytes(size + -size % 8)


def request(stub, op, properties, extents=()):
    this(stub, extents)
    if op == CREATE:
        stub.numbers("c", 0)
    stub.numbers("c", 1)
    stub.object(properties)
    return stub.out


def plain_request(stub, file=True):
    this(stub)
    stub.uuid(OUR_CLASS)
    if file:
        stub.numbers("cccc", 1, 3, 0, 3)
        stub.numbers("HHH", 65, 66, 0)
    else:
        stub.numbers("c", 0)
    stub.numbers("cIIIcc", 0, 2, 0, 1, 1, 1)
    stub.uuid(OUR_INTERFACE)
    stub.numbers("HcHH", 2, 2, 8, 7)
    return stub.out


def answer(stub, texts):
    stub.numbers("Icc", 0, 0, 1 if texts else 0)
    if texts:
        stub.object(answered(texts))
    stub.number("I", 0 if texts else 0x80040154)
    return stub.out


def plain_answer(stub, texts):
    stub.numbers("IcQc", 0, 0, 0x0102030405060708, 1)
    stub.dual_string(texts)
    stub.uuid(OUR_INTERFACE)
    stub.numbers("IHHIcc", 4, 5, 7, 0, 1, 1)
    stub.object(b"MEOW" + bytes(8))
    stub.numbers("cII", 1, 0, 0)
    return stub.out


def resolved(stub, texts, version):
    stub.numbers("c", 1)
    stub.dual_string(texts)
    stub.uuid(OUR_INTERFACE)
    stub.number("I", 5)
    if version:
        stub.numbers("HH", 5, 7)
    stub.number("I", 0)
    return stub.out


def seeds():
    texts = ["SERV[49667]"]  # a length after which NDR64 needs no filling
    out = {}
    for wide in (False, True):
        for big in (False, True):
            def put(name, op, content, way=(wide, big)):
                label = ("ndr64" if way[0] else "ndr32") + ("-big" if way[1] else "-little")
                out[f"{name}-{label}"] = bytes([way[0] + 2 * way[1] + 4 * op]) + content
            put("plain", PLAIN, plain_request(Stub(wide, big)))
            put("plain-answer", PLAIN, plain_answer(Stub(wide, big), texts))
            put("resolved", GET_CLASS, resolved(Stub(wide, big), texts, False))
            put("resolved2", CREATE, resolved(Stub(wide, big), texts, True))
            put("failed", CREATE, answer(Stub(wide, big), []))
            put("create", CREATE, request(Stub(wide, big), CREATE, asked(), (8, 3)))
    load = Stub()
    load.numbers("IIII", 1, 2, 0, 0)
    loaded = asked((8, 31, 7), [("000001ad", serialized(load)), ("000001b9", serialized(load))])
    out["class-object"] = b"\0" + request(Stub(), GET_CLASS, asked())
    out["load"] = b"\4" + request(Stub(), CREATE, loaded)
    out["answer"] = b"\4" + answer(Stub(), ["SERVER[49667]", "10.1.1.20[49667]", "fe80::1[7]"])
    return out
