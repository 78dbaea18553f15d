// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The events of all workers: written as JSON lines, the latest kept for `show events` and of each
// client, and summed up by rule, by RPC interface and by refusal. Control core. A reader of the
// lines that does not keep up (a pipe) loses lines, which are counted; it never holds the control
// core up.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "control/client_events.hpp"
#include "control/file_descriptor.hpp"
#include "control/refusals.hpp"
#include "event/event.hpp"
#include "learn/uses.hpp"

namespace rpcgate::control {

#define RPCGATE_EVENT(name, help) +1
inline constexpr std::size_t event_kinds = 0
#include "event/events.def"
    ;
#undef RPCGATE_EVENT

// What became of one rule, or of one interface.
struct Tally {
  std::array<std::uint64_t, event_kinds> by_kind{};
  stats::Reason last_reason = stats::Reason::none;
  Instant last{};
  std::uint64_t of(event::Kind kind) const noexcept {
    return by_kind[static_cast<std::size_t>(kind)];
  }
  void add(const event::Event& event) noexcept;
};

class EventLog {
 public:
  static constexpr std::size_t kept = 4096;
  // Who asks for random UUIDs must not fill our memory.
  static constexpr std::size_t interface_limit = 4096;

  // A path (appended to), or "-" for standard output.
  static Result<std::unique_ptr<EventLog>> open(const std::string& destination);

  void record(const event::Event& event, std::string_view rule_name);
  void flush() noexcept;
  // Opens the file anew, for log rotation.
  Result<void> reopen();

  const std::deque<EventRecord>& latest() const noexcept { return latest_; }
  const ClientEvents& by_client() const noexcept { return by_client_; }
  const Refusals& refusals() const noexcept { return refusals_; }
  const learn::Uses& uses() const noexcept { return uses_; }
  const std::map<std::uint32_t, Tally>& by_rule() const noexcept { return by_rule_; }
  const std::map<dcerpc::InterfaceKey, Tally>& by_interface() const noexcept {
    return by_interface_;
  }
  std::uint64_t recorded() const noexcept { return recorded_; }
  std::uint64_t lines_lost() const noexcept { return lines_lost_; }

 private:
  explicit EventLog(std::string destination) : destination_(std::move(destination)) {}
  std::string destination_;
  FileDescriptor file_;
  std::string pending_;
  std::deque<EventRecord> latest_;
  ClientEvents by_client_;
  Refusals refusals_;
  learn::Uses uses_;
  std::map<std::uint32_t, Tally> by_rule_;
  std::map<dcerpc::InterfaceKey, Tally> by_interface_;
  std::uint64_t recorded_ = 0;
  std::uint64_t lines_lost_ = 0;
};

}  // namespace rpcgate::control
