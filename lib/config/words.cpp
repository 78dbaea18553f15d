// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "config/words.hpp"

namespace rpcgate::config {

std::string_view name_of(Action word) noexcept {
  switch (word) {
    case Action::allow:
      return "allow";
    case Action::learn:
      return "learn";
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

std::string_view name_of(Weekday word) noexcept {
  switch (word) {
    case Weekday::sun:
      return "sun";
    case Weekday::mon:
      return "mon";
    case Weekday::tue:
      return "tue";
    case Weekday::wed:
      return "wed";
    case Weekday::thu:
      return "thu";
    case Weekday::fri:
      return "fri";
    case Weekday::sat:
      return "sat";
  }
  return "?";
}

std::string_view name_of(Mechanism word) noexcept {
  switch (word) {
    case Mechanism::kerberos:
      return "kerberos";
    case Mechanism::ntlm:
      return "ntlm";
    case Mechanism::netlogon:
      return "netlogon";
  }
  return "?";
}

std::string_view name_of(MapperLookup word) noexcept {
  switch (word) {
    case MapperLookup::refuse:
      return "refuse";
    case MapperLookup::by_interface:
      return "by-interface";
  }
  return "?";
}

std::string_view name_of(MapperAuthentication word) noexcept {
  switch (word) {
    case MapperAuthentication::read:
      return "read";
    case MapperAuthentication::refuse:
      return "refuse";
  }
  return "?";
}

}  // namespace rpcgate::config
