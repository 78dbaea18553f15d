#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Replay of recorded conversations through the real pipeline.

RPCGATE_CAPTURES  folder of captures (searched with its subfolders); unset: everything is skipped
RPCGATE_BUILD     build directory with app/rpcgate-replay/rpcgate-replay

Every capture must end, and say what it saw. Where an independent reader's findings lie beside it
(NAME.oracle.json), it is judged by four policies: everything in it is allowed, one interface is,
only what is sealed, nothing. What the gateway tells and lets through must be what the policy makes
of the findings (captures/).
"""
import ipaddress
import json
import os
import pathlib
import struct
import subprocess

import pytest

from captures.expected import expected
from captures.findings import POISONED
from captures.oracle import Oracle
from captures.policy import Policy, configuration, policies, sides
from captures.seen import seen

CAPTURES = os.environ.get("RPCGATE_CAPTURES")
BUILD = os.environ.get("RPCGATE_BUILD")

if not CAPTURES:
    pytest.skip("RPCGATE_CAPTURES names no folder of captures", allow_module_level=True)
if not BUILD:
    pytest.skip("RPCGATE_BUILD names no build directory", allow_module_level=True)

REPLAY = pathlib.Path(BUILD) / "app" / "rpcgate-replay" / "rpcgate-replay"
ROOT = pathlib.Path(CAPTURES)
ALL = sorted(p for p in ROOT.rglob("*") if p.suffix in (".pcap", ".pcapng", ".cap"))
WITH_ORACLE = [p for p in ALL if p.with_suffix(".oracle.json").exists()]
ORACLES = {p: Oracle(p.with_suffix(".oracle.json")) for p in WITH_ORACLE}
CASES = [(p, name) for p, oracle in ORACLES.items() for name in policies(oracle)]


def name_of(path):
    return str(path.relative_to(ROOT))


def config_for(pairs, inner):
    """A configuration that publishes each server, routed, with everything, to each of its clients.

    pairs: {server: {client, ...}}; a packet enters by its source, so `inner` are the servers.
    """
    clients = sorted({c for cs in pairs.values() for c in cs} - set(inner))

    def host(address):
        bits = 32 if ipaddress.ip_address(address).version == 4 else 128
        return f'"{address}/{bits}"'

    lines = []
    for name, zone, hosts in (("outer0", "outer", clients), ("inner0", "inner", sorted(inner))):
        nets = ", ".join(host(h) for h in hosts)
        lines += ["[[port]]", f'name = "{name}"', f'zone = "{zone}"', f"networks = [{nets}]", ""]
    for number, (server, its_clients) in enumerate(sorted(pairs.items())):
        allowed = ", ".join(host(c) for c in sorted(its_clients))
        lines += ["[[publish]]", f'name = "everything-{number}"', 'action = "allow"',
                  f"clients = [{allowed}]", f'outer = "{server}"', f'server = "{server}"',
                  'mode = "routed"', 'services = ["rpc"]', 'interfaces = ["any"]',
                  'protection = "none"', ""]
    return "\n".join(lines)


def replay(tmp_path, capture, config, *extra):
    config_file = tmp_path / "rpcgate.toml"
    config_file.write_text(config)
    events_file = tmp_path / "events.jsonl"
    done = subprocess.run(
        [str(REPLAY), "--config", str(config_file), "--read", str(capture),
         "--events", str(events_file), *extra],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    events = [json.loads(line) for line in events_file.read_text().splitlines()]
    return done.stdout, events


def tcp_pairs(capture):
    """(client, server) of each TCP conversation as far as Ethernet and raw IP tell: the client is
    who sent the first SYN, or who has the higher port."""
    pairs = set()
    for src, dst, sport, dport, flags in tcp_segments(capture):
        if flags & 0x12 == 0x12 or (flags & 2 == 0 and sport < dport):
            src, dst = dst, src
        pairs.add((src, dst))
    return pairs


def tcp_segments(capture):
    data = capture.read_bytes()
    magic = data[:4]
    if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        order = "<"
    elif magic in (b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
        order = ">"
    else:
        return
    link = struct.unpack(order + "I", data[20:24])[0]
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        packet = frame[14:] if link == 1 else frame
        if len(packet) < 40 or packet[0] != 0x45 or packet[9] != 6:
            continue
        sport, dport = struct.unpack(">HH", packet[20:24])
        yield (str(ipaddress.ip_address(packet[12:16])), str(ipaddress.ip_address(packet[16:20])),
               sport, dport, packet[33])


# The others are run below, by each policy.
@pytest.mark.parametrize("capture", [p for p in ALL if p not in ORACLES], ids=name_of)
def test_every_capture_ends_and_says_what_it_saw(capture, tmp_path):
    pairs = tcp_pairs(capture) or {("192.0.2.1", "198.51.100.1")}
    # The busiest split of hosts into two sides: whoever serves somebody is inside.
    inner = {s for _, s in pairs}
    published = {}
    for client, server in pairs:
        if client not in inner:
            published.setdefault(server, set()).add(client)
    if not published:  # all are both: any one pair will do
        client, server = sorted(pairs)[0]
        inner, published = {server}, {server: {client}}
    summary, _ = replay(tmp_path, capture, config_for(published, inner),
                        "--write", str(tmp_path / "out.pcap"))
    assert "packets read" in summary
    assert "packets out" in summary
    assert (tmp_path / "out.pcap").stat().st_size >= 24


@pytest.mark.parametrize("capture", ALL, ids=name_of)
def test_every_capture_ends_when_judged_strictly(capture, tmp_path):
    pairs = tcp_pairs(capture) or {("192.0.2.1", "198.51.100.1")}
    client, server = sorted(pairs)[0]
    summary, _ = replay(tmp_path, capture, config_for({server: {client}}, {server}), "--strict")
    assert "packets read" in summary


def judged(tmp_path, capture, policy, static_ports):
    """{pair: Findings} of what the gateway told and let through."""
    oracle = ORACLES[capture]
    left = tmp_path / "out.pcap"
    _, events = replay(tmp_path, capture, configuration(policy, static_ports), "--write", str(left))
    return seen(events, left, {pair: oracle.ports(pair) for pair in static_ports})


# A server of Modbus answers a scanner's bind with 9 bytes that begin like a PDU, and a FIN.
EXPLAINED = {("zeek__modbus-and-non-modbus-p502", ("87.236.176.106", "192.168.10.111")):
             {("connection-reset", "truncated-pdu", (38129, 502))}}


@pytest.mark.parametrize("capture, name", CASES, ids=lambda value: getattr(value, "name", value))
def test_what_passes_is_what_a_policy_makes_of_an_independent_readers_findings(capture, name,
                                                                              tmp_path):
    oracle = ORACLES[capture]
    policy = policies(oracle)[name]
    # Where everything is granted, those who spoke no RPC must get nothing out of it.
    pairs = oracle.pairs() | (tcp_pairs(capture) if name == "everything" else set())
    for number, group in enumerate(sides(pairs)):
        where = tmp_path / str(number)
        where.mkdir()
        static_ports = {pair: oracle.static_ports(pair) for pair in group}
        for pair, found in judged(where, capture, policy, static_ports).items():
            wanted = expected(oracle, policy, pair)
            wanted.others |= EXPLAINED.get((capture.stem, pair), set())
            assert found == wanted, pair


SHARED = [(capture, other, pinhole) for capture, oracle in ORACLES.items()
          for pinhole in oracle.pinholes for other in sorted(oracle.pairs())
          if other[1] == pinhole.asked and pinhole.port in oracle.unasked(other)]


@pytest.mark.parametrize("capture, other, pinhole", SHARED[:1],
                         ids=lambda value: getattr(value, "name", ""))
def test_a_port_may_be_static_for_one_client_and_a_pinhole_for_another(capture, other, pinhole,
                                                                       tmp_path):
    pair = pinhole.client, pinhole.asked
    found = judged(tmp_path, capture, Policy(), {pair: set(), other: {pinhole.port}})
    assert (pinhole.server, pinhole.port, pinhole.interface) in found[pair].pinholes


REFUSED = [capture for capture in ORACLES if "dcerpc-dce-stub-data-04" in capture.name]


@pytest.mark.parametrize("capture", REFUSED, ids=name_of)
def test_no_request_passes_on_what_was_refused(capture, tmp_path):
    oracle = ORACLES[capture]
    found = judged(tmp_path, capture, policies(oracle)["nothing"],
                   {pair: oracle.static_ports(pair) for pair in oracle.pairs()})
    (findings,) = found.values()
    assert findings.binds_refused
    assert {opnum for _, _, opnum in findings.requests_left} == {POISONED}
