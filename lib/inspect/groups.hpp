// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Which association groups each server gave to which client. A bind that joins a group shares its
// context handles (C706 9.3.2, MS-RPCE 3.3.1.5.6), and group ids are 16 bits, so a client may only
// name one it was given. One table a worker: all that a client does is on one worker. Memory is
// taken at construction; the entry longest unused makes room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/clock.hpp"
#include "wire/address.hpp"

namespace rpcgate::inspect {

class AssociationGroups {
 public:
  static constexpr std::size_t default_entries = 16384;
  static constexpr Duration default_life = std::chrono::hours{1};  // after the last use

  explicit AssociationGroups(std::size_t entries = default_entries, Duration life = default_life);

  // The server put a connection of this client into the group, or it is still there.
  void give(const wire::IpAddress& client, const wire::IpAddress& server, std::uint32_t group,
            Instant now) noexcept;

  // May this client name the group to this server?
  bool knows(const wire::IpAddress& client, const wire::IpAddress& server, std::uint32_t group,
             Instant now) const noexcept;

  // After a restart that lost the table: until then unknown groups pass, and an event says so.
  void set_amnesty_until(Instant until) noexcept { amnesty_until_ = until; }
  bool amnesty(Instant now) const noexcept { return now < amnesty_until_; }

 private:
  static constexpr std::size_t ways = 4;
  struct Entry {
    wire::IpAddress client;
    wire::IpAddress server;
    std::uint32_t group = 0;  // 0: free
    Instant used{};
  };
  std::size_t set_of(const wire::IpAddress& client, const wire::IpAddress& server,
                     std::uint32_t group) const noexcept;

  const std::size_t size_;
  std::unique_ptr<Entry[]> entries_;
  const std::size_t set_mask_;
  Duration life_;
  Instant amnesty_until_{};
};

}  // namespace rpcgate::inspect
