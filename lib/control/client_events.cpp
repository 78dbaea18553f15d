// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/client_events.hpp"

namespace rpcgate::control {

ClientEvents::History& ClientEvents::history_of(const wire::IpAddress& client) {
  const auto found = by_client_.find(client);
  if (found != by_client_.end()) {
    by_time_.splice(by_time_.begin(), by_time_, found->second);
    return by_time_.front();
  }
  if (by_client_.size() >= bounds_.clients) forget_longest_silent();
  by_time_.emplace_front().client = client;
  by_client_.emplace(client, by_time_.begin());
  return by_time_.front();
}

void ClientEvents::forget_longest_silent() {
  count_ -= by_time_.back().events.size();
  by_client_.erase(by_time_.back().client);
  by_time_.pop_back();
}

void ClientEvents::record(const event::Event& event, const std::string& rule_name) {
  if (event.client.is_unspecified()) return;  // of the gateway itself
  History& history = history_of(event.client);
  history.events.push_back({event, rule_name});
  ++count_;
  if (history.events.size() > bounds_.of_one) {
    history.events.pop_front();
    ++history.older;
    --count_;
  }
  while (count_ > bounds_.in_all && by_client_.size() > 1) forget_longest_silent();
}

const ClientEvents::History* ClientEvents::find(const wire::IpAddress& client) const {
  const auto found = by_client_.find(client);
  return found == by_client_.end() ? nullptr : &*found->second;
}

}  // namespace rpcgate::control
