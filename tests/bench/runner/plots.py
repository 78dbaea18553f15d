# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Drawings of a run, by gnuplot: how a figure grows with flows, with packet size, with workers."""

import re
import subprocess

# Parameter, title of its axis, whether the axis counts in powers.
AXES = (('flows', 'flows', True), ('size', 'packet size (bytes)', False),
        ('workers', 'workers', False))
COLOURS = ('#0060ad', '#dd7700', '#2a8c2a', '#a02090', '#606060', '#b03030', '#00a0b0', '#8a6d00')
FEW = 8  # as many values as can stand below an axis
FAR = 20  # times the lowest figure: then the axis of figures counts in powers too


def lines_of(collection, parameter):
    """{unit: {line: [series]}} of what was measured for several values of the parameter."""
    found = {}
    for one in collection:
        if isinstance(one.parameters.get(parameter), (int, float)):
            others = ', '.join(f'{name} {value}' for name, value in one.parameters.items()
                               if name != parameter)
            line = f'{one.program}: {one.name}' + (f', {others}' if others else '')
            found.setdefault(one.unit, {}).setdefault(line, []).append(one)
    for unit, lines in list(found.items()):
        found[unit] = {line: sorted(series, key=lambda one: one.parameters[parameter])
                       for line, series in lines.items() if len(series) > 1}
    return {unit: lines for unit, lines in found.items() if lines}


def quoted(text):
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def script(path, unit, axis, lines):
    parameter, title, powers = axis
    ticks = sorted({one.parameters[parameter] for series in lines.values() for one in series})
    figures = [value for series in lines.values() for one in series for value in one.quarters]
    commands = [
        "set terminal svg noenhanced size 900,600 font 'sans-serif,14' background '#ffffff'",
        f'set output {quoted(str(path))}',
        f'set xlabel {quoted(title)}', f'set ylabel {quoted(unit)}',
        'set grid ytics lt 1 lw 1 lc rgb "#dddddd"', 'set border 3', 'set tics nomirror',
        'set format y "%g"',
        'set key outside below left Left reverse maxcols 1']
    if min(figures) > 0 and max(figures) / min(figures) > FAR:
        commands += ['set logscale y', f'set yrange [{min(figures) / 1.5}:{max(figures) * 1.5}]']
    else:
        commands.append('set yrange [0:*]')
    if powers:
        commands += ['set logscale x', f'set xrange [{ticks[0] / 1.5}:{ticks[-1] * 1.5}]']
    else:
        commands.append(f'set xrange [0:{ticks[-1] * 1.05}]')
    if powers or len(ticks) <= FEW and ticks[0] * FEW >= ticks[-1]:
        commands.append('set xtics (' + ', '.join(f'{quoted(f"{tick:,}")} {tick}'
                                                  for tick in ticks) + ')')
    drawn = []
    for number, (line, series) in enumerate(lines.items()):
        commands.append(f'$line{number} << END')
        commands += [f'{one.parameters[parameter]} {one.median} {one.quarters[0]} '
                     f'{one.quarters[1]}' for one in series]
        commands.append('END')
        drawn.append(f'$line{number} using 1:2:3:4 with yerrorlines lw 2 pt 7 ps 0.6 '
                     f'lc rgb "{COLOURS[number % len(COLOURS)]}" title {quoted(line)}')
    return '\n'.join(commands) + '\nplot ' + ', \\\n  '.join(drawn) + '\n'


def draw(collection, directory):
    """Writes the drawings and returns their names."""
    made = []
    for axis in AXES:
        for unit, lines in lines_of(collection, axis[0]).items():
            name = f'{axis[0]}-{re.sub(r"[^a-z0-9]+", "-", unit.lower()).strip("-")}.svg'
            subprocess.run(['gnuplot'], input=script(directory / name, unit, axis, lines),
                           text=True, check=True)
            made.append(name)
    return made
