# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Two results side by side, by the command itself."""

import pathlib
import subprocess
import sys

import pytest
from results import ESTABLISHED, SWAP, collection, keep

RUN = pathlib.Path(__file__).with_name('run.py')


def compare(*paths):
    return subprocess.run([sys.executable, '-B', RUN, 'compare', *map(str, paths)], text=True,
                          capture_output=True, timeout=60, check=False)


def pair(tmp_path, first, second):
    return (keep(tmp_path / 'a', collection(*first)), keep(tmp_path / 'b', collection(*second)))


def rows(text):
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in text.splitlines()
            if line.startswith('| pipeline')]


def test_medians_ratio_and_what_is_beyond_the_spread(tmp_path):
    done = compare(*pair(tmp_path,
                         [(SWAP, [50, 52, 54]), (ESTABLISHED, [100, 102, 104])],
                         [(SWAP, [51, 53, 55]), (ESTABLISHED, [151, 153, 155])]))
    assert done.returncode == 0, done.stderr
    assert rows(done.stdout) == [
        ['pipeline: swap, size 64', 'cycles/packet', '52', '53', '1.02', ''],
        ['pipeline: established, flows 1,000, size 64', 'cycles/packet', '102', '153', '1.50',
         'more']]


def test_less_is_said_of_less(tmp_path):
    done = compare(*pair(tmp_path, [(SWAP, [50, 50])], [(SWAP, [25, 25])]))
    assert rows(done.stdout)[0][-2:] == ['0.50', 'less']


def test_one_wild_value_makes_no_difference(tmp_path):
    done = compare(*pair(tmp_path, [(SWAP, [50, 51, 52, 53, 54])],
                         [(SWAP, [50, 51, 52, 53, 900])]))
    assert rows(done.stdout)[0][-1] == ''


def test_another_machine_is_told(tmp_path):
    first = keep(tmp_path / 'a', collection((SWAP, [50])))
    second = keep(tmp_path / 'b', collection((SWAP, [50])), machine={'kernel': '6.12'})
    done = compare(first, second)
    assert done.returncode == 0
    assert 'the same conditions' in done.stdout and 'kernel: 6.1 / 6.12' in done.stdout
    assert 'the same conditions' not in compare(first, first).stdout


def test_a_missing_case_is_named_after_the_table(tmp_path):
    first, second = pair(tmp_path, [(SWAP, [50]), (ESTABLISHED, [100])], [(SWAP, [50])])
    for paths in ((first, second), (second, first)):
        done = compare(*paths)
        assert done.returncode == 2
        assert f'{second} lacks pipeline/established (flows 1,000, size 64)' in done.stderr
        assert len(rows(done.stdout)) == 1


def test_results_with_nothing_in_common_are_refused(tmp_path):
    done = compare(*pair(tmp_path, [(SWAP, [50])], [(ESTABLISHED, [50])]))
    assert done.returncode == 2
    assert 'no case in common' in done.stderr


@pytest.mark.parametrize('text, why', [('hello', 'not JSON'), ('{}', 'not a result'),
                                       ('{"format": 1, "series": []}', 'no series')])
def test_broken_input_ends_with_a_message_and_2(tmp_path, text, why):
    good = keep(tmp_path / 'a', collection((SWAP, [50])))
    bad = tmp_path / 'bad.json'
    bad.write_text(text)
    for paths in ((good, bad), (bad, good)):
        done = compare(*paths)
        assert done.returncode == 2
        assert f'{bad}: ' in done.stderr and why in done.stderr
        assert 'Traceback' not in done.stderr
