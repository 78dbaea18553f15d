// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// What the commands share that show records of the workers, which are read by index while they
// change: the options of the request and the loop.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "control/arguments.hpp"
#include "control/core.hpp"
#include "control/reply.hpp"

namespace rpcgate::control {

inline std::int64_t whole_seconds(Duration duration) {
  return std::chrono::duration_cast<seconds>(duration).count();
}

// The tables of the first worker that runs; their arenas are those of all workers.
template <class Table>
const Table* first_table(Core& core, std::atomic<Table*> interplane::WorkerShared::*table) {
  for (unsigned w = 0; w < core.fabric().workers(); ++w)
    if (const Table* found = (core.fabric().worker(w).*table).load(std::memory_order_acquire))
      return found;
  return nullptr;
}

// A row of each of `count` records that the request wants. `read(i, record)`: false when there is
// none at i. `client_of(record)` is its client's address, `record.rule` its rule.
template <class Record, class Read, class Client, class Row>
Result<void> show_records(Core& core, const Arguments& arguments, Reply& reply, std::size_t count,
                          Read read, Client client_of, Row to_row) {
  const auto client = arguments.address("client");
  if (!client) return tl::unexpected(client.error());
  const auto limit = arguments.number("limit", 100'000);
  if (!limit) return tl::unexpected(limit.error());
  const std::string rule = arguments.text("rule");
  Record record;
  for (std::size_t i = 0; i < count; ++i) {
    if (!read(i, record)) continue;
    if (*client && client_of(record) != **client) continue;
    if (!rule.empty() && core.policy().rule_name(record.rule) != rule) continue;
    if (reply.rows() >= limit->value_or(1000)) {
      reply.note("there are more: --limit");
      break;
    }
    reply.row(to_row(record, i));
  }
  return {};
}

}  // namespace rpcgate::control
