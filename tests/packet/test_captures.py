#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Replay of recorded conversations through the real pipeline.

RPCGATE_CAPTURES  folder of captures (searched with its subfolders); unset: everything is skipped
RPCGATE_BUILD     build directory with app/rpcgate-replay/rpcgate-replay

Every capture must end, and say what it saw. Where an independent reader's findings lie beside the
capture (NAME.oracle.json), the pinholes that our reading of the endpoint mapper and of DCOM's
answers opens must be the ones it found, under a rule that allows everything in the capture.
"""
import ipaddress
import json
import os
import pathlib
import struct
import subprocess

import pytest

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


@pytest.mark.parametrize("capture", ALL, ids=name_of)
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


# A binding of DCOM names no interface: the pinhole is for the one whose call was answered.
ANSWERED = {"isystemactivator": "000001a0-0000-0000-c000-000000000046",
            "oxid": "99fcfec4-5260-101b-bbcb-00aa0021347a"}


def interfaces_of(pinhole, oracle):
    if pinhole["source"] == "ept_map":
        return {pinhole["interface"]}
    return {ANSWERED[answer["via"]] for answer in oracle["dcom"]
            if answer["frame"] in pinhole["frames"]}


def expected_pinholes(oracle):
    """{(client, server that was asked): {(server, port, interface), ...}}"""
    expected = {}
    for pinhole in oracle["pinholes"]:
        opened = expected.setdefault((pinhole["client"], pinhole["epm_server"]), set())
        opened |= {(pinhole["server"], pinhole["port"], uuid)
                   for uuid in interfaces_of(pinhole, oracle)}
    return expected


@pytest.mark.parametrize("capture", WITH_ORACLE, ids=name_of)
def test_pinholes_are_those_an_independent_reader_found(capture, tmp_path):
    oracle = json.loads(capture.with_suffix(".oracle.json").read_text())
    expected = expected_pinholes(oracle)
    pairs = set(expected) | tcp_pairs(capture)
    for client, server in sorted(pairs):
        where = tmp_path / f"{client}-{server}".replace(":", "_")
        where.mkdir()
        _, events = replay(where, capture, config_for({server: {client}}, {server}))
        opened = {(e["server"], e["server_port"], e["interface"]["uuid"])
                  for e in events if e["event"] == "pinhole-opened"}
        assert opened == expected.get((client, server), set()), (client, server)
