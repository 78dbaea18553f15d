#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""embed.py OUT NAME=FILE...: the files' bytes as C++ arrays, to be part of the program."""
import sys

with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write('#include "xdp/objects.hpp"\nnamespace rpcgate::xdp {\nnamespace {\n')
    names = []
    for argument in sys.argv[2:]:
        name, path = argument.split("=", 1)
        names.append(name)
        with open(path, "rb") as file:
            data = file.read()
        out.write(f"alignas(8) constexpr unsigned char {name}_bytes[] = {{\n")
        for i in range(0, len(data), 24):
            out.write(",".join(str(b) for b in data[i:i + 24]) + ",\n")
        out.write("};\n")
    out.write("}  // namespace\n")
    for name in names:
        out.write(f"Bytes {name}() noexcept {{\n"
                  f"  return as_bytes({name}_bytes, sizeof {name}_bytes);\n}}\n")
    out.write("}  // namespace rpcgate::xdp\n")
