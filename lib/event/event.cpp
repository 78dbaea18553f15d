// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "event/event.hpp"

#include <array>
#include <string>

namespace rpcgate::event {
namespace {

template <std::size_t N>
struct Dashed {
  std::array<char, N> text{};
  constexpr Dashed(const char (&name)[N]) noexcept {  // NOLINT: used in the table below
    for (std::size_t i = 0; i < N; ++i) text[i] = name[i] == '_' ? '-' : name[i];
  }
  constexpr std::string_view view() const noexcept { return {text.data(), N - 1}; }
};
template <Dashed name>
constexpr std::string_view dashed = name.view();

#define RPCGATE_EVENT(name, help) EventInfo{dashed<#name>, help},
constexpr EventInfo events[] = {
#include "event/events.def"
};

}  // namespace

std::span<const EventInfo> event_table() noexcept {
  return events;
}
std::string_view name_of(Kind kind) noexcept {
  return events[static_cast<std::size_t>(kind)].name;
}
std::string_view name_of(Action action) noexcept {
  switch (action) {
    case Action::passed:
      return "passed";
    case Action::rpc_error:
      return "rpc-error";
    case Action::reset:
      return "reset";
    case Action::dropped:
      return "dropped";
  }
  return "";
}

}  // namespace rpcgate::event
