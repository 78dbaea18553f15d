// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Refusals and resets by rule, interface and reason, summed up from events for `show refusals`.
// Bounded: who asks for random UUIDs must not fill our memory. Control core.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <unordered_set>

#include "event/event.hpp"

namespace rpcgate::control {

class Refusals {
 public:
  struct Key {
    std::uint32_t rule = 0;  // policy::RuleId, 0: none
    bool has_interface = false;
    dcerpc::Uuid uuid;
    std::uint16_t version = 0;  // major
    stats::Reason reason = stats::Reason::none;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Count {
    std::uint64_t count = 0;
    Instant last{};
  };
  static constexpr std::size_t limit = 16384;

  void record(const event::Event& event);
  const std::map<Key, Count>& by_key() const noexcept { return by_key_; }
  // Beyond the limit.
  std::uint64_t left_out() const noexcept { return left_out_; }

 private:
  bool is_told_already(const event::Event& event);

  std::map<Key, Count> by_key_;
  std::uint64_t left_out_ = 0;
  // Connections of which a refusal was told: the reset that carries it out is not another.
  std::unordered_set<std::uint64_t> cut_for_it_;
};

}  // namespace rpcgate::control
