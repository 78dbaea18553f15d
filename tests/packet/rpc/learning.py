# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Configurations with one grant less."""

import copy

TABLES = ('daemon', 'port', 'publish', 'outbound')


def value(thing):
    if isinstance(thing, bool):
        return str(thing).lower()
    if isinstance(thing, dict):
        return '{' + ', '.join(f'{key} = {value(each)}' for key, each in thing.items()) + '}'
    if isinstance(thing, list):
        return '[' + ', '.join(map(value, thing)) + ']'
    return f'"{thing}"' if isinstance(thing, str) else str(thing)


def is_tables(thing):
    return isinstance(thing, list) and thing and isinstance(thing[0], dict)


def section(name, table, brackets='[[]]'):
    """Lists of tables that stand below a table are written below it."""
    half = len(brackets) // 2
    lines = [f'{brackets[:half]}{name}{brackets[half:]}']
    below = []
    for key, thing in table.items():
        if is_tables(thing) and key in ('interface', 'floor'):
            below += [section(f'{name}.{key}', each) for each in thing]
        else:
            lines.append(f'{key} = {value(thing)}')
    return '\n'.join(lines + below) + '\n'


def written(config):
    """TOML of what tomllib read."""
    assert set(config) <= set(TABLES), set(config)
    text = section('daemon', config['daemon'], '[]') if 'daemon' in config else ''
    for name in TABLES[1:]:
        text += ''.join(section(name, table) for table in config.get(name, ()))
    return text


def rules_of(config):
    return [(kind, at) for kind in ('publish', 'outbound')
            for at in range(len(config.get(kind, ())))]


def without_interface(rule, at):
    del rule['interface'][at]
    if rule['interface']:
        return
    del rule['interface']
    rule['services'].remove('rpc')
    for key in ('classes', 'static-ports', 'deny'):
        rule.pop(key, None)


def without_opnum(entry, opnum):
    entry['opnums'].remove(opnum)
    for floor in entry.get('floor', ()):
        floor['opnums'] = [each for each in floor['opnums'] if each != opnum] or [65535]
    if not entry['opnums']:
        del entry['opnums']
        entry['deny-opnums'] = ['0-65535']


def grants_of(rule):
    """(what it is, how to take it from a copy of the rule); None takes the whole rule."""
    for at, client in enumerate(rule['clients']):
        yield f'client {client}', ((lambda r, at=at: r['clients'].pop(at))
                                   if len(rule['clients']) > 1 else None)
    for at, entry in enumerate(rule.get('interface', ())):
        name = entry.get('name') or entry['uuid']
        yield f'interface {name}', ((lambda r, at=at: without_interface(r, at))
                                    if len(rule['interface']) + len(rule['services']) > 2 else None)
        for opnum in entry.get('opnums', ()):
            yield f'{name} opnum {opnum}', (
                lambda r, at=at, opnum=opnum: without_opnum(r['interface'][at], opnum))
    for key in ('classes', 'static-ports'):
        for at, each in enumerate(rule.get(key, ())):
            yield f'{key} {each}', lambda r, key=key, at=at: r[key].pop(at)
    if len(rule['services']) > 1:
        for at, each in enumerate(rule['services']):
            if each != 'rpc':
                yield f'service {each}', lambda r, at=at: r['services'].pop(at)


def nothing(rule):
    return {'name': 'nothing', 'action': 'deny',
            **{key: rule[key] for key in ('clients', 'outer', 'to') if key in rule}}


def one_less(config):
    """(name, text) of each configuration that grants one thing less."""
    for kind, at in rules_of(config):
        if config[kind][at].get('action') == 'deny':
            continue
        for what, take in grants_of(config[kind][at]):
            less = copy.deepcopy(config)
            if take is None:
                del less[kind][at]
            else:
                take(less[kind][at])
            # Who has no rule left is named, or what is refused would not be told.
            less[kind].append(nothing(config[kind][at]))
            yield f'{config[kind][at]["name"]}: {what}', written(less)
