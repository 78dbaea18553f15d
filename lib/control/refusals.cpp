// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/refusals.hpp"

namespace rpcgate::control {
namespace {

using event::Action;
using event::Kind;

// What refuses something, or ends a connection; a pinhole that ends and an amnesty have a reason,
// too, and refuse nothing.
bool is_refusal(const event::Event& event) noexcept {
  return event.reason != stats::Reason::none &&
         (event.action != Action::passed || event.kind == Kind::connection_reset);
}

}  // namespace

bool Refusals::is_told_already(const event::Event& event) {
  if (event.flow == 0) return false;
  if (event.kind == Kind::connection_reset) return cut_for_it_.erase(event.flow) != 0;
  if (event.action == Action::rpc_error || event.kind == Kind::limit_reached) return false;
  if (cut_for_it_.size() >= limit) cut_for_it_.clear();  // their resets were lost
  cut_for_it_.insert(event.flow);
  return false;
}

void Refusals::record(const event::Event& event) {
  if (!is_refusal(event) || is_told_already(event)) return;
  Key key;
  key.rule = event.rule;
  key.has_interface = event.has_interface;
  key.reason = event.reason;
  if (event.has_interface) {
    key.uuid = event.interface.uuid;
    key.version = event.interface.major;
  }
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (by_key_.size() >= limit) {
      ++left_out_;
      return;
    }
    found = by_key_.emplace(key, Count{}).first;
  }
  ++found->second.count;
  found->second.last = event.time;
}

}  // namespace rpcgate::control
