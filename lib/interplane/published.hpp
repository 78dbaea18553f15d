// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The immutable tables the control core publishes and workers read. A worker loads each pointer
// once a turn and keeps nothing of it beyond the turn; the control core frees the old table only
// after every worker was quiescent (interplane/quiescence.hpp). Owns nothing.
#pragma once

#include <atomic>
#include <vector>

#include "policy/snapshot.hpp"
#include "route/neighbour_table.hpp"
#include "route/steering.hpp"
#include "route/table.hpp"

namespace rpcgate::interplane {

// What is the kernel's among the frames of each port, by PortIndex.
struct SteeringTables {
  std::vector<route::Steering> ports;
};

class Published {
 public:
  // Control core. The release store pairs with the worker's acquire load: who sees the pointer sees
  // the whole table. Returns what was published before, to be freed after a quiescent state.
  const policy::Snapshot* publish(const policy::Snapshot* snapshot) noexcept {
    return changed(policy_.exchange(snapshot, std::memory_order_acq_rel));
  }
  const route::Table* publish(const route::Table* table) noexcept {
    return changed(routes_.exchange(table, std::memory_order_acq_rel));
  }
  const SteeringTables* publish(const SteeringTables* tables) noexcept {
    return changed(steering_.exchange(tables, std::memory_order_acq_rel));
  }
  // Once, before workers start: the table is written in place (route/neighbour_table.hpp).
  void publish(const route::NeighbourTable* table) noexcept {
    neighbours_.store(table, std::memory_order_release);
  }

  // Workers, once a turn, before the tables: another number whenever one of them is another (of
  // pointers alone that cannot be told: memory is used again). Never 0.
  std::uint32_t changes() const noexcept { return changes_.load(std::memory_order_acquire); }

  // Workers, once a turn. Null until the first is published.
  const policy::Snapshot* policy() const noexcept {
    return policy_.load(std::memory_order_acquire);
  }
  const route::Table* routes() const noexcept { return routes_.load(std::memory_order_acquire); }
  const route::NeighbourTable* neighbours() const noexcept {
    return neighbours_.load(std::memory_order_acquire);
  }
  const SteeringTables* steering() const noexcept {
    return steering_.load(std::memory_order_acquire);
  }

 private:
  template <class T>
  T changed(T before) noexcept {
    std::uint32_t next = changes_.load(std::memory_order_relaxed) + 1;
    if (next == 0) next = 1;
    changes_.store(next, std::memory_order_release);
    return before;
  }
  std::atomic<std::uint32_t> changes_{1};
  std::atomic<const policy::Snapshot*> policy_{nullptr};
  std::atomic<const route::Table*> routes_{nullptr};
  std::atomic<const route::NeighbourTable*> neighbours_{nullptr};
  std::atomic<const SteeringTables*> steering_{nullptr};
};

}  // namespace rpcgate::interplane
