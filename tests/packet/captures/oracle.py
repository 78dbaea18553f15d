# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""NAME.oracle.json: what an independent reader found in a capture, as the tests ask for it."""

import collections
import dataclasses
import json

EPMAPPER = 'e1af8308-5d1f-11c9-91a4-08002b14a0fa'
ACTIVATOR = '000001a0-0000-0000-c000-000000000046'
EXPORTER = '99fcfec4-5260-101b-bbcb-00aa0021347a'
MAPPER_PORT = 135
EPT_LOOKUP = 2
ACTIVATIONS = 3, 4          # opnums of ACTIVATOR
RESOLUTIONS = 0, 4          # opnums of EXPORTER that tell ports
LEVELS = {'connect': 'connect', 'call': 'call', 'pkt': 'packet', 'pkt_integrity': 'integrity',
          'pkt_privacy': 'privacy'}
# A binding of DCOM names no interface: the pinhole is for the one whose call was answered.
ANSWERED = {'isystemactivator': ACTIVATOR, 'oxid': EXPORTER}


@dataclasses.dataclass(frozen=True)
class Pinhole:
    client: str
    asked: str      # the server that was asked
    server: str
    port: int
    interface: str
    frame: int      # of the first answer that names it
    used: tuple     # the client's ports of connections that came to stand
    tried: tuple    # frames of the first packets of all connections


@dataclasses.dataclass(frozen=True)
class Call:
    context: int
    interface: str  # None: the bind was not recorded
    opnum: int
    count: int


@dataclasses.dataclass(frozen=True)
class Conversation:
    ports: tuple    # the client's, the server's
    frame: int      # of its first PDU
    begun: bool     # its SYN was recorded
    whole: bool     # and nothing was lost
    offered: frozenset   # interfaces
    accepted: frozenset  # (interface, version)
    calls: tuple
    level: str      # of its requests; None: there are none, or of more than one level


def pair_of(entry):
    return entry['client'], entry['server']


def level_of(stream):
    """The clients' stacks leave the trailer out where they have authenticated for CONNECT."""
    bare = 'connect' if 'connect' in stream['auth_levels'] else 'none'
    levels = {LEVELS.get(name, bare) for name in stream['requests_by_level']}
    return levels.pop() if len(levels) == 1 else None


def contexts_of(stream):
    """id: interface, of those the server accepted."""
    return {context['ctx_id']: context['interface'] for bind in stream['binds']
            for context, result in zip(bind['contexts'], bind['results'] or ())
            if result == 'acceptance'}


def calls_of(stream):
    contexts = contexts_of(stream)
    for name, count in stream['opnums'].items():
        context, opnum = map(int, name.split('/'))
        yield Call(context, contexts.get(context), opnum, count)


class Oracle:
    def __init__(self, path):
        self.data = json.loads(path.read_text())
        self.streams = {stream['stream']: stream for stream in self.data['streams']}
        self.pinholes = [pinhole for entry in self.data['pinholes']
                         for pinhole in self._pinholes(entry)]
        named = [context for stream in self.data['streams'] for bind in stream['binds']
                 for context in bind['contexts']] + self.data['ept_map']
        self.majors = {each['interface']: int(each['version'].partition('.')[0]) for each in named}

    def _pinholes(self, entry):
        answers = [(entry['interface'], frame) for frame in entry['frames']]
        if entry['source'] == 'dcom':
            answers = [(ANSWERED[answer['via']], answer['frame']) for answer in self.data['dcom']
                       if answer['frame'] in entry['frames']]
        used = tuple(self.streams[each['stream']]['client_port'] for each in entry['followed_by']
                     if each['rpc'] and each['answered'])
        tried = tuple(each['frame'] for each in entry['followed_by'] if each['syn'])
        for interface in {interface for interface, _ in answers}:
            first = min(frame for name, frame in answers if name == interface)
            yield Pinhole(entry['client'], entry['epm_server'], entry['server'], entry['port'],
                          interface, first, used, tried)

    def conversations(self, pair):
        for stream in self.streams.values():
            # What is tagged is dropped (lib/datapath/README.md).
            if pair_of(stream) == pair and not stream['tcp']['vlan']:
                yield Conversation(
                    (stream['client_port'], stream['server_port']), stream['first_frame'],
                    stream['tcp']['syn'], 'lost_segment' not in stream['tcp']['analysis'],
                    frozenset(context['interface'] for bind in stream['binds']
                              for context in bind['contexts']),
                    frozenset((each['interface'], each['version'])
                              for each in stream['interfaces'] if each['accepted']),
                    tuple(calls_of(stream)),
                    level_of(stream))

    def pairs(self):
        return {pair_of(stream) for stream in self.streams.values()} | {
            (pinhole.client, pinhole.asked) for pinhole in self.pinholes}

    def ports(self, pair):
        """Ports of the server at which it was met, or could have been."""
        return {stream['server_port'] for stream in self.streams.values()
                if pair_of(stream) == pair} | {
                    pinhole.port for pinhole in self.pinholes
                    if (pinhole.client, pinhole.asked) == pair}

    def unasked(self, pair):
        """Ports that this client was not seen to ask for."""
        return {entry['port'] for entry in self.data['unexplained'] if pair_of(entry) == pair}

    def static_ports(self, pair):
        """Those that nobody was seen to ask for: rules open them without a pinhole."""
        asked = {pinhole.port for pinhole in self.pinholes if pinhole.server == pair[1]}
        return self.unasked(pair) - asked

    def questions(self, pair, kind):
        """(the client's port, the interface asked for) of each ept_map or ept_lookup."""
        return [(self.streams[entry['stream']]['client_port'], entry['interface'])
                for entry in self.data[kind] if pair_of(entry) == pair]

    def requests(self):
        """interface: how many requests"""
        counted = collections.Counter()
        for stream in self.streams.values():
            for call in calls_of(stream):
                counted[call.interface] += call.count
        return counted
