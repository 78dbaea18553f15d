// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/words.hpp"

namespace rpcgate::config {

std::string_view name_of(Action word) noexcept {
  switch (word) {
    case Action::allow:
      return "allow";
    case Action::deny:
      return "deny";
  }
  return "?";
}

std::string_view name_of(Mode word) noexcept {
  switch (word) {
    case Mode::nat:
      return "nat";
    case Mode::routed:
      return "routed";
  }
  return "?";
}

std::string_view name_of(Refuse word) noexcept {
  switch (word) {
    case Refuse::rpc_error:
      return "rpc-error";
    case Refuse::reset:
      return "reset";
    case Refuse::drop:
      return "drop";
  }
  return "?";
}

std::string_view name_of(Zone word) noexcept {
  switch (word) {
    case Zone::outer:
      return "outer";
    case Zone::inner:
      return "inner";
  }
  return "?";
}

std::string_view name_of(Idle word) noexcept {
  switch (word) {
    case Idle::sleep:
      return "sleep";
    case Idle::poll:
      return "poll";
  }
  return "?";
}

std::string_view name_of(PackUse word) noexcept {
  switch (word) {
    case PackUse::grant:
      return "grant";
    case PackUse::deny:
      return "deny";
  }
  return "?";
}

std::string_view name_of(Notifications word) noexcept {
  switch (word) {
    case Notifications::registered:
      return "registered";
    case Notifications::window:
      return "window";
    case Notifications::session:
      return "session";
    case Notifications::ports:
      return "ports";
    case Notifications::off:
      return "off";
  }
  return "?";
}

std::string_view name_of(Referrals word) noexcept {
  switch (word) {
    case Referrals::allow:
      return "allow";
    case Referrals::refuse:
      return "refuse";
  }
  return "?";
}

std::string_view name_of(Protection word) noexcept {
  switch (word) {
    case Protection::none:
      return "none";
    case Protection::connect:
      return "connect";
    case Protection::packet:
      return "packet";
    case Protection::integrity:
      return "integrity";
    case Protection::privacy:
      return "privacy";
  }
  return "?";
}

}  // namespace rpcgate::config
