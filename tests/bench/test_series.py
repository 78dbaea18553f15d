# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Lines that programs print, files that results are kept in, and what of them is refused."""

import json

import pytest
from results import ESTABLISHED, SWAP, collection, keep
from runner.series import BrokenInput, Collection, load, read_line

GOOD = '{"name": "io", "size": 64, "speed": "new", "unit": "cycles/packet", "values": [1, 2.5]}'


def test_what_is_neither_name_nor_unit_nor_values_is_a_parameter():
    series, values = read_line('pipeline', GOOD)
    assert (series.program, series.name, series.unit) == ('pipeline', 'io', 'cycles/packet')
    assert series.parameters == {'size': 64, 'speed': 'new'}
    assert values == [1, 2.5]


@pytest.mark.parametrize('line, why', [
    ('12 cycles', 'not JSON'),
    ('[1]', 'not an object'),
    ('{"unit": "x", "values": [1]}', 'no name'),
    ('{"name": "x", "values": [1]}', 'no unit'),
    ('{"name": "x", "unit": "y"}', 'no values'),
    ('{"name": "x", "unit": "y", "values": []}', 'no values'),
    ('{"name": "x", "unit": "y", "values": 7}', 'no values'),
    ('{"name": "x", "unit": "y", "values": ["7"]}', 'no numbers'),
    ('{"name": "x", "unit": "y", "values": [true]}', 'no numbers'),
    ('{"name": "x", "unit": "y", "values": [NaN]}', 'no numbers'),
    ('{"name": 1, "unit": "y", "values": [1]}', 'are texts'),
])
def test_a_broken_line_is_refused_with_the_program_that_printed_it(line, why):
    with pytest.raises(BrokenInput, match=why) as told:
        read_line('pipeline', line)
    assert 'pipeline printed' in str(told.value)


def test_a_program_that_prints_nothing_is_refused():
    with pytest.raises(BrokenInput, match='printed nothing'):
        Collection().add_output(0, 'pipeline', '\n')


def test_rounds_of_one_case_are_one_series_and_other_parameters_another():
    made = Collection()
    for number in (0, 1):
        made.add_output(number, 'pipeline', GOOD + '\n' + GOOD.replace('64', '1514'))
    assert [series.rounds for series in made] == [[[1, 2.5], [1, 2.5]]] * 2


def test_a_case_that_did_not_run_in_the_first_round_keeps_its_place():
    made = Collection()
    made.add_output(2, 'pipeline', GOOD)
    assert next(iter(made)).rounds == [[], [], [1, 2.5]]


def test_what_is_kept_is_read_again(tmp_path):
    made = collection((SWAP, [10, 11], [12, 13]), (ESTABLISHED, [20], [30]))
    for path in (keep(tmp_path, made), tmp_path / 'result.json'):
        facts, read = load(path)
        assert facts['commit'] == 'abc'
        assert list(read) == list(made)


@pytest.mark.parametrize('text, why', [
    ('{', 'not JSON'),
    ('[]', 'not a result'),
    ('{"format": 1}', 'not a result'),
    ('{"format": 99, "series": []}', 'another version'),
    ('{"format": 1, "series": []}', 'no series'),
    ('{"format": 1, "series": [{"name": "x"}]}', 'without one of'),
])
def test_a_broken_file_is_refused_by_name(tmp_path, text, why):
    (tmp_path / 'result.json').write_text(text)
    with pytest.raises(BrokenInput, match=why) as told:
        load(tmp_path)
    assert str(tmp_path) in str(told.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BrokenInput, match='No such file'):
        load(tmp_path)


@pytest.mark.parametrize('change, why', [
    ({'rounds': []}, 'no values'),
    ({'rounds': [[]]}, 'no values'),
    ({'rounds': [['x']]}, 'no numbers'),
    ({'rounds': [3]}, 'of another kind'),
    ({'parameters': []}, 'of another kind'),
])
def test_a_broken_series_in_a_file_is_refused(tmp_path, change, why):
    path = keep(tmp_path, collection((SWAP, [10]))) / 'result.json'
    whole = json.loads(path.read_text())
    whole['series'][0].update(change)
    path.write_text(json.dumps(whole))
    with pytest.raises(BrokenInput, match=why):
        load(path)


def test_a_series_that_stands_there_twice_is_refused(tmp_path):
    path = keep(tmp_path, collection((SWAP, [10]))) / 'result.json'
    whole = json.loads(path.read_text())
    whole['series'] *= 2
    path.write_text(json.dumps(whole))
    with pytest.raises(BrokenInput, match='twice'):
        load(path)
