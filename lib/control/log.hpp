// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The daemon's log, to standard error (the journal keeps it). Control core only, synchronous: no
// thread of its own that could land on a worker's core. log.cpp is the one file that knows spdlog.
#pragma once

#include <string>

namespace rpcgate::control::log {

void start();  // once, before anything is told

void debug(const std::string& what);
void info(const std::string& what);
void warning(const std::string& what);
void error(const std::string& what);

}  // namespace rpcgate::control::log
