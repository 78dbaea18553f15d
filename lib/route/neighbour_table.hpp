// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Link addresses of neighbours: written by the control core alone, read by workers without a lock.
// A fixed number of slots, each under its own sequence number (odd while it is written).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "route/table.hpp"
#include "wire/mac_address.hpp"

namespace rpcgate::route {

enum class NeighbourState : std::uint8_t {
  unknown,    // nothing known: ask (interplane message to control), let the packet wait
  resolving,  // asked; no answer yet
  usable,     // reachable or permanent
  stale,      // use it, and tell control so that the kernel confirms it
  failed,     // nobody answered: drop, and tell control as for a miss, so that it is tried anew
};

struct Neighbour {
  wire::MacAddress mac;
  NeighbourState state = NeighbourState::unknown;
  bool has_mac() const noexcept {
    return state == NeighbourState::usable || state == NeighbourState::stale;
  }
};

class NeighbourTable {
 public:
  explicit NeighbourTable(std::size_t at_least = 8192);

  // Any thread.
  Neighbour lookup(PortIndex port, const wire::IpAddress& address) const noexcept;

  // Any thread. Another number after each change; what lookup() says afterwards is not older. Not
  // 0.
  std::uint32_t version() const noexcept { return version_.load(std::memory_order_acquire); }

  // Control core only. False when the slots where it may lie are full.
  bool set(PortIndex port, const wire::IpAddress& address, const Neighbour& neighbour) noexcept;
  void remove(PortIndex port, const wire::IpAddress& address) noexcept;
  void clear() noexcept;

 private:
  static constexpr std::size_t window = 16;  // slots looked at from the hashed one on
  struct alignas(64) Slot {
    std::atomic<std::uint32_t> sequence{0};
    // address (2 words); port | state << 8 | used << 16; mac
    std::array<std::atomic<std::uint64_t>, 4> words{};
  };
  struct Key;
  std::size_t first_slot(const Key& key) const noexcept;
  void write(Slot& slot, const Key& key, const Neighbour& neighbour, bool used) noexcept;
  Slot* find(const Key& key, Slot** free_slot) noexcept;
  std::size_t mask_;
  std::atomic<std::uint32_t> version_{1};
  std::unique_ptr<Slot[]> slots_;
};

}  // namespace rpcgate::route
