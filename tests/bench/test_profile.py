# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What callgrind counted, as a table."""

import pytest
from runner.profile import functions, packets, report
from runner.series import BrokenInput

# As callgrind_annotate of valgrind 3.19 prints it.
ANNOTATED = '''\
--------------------------------------------------------------------------------
Profile data file 'out' (creator: callgrind-3.19.0)
--------------------------------------------------------------------------------
I1 cache:
Collected : 3,000
Events shown:     Ir
Thresholds:       100
--------------------------------------------------------------------------------
Ir
--------------------------------------------------------------------------------
3,000 (100.0%)  PROGRAM TOTALS

--------------------------------------------------------------------------------
Ir              file:function
--------------------------------------------------------------------------------
1,500 (50.00%)  ../lib/nat/rewrite.cpp:rpcgate::nat::apply(rpcgate::flow::FlowRecord const&) [/b/x]
  900 (30.00%)  ???:memcpy [/usr/lib/x86_64-linux-gnu/libc.so.6]
  400 (13.33%)  ../lib/wire/be.hpp:rpcgate::nat::apply(rpcgate::flow::FlowRecord const&)
  150 ( 5.00%)  a.cpp:rpcgate::flow::(anonymous namespace)::walk(int)'2 [/b/x]
   50 ( 1.67%)  ../lib/a.cpp:rare
'''


def test_functions_are_summed_over_the_files_they_are_inlined_from():
    found = functions(ANNOTATED)
    assert list(found.values()) == [1900, 900, 150, 50]
    assert sum(found.values()) == 3000


def test_the_table_is_instructions_a_packet_with_small_ones_together():
    lines = report(functions(ANNOTATED), 200).splitlines()[2:]
    assert lines == ['| `nat::apply` | 9.5 | 63.3 |', '| `memcpy` | 4.5 | 30.0 |',
                     '| `flow::(anonymous namespace)::walk` | 0.8 | 5.0 |',
                     '| the rest | 0.2 | 1.7 |', '| all | 15.0 | 100.0 |']


def test_packets_are_those_of_the_line_that_says_so():
    assert packets('{"name": "io"}\npackets 12\npackets 4000\n') == 4000


@pytest.mark.parametrize('output', ['', 'packets\n', 'packets 0\n', '4000\n'])
def test_without_packets_there_is_no_profile(output):
    with pytest.raises(BrokenInput, match='how many packets'):
        packets(output)


def test_an_empty_profile_is_refused():
    with pytest.raises(BrokenInput, match='no function'):
        functions('Collected : 0\n')
