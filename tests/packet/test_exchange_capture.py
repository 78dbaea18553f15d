# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Outlook and Exchange as they were recorded, judged by the pack `exchange-legacy`.

What an independent reader found in the capture (NAME.oracle.json) says what must be let through and
what refused: ports the mapper named, requests by interface, opnum and level. RPCGATE_CAPTURES and
RPCGATE_BUILD as for test_captures.py.
"""
import collections
import ipaddress
import json

import pytest

from test_captures import WITH_ORACLE, replay

EMSMDB = "a4f1db00-ca47-1067-b31f-00dd010662da"
NSPI = "f5cc5a18-4264-101a-8c59-08002b2f8426"
EPMAPPER = "e1af8308-5d1f-11c9-91a4-08002b14a0fa"
LEVELS = {"none": 1, "no_trailer": 1, "connect": 2, "packet": 4, "integrity": 5, "privacy": 6}
EPT_LOOKUP = 2


def sessions(capture):
    """(client, server): their streams, of which the beginning was recorded and the store is one."""
    found = collections.defaultdict(list)
    for stream in json.loads(capture.with_suffix(".oracle.json").read_text())["streams"]:
        if stream["bind_seen"]:
            found[stream["client"], stream["server"]].append(stream)
    return {pair: streams for pair, streams in found.items()
            if any(each["interface"] == EMSMDB for s in streams for each in s["interfaces"])}


CASES = [(capture, pair) for capture in WITH_ORACLE for pair in sorted(sessions(capture))]


def config_for(client, server, protection):
    ipaddress.ip_address(client), ipaddress.ip_address(server)
    return f"""
[[port]]
name = "outer0"
zone = "outer"
networks = ["{client}/32"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["{server}/32"]
[[publish]]
name = "mail"
clients = ["{client}/32"]
outer = "{server}"
server = "{server}"
mode = "routed"
packs = ["exchange-legacy"]
protection = "{protection}"
"""


def requests(streams, interface):
    """(opnum, level): how many, of an interface; a stream has one interface and one level here."""
    counted = collections.Counter()
    for stream in streams:
        if [each["interface"] for each in stream["interfaces"]] != [interface]:
            continue
        (level,) = stream["requests_by_level"]
        for name, number in stream["opnums"].items():
            counted[int(name.partition("/")[2]), LEVELS[level]] += number
    return counted


def uuid_of(event):
    return event.get("interface", {}).get("uuid")


@pytest.mark.parametrize("protection", ["none", "connect", "privacy"])
@pytest.mark.parametrize("capture, pair", CASES, ids=lambda value: getattr(value, "name", None))
def test_requests_are_refused_by_their_level_and_nothing_else(capture, pair, protection, tmp_path):
    streams = sessions(capture)[pair]
    _, events = replay(tmp_path, capture, config_for(*pair, protection))
    for interface in (EMSMDB, NSPI):
        asked = requests(streams, interface)
        assert asked, "the capture says nothing of it"
        refused = collections.Counter(
            (event["opnum"], LEVELS[event["protection"]]) for event in events
            if event["event"] == "request-refused" and uuid_of(event) == interface)
        assert refused == collections.Counter(
            {key: number for key, number in asked.items() if key[1] < LEVELS[protection]})
    assert {event["reason"] for event in events if event["event"] == "request-refused"
            and uuid_of(event) != EPMAPPER} <= {"protection-too-low"}
    # Looking the address book up is never let through; asking for its port is.
    looked_up = sum(number for (opnum, _), number in requests(streams, EPMAPPER).items()
                    if opnum == EPT_LOOKUP)
    assert sum(event["reason"] == "mapper-operation" for event in events
               if event["event"] == "request-refused") == looked_up
    opened = {(event["server_port"], uuid_of(event)) for event in events
              if event["event"] == "pinhole-opened"}
    oracle = json.loads(capture.with_suffix(".oracle.json").read_text())
    assert opened == {(each["port"], each["interface"]) for each in oracle["pinholes"]
                      if each["source"] == "ept_map" and each["client"] == pair[0]}
    # A registration for notifications that may be made opens their path.
    registered = any(opnum == 4 and level >= LEVELS[protection]
                     for opnum, level in requests(streams, EMSMDB))
    assert any(event["event"] == "notification-armed" for event in events) == registered
