// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "route/neighbour_table.hpp"

#include <bit>
#include <cstring>

namespace rpcgate::route {

struct NeighbourTable::Key {
  Key(PortIndex p, const wire::IpAddress& address) noexcept : port(p) {
    std::memcpy(&high, address.octets().data(), 8);
    std::memcpy(&low, address.octets().data() + 8, 8);
  }
  std::uint64_t high;
  std::uint64_t low;
  PortIndex port;
};

namespace {
constexpr std::uint64_t used_bit = std::uint64_t{1} << 16;

std::uint64_t info_word(PortIndex port, NeighbourState state, bool used) noexcept {
  return std::uint64_t{port} | (static_cast<std::uint64_t>(state) << 8) | (used ? used_bit : 0);
}
}  // namespace

NeighbourTable::NeighbourTable(std::size_t at_least)
    : mask_(std::bit_ceil(std::max(at_least, window)) - 1),
      slots_(std::make_unique<Slot[]>(mask_ + 1)) {}

std::size_t NeighbourTable::first_slot(const Key& key) const noexcept {
  std::uint64_t hash = key.high ^ (key.low * 0x9e3779b97f4a7c15U) ^ key.port;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93U;
  hash ^= hash >> 32;
  return static_cast<std::size_t>(hash) & mask_;
}

// The words are loaded with acquire, each paired with write()'s release store: who sees a word of a
// newer write sees the odd sequence that came before it, so the second load of the sequence
// differs.
Neighbour NeighbourTable::lookup(PortIndex port, const wire::IpAddress& address) const noexcept {
  const Key key{port, address};
  const std::size_t first = first_slot(key);
  for (std::size_t i = 0; i < window; ++i) {
    const Slot& slot = slots_[(first + i) & mask_];
    // Bounded: a writer that was preempted inside a slot must not stall a worker. It then finds
    // nothing, asks, and the packet waits as for any miss.
    for (unsigned attempt = 0; attempt < 64; ++attempt) {
      const std::uint32_t before = slot.sequence.load(std::memory_order_acquire);
      if (before == 0) return {};  // never used: nothing lies behind it either
      if ((before & 1) != 0) continue;
      const std::uint64_t high = slot.words[0].load(std::memory_order_acquire);
      const std::uint64_t low = slot.words[1].load(std::memory_order_acquire);
      const std::uint64_t info = slot.words[2].load(std::memory_order_acquire);
      const std::uint64_t mac = slot.words[3].load(std::memory_order_acquire);
      if (slot.sequence.load(std::memory_order_relaxed) != before) continue;
      if (high != key.high || low != key.low || (info & 255) != port || (info & used_bit) == 0)
        break;
      Neighbour found;
      std::memcpy(found.mac.octets.data(), &mac, found.mac.octets.size());
      found.state = static_cast<NeighbourState>((info >> 8) & 255);
      return found;
    }
  }
  return {};
}

NeighbourTable::Slot* NeighbourTable::find(const Key& key, Slot** free_slot) noexcept {
  const std::size_t first = first_slot(key);
  for (std::size_t i = 0; i < window; ++i) {
    Slot& slot = slots_[(first + i) & mask_];  // the only writer reads as it likes
    const std::uint64_t info = slot.words[2].load(std::memory_order_relaxed);
    if ((info & used_bit) == 0) {
      if (free_slot != nullptr && *free_slot == nullptr) *free_slot = &slot;
      if (slot.sequence.load(std::memory_order_relaxed) == 0) return nullptr;
    } else if (slot.words[0].load(std::memory_order_relaxed) == key.high &&
               slot.words[1].load(std::memory_order_relaxed) == key.low &&
               (info & 255) == key.port) {
      return &slot;
    }
  }
  return nullptr;
}

void NeighbourTable::write(Slot& slot, const Key& key, const Neighbour& neighbour,
                           bool used) noexcept {
  std::uint64_t mac = 0;
  std::memcpy(&mac, neighbour.mac.octets.data(), neighbour.mac.octets.size());
  std::uint32_t sequence = slot.sequence.load(std::memory_order_relaxed);
  slot.sequence.store(sequence + 1,
                      std::memory_order_relaxed);  // odd; published by the next stores
  slot.words[0].store(key.high, std::memory_order_release);
  slot.words[1].store(key.low, std::memory_order_release);
  slot.words[2].store(info_word(key.port, neighbour.state, used), std::memory_order_release);
  slot.words[3].store(mac, std::memory_order_release);
  sequence += 2;
  if (sequence == 0) sequence = 2;  // 0 means "never used"
  slot.sequence.store(sequence, std::memory_order_release);
  const std::uint32_t version = version_.load(std::memory_order_relaxed) + 1;
  version_.store(version == 0 ? 1 : version, std::memory_order_release);
}

bool NeighbourTable::set(PortIndex port, const wire::IpAddress& address,
                         const Neighbour& neighbour) noexcept {
  const Key key{port, address};
  Slot* free_slot = nullptr;
  Slot* slot = find(key, &free_slot);
  if (slot == nullptr) slot = free_slot;
  if (slot == nullptr) return false;
  write(*slot, key, neighbour, true);
  return true;
}

void NeighbourTable::remove(PortIndex port, const wire::IpAddress& address) noexcept {
  const Key key{port, address};
  if (Slot* slot = find(key, nullptr)) write(*slot, key, {}, false);
}

void NeighbourTable::clear() noexcept {
  for (std::size_t i = 0; i <= mask_; ++i) {
    Slot& slot = slots_[i];
    if ((slot.words[2].load(std::memory_order_relaxed) & used_bit) != 0)
      write(slot, Key{0, {}}, {}, false);
  }
}

}  // namespace rpcgate::route
