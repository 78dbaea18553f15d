# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Packs as docs/packs.md describes them, read without the gateway's own reader."""

import dataclasses
import pathlib
import tomllib

from . import dcom, pdus

PLACE = pathlib.Path(__file__).resolve().parents[3] / 'packs'
LEVELS = {'none': 0, 'connect': pdus.CONNECT, 'packet': pdus.PACKET, 'integrity': pdus.INTEGRITY,
          'privacy': pdus.PRIVACY}
LEAST, MOST = 0, pdus.PRIVACY
RFRI = '1544f5e0-613c-11d1-93df-00c04fd7bd09'
ACTIVATORS = (pdus.ACTIVATOR.uuid, dcom.ACTIVATION.uuid)
ON_MAPPER = ACTIVATORS + (pdus.EXPORTER.uuid,)  # MS-DCOM 2.1: at port 135 itself
FAR = {300, 0xfffe}  # operations that no interface has


def below(level):
    return max((each for each in LEVELS.values() if each < level), default=None)


def numbers(listed):
    """[0, "3-5"]: {0, 3, 4, 5}."""
    found = set()
    for each in listed:
        low, _, high = str(each).partition('-')
        found |= set(range(int(low), int(high or low) + 1))
    return found


@dataclasses.dataclass
class Interface:
    name: str
    syntax: pdus.Syntax
    opnums: set    # None: all
    refused: set   # whatever later rules say
    floor: int
    floors: dict   # opnum: its own floor
    technique: str

    @property
    def tried(self):
        """Operations on both sides of every border of the list."""
        known = (self.opnums or {59}) | self.refused | set(self.floors)
        return sorted(set(range(max(known) + 4)) | FAR)

    @property
    def listed(self):
        return [opnum for opnum in self.tried if self.lists(opnum)]

    @property
    def others(self):
        return [opnum for opnum in self.tried if not self.lists(opnum)]

    @property
    def least(self):
        """The floors that operations of it have."""
        return {self.floor_of(opnum) for opnum in self.listed}

    def lists(self, opnum):
        return (self.opnums is None or opnum in self.opnums) and opnum not in self.refused

    def floor_of(self, opnum):
        return self.floors.get(opnum, self.floor)

    def at_floor(self, level):
        return [opnum for opnum in self.listed if self.floor_of(opnum) == level]


@dataclasses.dataclass
class Pack:
    name: str
    grants: bool
    referrals: str
    interfaces: list
    classes: dict  # UUID: technique


def interface_of(entry, technique):
    floors = {opnum: LEVELS[floor['protection']] for floor in entry.get('floor', ())
              for opnum in numbers(floor['opnums'])}
    opnums = numbers(entry['opnums']) if 'opnums' in entry else None
    known = {'name', 'uuid', 'version', 'opnums', 'deny-opnums', 'protection', 'floor', 'technique',
             'why'}
    assert set(entry) <= known, 'a key that no test of packs shows'
    return Interface(entry['name'], pdus.Syntax(entry['uuid'], entry['version']), opnums,
                     numbers(entry.get('deny-opnums', ())),
                     LEVELS[entry.get('protection', 'privacy')], floors,
                     entry.get('technique', technique))


def read(path):
    table = tomllib.loads(path.read_text())
    assert set(table) <= {'name', 'title', 'use', 'referrals', 'technique', 'interface', 'class'}
    technique = table.get('technique')
    return Pack(table['name'], table.get('use', 'grant') == 'grant',
                table.get('referrals', 'allow'),
                [interface_of(entry, technique) for entry in table['interface']],
                {entry['clsid']: entry.get('technique', technique)
                 for entry in table.get('class', ())})


ALL = [read(path) for path in sorted(PLACE.glob('*.toml'))]
GRANTING = [pack for pack in ALL if pack.grants]
DENYING = [pack for pack in ALL if not pack.grants]
