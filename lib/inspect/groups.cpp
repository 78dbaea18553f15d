// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "inspect/groups.hpp"

#include <algorithm>
#include <bit>

namespace rpcgate::inspect {

AssociationGroups::AssociationGroups(std::size_t entries, Duration life)
    : size_(std::bit_ceil(std::max(entries, ways))),
      entries_(std::make_unique<Entry[]>(size_)),  // lint: at start
      set_mask_(size_ / ways - 1),
      life_(life) {}

std::size_t AssociationGroups::set_of(const wire::IpAddress& client, const wire::IpAddress& server,
                                      std::uint32_t group) const noexcept {
  std::uint64_t hash = 0xcbf29ce484222325u ^ group;
  const auto mix = [&hash](const wire::IpAddress& address) {
    for (const std::uint8_t octet : address.octets()) hash = (hash ^ octet) * 0x100000001b3u;
  };
  mix(client);
  mix(server);
  hash ^= hash >> 29;
  return (static_cast<std::size_t>(hash) & set_mask_) * ways;
}

void AssociationGroups::give(const wire::IpAddress& client, const wire::IpAddress& server,
                             std::uint32_t group, Instant now) noexcept {
  if (group == 0) return;
  const std::size_t first = set_of(client, server, group);
  Entry* oldest = &entries_[first];
  for (std::size_t i = first; i < first + ways; ++i) {
    Entry& entry = entries_[i];
    if (entry.group == group && entry.client == client && entry.server == server) {
      entry.used = std::max(entry.used, now);
      return;
    }
    if (oldest->group != 0 && (entry.group == 0 || entry.used < oldest->used)) oldest = &entry;
  }
  *oldest = Entry{client, server, group, now};
}

bool AssociationGroups::knows(const wire::IpAddress& client, const wire::IpAddress& server,
                              std::uint32_t group, Instant now) const noexcept {
  const std::size_t first = set_of(client, server, group);
  for (std::size_t i = first; i < first + ways; ++i) {
    const Entry& entry = entries_[i];
    if (entry.group == group && entry.client == client && entry.server == server)
      return group != 0 && now - entry.used <= life_;
  }
  return false;
}

}  // namespace rpcgate::inspect
