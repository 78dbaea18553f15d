# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Figures: the lines that benchmark programs print, and the files that whole runs are kept in.

A series is one thing measured: a program's case with its parameters and a unit, and for each round
the values of its repetitions.
"""

import dataclasses
import json
import pathlib
import statistics

FORMAT = 1


class BrokenInput(Exception):
    """What was to be read is not what it should be; the message says where and why."""


@dataclasses.dataclass
class Series:
    program: str
    name: str
    unit: str
    parameters: dict
    rounds: list = dataclasses.field(default_factory=list)  # of lists of values

    @property
    def key(self):
        return (self.program, self.name, self.unit,
                tuple(sorted((name, str(value)) for name, value in self.parameters.items())))

    @property
    def values(self):
        return [value for values in self.rounds for value in values]

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def quarters(self):
        """What a quarter of the values lie below, and above."""
        if len(self.values) < 2:
            return self.values[0], self.values[0]
        low, _, high = statistics.quantiles(self.values, n=4, method='inclusive')
        return low, high

    def __str__(self):
        told = ', '.join(f'{name} {number(value)}' for name, value in self.parameters.items())
        return f'{self.program}/{self.name}' + (f' ({told})' if told else '')


def number(value):
    """As a table shows it: three digits that mean something, thousands apart."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int) or abs(value) >= 100:
        return f'{value:,.0f}'
    return f'{value:.3g}'


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def numbers(values, where):
    if not isinstance(values, list) or not values:
        raise BrokenInput(f'{where}: no values')
    if not all(is_number(value) and value == value and abs(value) != float('inf')
               for value in values):
        raise BrokenInput(f'{where}: values that are no numbers')
    return values


def read_line(program, text):
    """(a series without rounds, values) of a line that a program printed."""
    where = f'{program} printed {text!r}'
    try:
        line = json.loads(text)
    except ValueError:
        raise BrokenInput(f'{where}: not JSON') from None
    if not isinstance(line, dict):
        raise BrokenInput(f'{where}: not an object')
    line = dict(line)
    found = []
    for word in ('name', 'unit', 'values'):
        if word not in line:
            raise BrokenInput(f'{where}: no {word}')
        found.append(line.pop(word))
    name, unit, values = found
    if not isinstance(name, str) or not isinstance(unit, str):
        raise BrokenInput(f'{where}: name and unit are texts')
    return Series(program, name, unit, line), numbers(values, where)


class Collection:
    """All series of a run, in the order in which they were first heard of."""

    def __init__(self):
        self.series = {}

    def add(self, round_index, series, values):
        known = self.series.setdefault(series.key, series)
        while len(known.rounds) <= round_index:
            known.rounds.append([])
        known.rounds[round_index] += values

    def add_output(self, round_index, program, output):
        lines = [line for line in output.splitlines() if line.strip()]
        if not lines:
            raise BrokenInput(f'{program} printed nothing')
        for line in lines:
            self.add(round_index, *read_line(program, line))

    def __iter__(self):
        return iter(self.series.values())

    def __len__(self):
        return len(self.series)


def dump(facts, collection):
    return json.dumps({'format': FORMAT, **facts,
                       'series': [dataclasses.asdict(one) for one in collection]}, indent=1) + '\n'


def load(path):
    """(facts, Collection) of a result directory or its result.json."""
    path = pathlib.Path(path)
    if path.is_dir():
        path = path / 'result.json'
    try:
        read = json.loads(path.read_text())
    except OSError as reason:
        raise BrokenInput(f'{path}: {reason.strerror}') from None
    except ValueError:
        raise BrokenInput(f'{path}: not JSON') from None
    if not isinstance(read, dict) or not isinstance(read.get('series'), list):
        raise BrokenInput(f'{path}: not a result of tools/bench')
    if read.get('format') != FORMAT:
        raise BrokenInput(f'{path}: of another version of tools/bench')
    collection = Collection()
    for entry in read.pop('series'):
        one = series_of(path, entry)
        if one.key in collection.series:
            raise BrokenInput(f'{path}: {one} twice')
        collection.series[one.key] = one
    if not collection:
        raise BrokenInput(f'{path}: holds no series')
    return read, collection


def series_of(path, entry):
    fields = {field.name for field in dataclasses.fields(Series)}
    if not isinstance(entry, dict) or set(entry) != fields:
        raise BrokenInput(f'{path}: a series without one of {", ".join(sorted(fields))}')
    one = Series(**entry)
    if not isinstance(one.parameters, dict) or not isinstance(one.rounds, list) or \
            not all(isinstance(values, list) for values in one.rounds):
        raise BrokenInput(f'{path}: {entry["name"]}: parameters or rounds of another kind')
    numbers(one.values, f'{path}: {one}')
    return one
