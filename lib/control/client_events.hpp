// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The latest events of each client, for `explain`. Bounded: so many of one client, so many clients,
// so many in all; the client longest not heard of makes room. Control core.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <string>

#include "event/event.hpp"

namespace rpcgate::control {

struct EventRecord {
  event::Event event;
  std::string rule_name;  // as it was then
};

class ClientEvents {
 public:
  struct Bounds {
    std::size_t of_one = 256;
    std::size_t clients = 4096;
    std::size_t in_all = 65536;  // some 25 MiB
  };
  struct History {
    wire::IpAddress client;
    std::deque<EventRecord> events;  // oldest first
    std::uint64_t older = 0;         // that are forgotten
  };

  ClientEvents() noexcept = default;
  explicit ClientEvents(Bounds bounds) noexcept : bounds_(bounds) {}

  void record(const event::Event& event, const std::string& rule_name);
  // Null: nothing is known of it.
  const History* find(const wire::IpAddress& client) const;
  std::size_t clients() const noexcept { return by_client_.size(); }
  std::size_t events() const noexcept { return count_; }
  const Bounds& bounds() const noexcept { return bounds_; }

 private:
  History& history_of(const wire::IpAddress& client);
  void forget_longest_silent();

  Bounds bounds_{};
  std::list<History> by_time_;  // the client heard of last in front
  std::map<wire::IpAddress, std::list<History>::iterator> by_client_;
  std::size_t count_ = 0;
};

}  // namespace rpcgate::control
