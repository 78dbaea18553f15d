# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""DPDK's own forwarder on memory ports: what the same libraries cost without a gateway.

Cycles are those of the polling thread's CPU time (schedstat), so that others on the core take
nothing from it.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
import time

from lab import shell

from . import capture
from .programs import DidNotRun, Unit, cores

SIZES = (64, 1514)
REPETITIONS = 3
ENOUGH = 0.5  # CPU seconds of the polling thread a repetition
BUFFERS = 16384


class Testpmd:
    """One interactive testpmd with two ports. Use as a context."""

    def __init__(self, devices, mode):
        control, polling = cores()
        hugepages = sum(int(path.read_text()) for path in pathlib.Path(
            '/sys/kernel/mm/hugepages').glob('*/free_hugepages')) >= 64
        self.name = f'rpcgate-bench-{os.getpid()}'
        memory = ['--in-memory'] if hugepages else ['--no-huge', '-m', '1024', '--no-shconf']
        words = ['dpdk-testpmd', '--lcores', f'0@{control},1@{polling}', *memory, '--no-pci',
                 '--no-telemetry', '--iova-mode=va', f'--file-prefix={self.name}',
                 *(f'--vdev={device}' for device in devices), '--', '-i', '--nb-cores=1',
                 f'--total-num-mbufs={BUFFERS}', f'--forward-mode={mode}']
        # Its output is buffered where it is no terminal.
        self.process = subprocess.Popen(['stdbuf', '-o0', *words], text=True, errors='replace',
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        self.said = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            try:
                self.process.stdin.write('quit\n')
                self.process.stdin.flush()
                self.process.wait(20)
            except (subprocess.TimeoutExpired, OSError, KeyboardInterrupt):
                shell.kill_group(self.process)
                self.process.wait()
        self.reader.join(20)
        # It leaves the directory of its sockets behind.
        shutil.rmtree(pathlib.Path('/var/run/dpdk') / self.name, ignore_errors=True)

    def _read(self):
        for line in self.process.stdout:
            self.said.append(line)

    def text(self, begin=0):
        return ''.join(self.said[begin:])

    def ask(self, command, answer, deadline=30):
        """Gives a command and waits for a line that matches `answer`; returns all it said."""
        begin = len(self.said)
        self.process.stdin.write(command + '\n')
        self.process.stdin.flush()
        self.wait_for(answer, begin, deadline)
        return self.text(begin)

    def wait_for(self, answer, begin, deadline):
        def said():
            if self.process.poll() is not None:
                raise DidNotRun(f'testpmd ended: {self.text()[-2000:]}')
            return re.search(answer, self.text(begin), re.M)
        shell.wait_until(said, lambda: f'{answer} of testpmd: {self.text()[-2000:]}', deadline)

    def polling_thread(self):
        for task in pathlib.Path(f'/proc/{self.process.pid}/task').iterdir():
            if re.match(r'(lcore|rte)-worker-1$', (task / 'comm').read_text().strip()):
                return task
        raise DidNotRun('testpmd has no polling thread')

    def measure(self, seconds):
        """(CPU seconds of the polling thread, packets received) from start to stop."""
        task = self.polling_thread()

        def spent():
            return int((task / 'schedstat').read_text().split()[0]) / 1e9
        begun = spent()
        self.ask('start', r'packet forwarding - ports')
        end = time.monotonic() + 60
        while spent() - begun < seconds and time.monotonic() < end:
            time.sleep(0.02)
        told = self.ask('stop', r'^Done\.')
        used = spent() - begun
        totals = re.search(r'Accumulated forward statistics.*?RX-packets: (\d+)', told, re.S)
        if totals is None or int(totals[1]) == 0:
            raise DidNotRun(f'testpmd forwarded nothing: {told[-2000:]}')
        return used, int(totals[1])


def devices_of(port, size, directory):
    if port == 'net_null':
        return [f'net_null{number},size={size}' for number in (0, 1)]
    path = pathlib.Path(directory) / f'{size}.pcap'
    capture.write(path, size)
    return [f'net_pcap0,rx_pcap={path},infinite_rx=1', 'net_null0,no-rx=1']


def run(mode, port, size, ticks, quick):
    with tempfile.TemporaryDirectory(prefix='rpcgate-bench-') as directory, \
            Testpmd(devices_of(port, size, directory), mode) as testpmd:
        testpmd.wait_for(r'testpmd> ?$|Checking link statuses', 0, 60)
        values = []
        for _ in range(1 if quick else REPETITIONS):
            used, packets = testpmd.measure(ENOUGH / 5 if quick else ENOUGH)
            values.append(used * ticks / packets)
    return {'name': mode, 'port': port, 'size': size, 'unit': 'cycles/packet', 'values': values}


CASES = {'io': ('io', 'net_null'), '5tswap': ('5tswap', 'net_null'),
         '5tswap-pcap': ('5tswap', 'net_pcap')}


def units(ticks):
    def runner(mode, port):
        def measure(quick):
            try:
                return '\n'.join(json.dumps(run(mode, port, size, ticks, quick)) for size in SIZES)
            except (shell.CommandFailed, OSError) as reason:
                raise DidNotRun(str(reason)) from None
        return measure
    return [Unit('testpmd', name, runner(*case)) for name, case in CASES.items()]
