# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What result.md says, and what is drawn."""

import pytest
from results import ESTABLISHED, LARGE, NAT, SWAP, TESTPMD, collection
from runner.plots import lines_of, script
from runner.series import number
from runner.tables import report


def row(text, begin):
    """The cells of the row of one case."""
    found = [line for line in text.splitlines() if line.startswith(f'| {begin}')]
    assert len(found) == 1, text
    return [cell.strip() for cell in found[0].strip('|').split('|')]


def test_a_row_holds_median_extremes_and_the_ratios_to_all_rivals():
    text = report({}, collection((SWAP, [50, 50, 50]), (ESTABLISHED, [90, 100, 250]),
                                 (NAT, [2000]), (TESTPMD, [80])))
    assert row(text, 'established') == ['established, flows 1,000, size 64', 'cycles/packet', '100',
                                        '90', '250', '2.00', '20', '0.80']


def test_ratios_are_those_of_the_same_round():
    # In its second round the machine was four times as slow: that changes no ratio.
    text = report({}, collection((SWAP, [50], [200]), (ESTABLISHED, [100], [400])))
    assert row(text, 'established')[5] == '2.00'


def test_a_size_is_set_against_its_own_size_alone():
    text = report({}, collection((SWAP, [50]), (ESTABLISHED, [100]), (LARGE, [100])))
    assert row(text, 'established, flows 1,000, size 64')[5] == '2.00'
    assert row(text, 'established, flows 1,000, size 1,514')[5] == ''


def test_of_several_swaps_the_one_with_as_many_flows_counts():
    many = ('pipeline', 'established', {'flows': 65536, 'size': 64})
    most = ('pipeline', 'established', {'flows': 1 << 20, 'size': 64})
    text = report({}, collection((('pipeline', 'swap', {'flows': 1000, 'size': 64}), [50]),
                                 (('pipeline', 'swap', {'flows': 65536, 'size': 64}), [100]),
                                 (many, [200]), (most, [200])))
    assert row(text, 'established, flows 65,536')[5] == '2.00'
    assert row(text, 'established, flows 1,048,576')[5] == '4.00'


def test_a_swap_without_a_size_stands_for_all():
    text = report({}, collection((('pipeline', 'swap', {}), [50]), (LARGE, [100])))
    assert row(text, 'established')[5] == '2.00'


def test_other_units_have_no_ratio():
    made = collection((SWAP, [50]), (ESTABLISHED, [100]))
    for series in collection((('pipeline', 'latency', {'load': 0.5}), [900]), unit='ns'):
        made.add(0, series, [])
    text = report({}, made)
    assert row(text, 'latency') == ['latency, load 0.5', 'ns', '900', '900', '900', '']


def test_rates_have_no_ratio_of_costs():
    text = report({}, collection((SWAP, [50]), (ESTABLISHED, [40]), unit='Mpps'))
    assert row(text, 'established')[1:] == ['Mpps', '40', '40', '40']


def test_a_cost_is_set_against_the_cost_among_several_units_of_the_swap():
    made = collection((SWAP, [9]), unit='Mpps')
    for series in collection((SWAP, [50]), (ESTABLISHED, [100])):
        made.add(0, series, [])
    assert row(report({}, made), 'established')[5] == '2.00'


def test_programs_and_cases_that_nobody_knows_have_their_table_too():
    text = report({}, collection((('novelty', 'odd|case', {'colour': 'red'}), [7])))
    assert '## novelty' in text
    assert 'odd\\|case, colour red' in text


def test_the_machine_and_what_failed_are_told():
    text = report({'machine': {'processor': 'abacus'}, 'failures': [['kernel/nat', 'no BPF']]},
                  collection((SWAP, [50])))
    assert '| processor | abacus |' in text
    assert '| kernel/nat | no BPF |' in text


@pytest.mark.parametrize('value, text', [(16515072, '16,515,072'), (1234.5, '1,234'),
                                         (12.345, '12.3'), (0.5, '0.5'), ('p99.9', 'p99.9')])
def test_numbers_are_shown_with_the_digits_that_mean_something(value, text):
    assert number(value) == text


def test_a_line_is_drawn_of_what_has_several_values():
    made = collection((('pipeline', 'established', {'flows': 65536, 'size': 64}), [200]),
                      (ESTABLISHED, [100]), (LARGE, [150]), (NAT, [2000]))
    found = lines_of(made, 'flows')
    assert list(found) == ['cycles/packet']
    assert [(line, [one.parameters['flows'] for one in series])
            for line, series in found['cycles/packet'].items()] == \
        [('pipeline: established, size 64', [1000, 65536])]


def test_the_drawing_counts_flows_in_powers_and_names_its_units():
    made = collection((ESTABLISHED, [100, 110]),
                      (('pipeline', 'established', {'flows': 65536, 'size': 64}), [200]))
    lines = lines_of(made, 'flows')['cycles/packet']
    text = script('x.svg', 'cycles/packet', ('flows', 'flows', True), lines)
    assert 'set logscale x' in text
    assert 'set xlabel "flows"' in text and 'set ylabel "cycles/packet"' in text
    assert '\n1000 105.0 ' in text and '\n65536 200 200 200\n' in text
