// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The closed sets of words that a configuration is written in. policy/types.hpp gives them to the
// planes under its own name; they stand here because reading a file needs no policy.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rpcgate::config {

enum class Action : std::uint8_t { allow, deny, learn };
enum class Mode : std::uint8_t { nat, routed };
enum class Refuse : std::uint8_t { rpc_error, reset, drop };
enum class Zone : std::uint8_t { outer, inner };
enum class Idle : std::uint8_t { sleep, poll };
enum class PackUse : std::uint8_t { grant, deny };  // what a pack lists: grants, or a technique

enum class Weekday : std::uint8_t { sun, mon, tue, wed, thu, fri, sat };

// How a caller proves who it is.
enum class Mechanism : std::uint8_t { kerberos, ntlm, netlogon };

// ept_lookup, which lists what a server has registered.
enum class MapperLookup : std::uint8_t { refuse, by_interface };
// Calls to the endpoint mapper that are signed: they can be read, but not edited.
enum class MapperAuthentication : std::uint8_t { read, refuse };

// How a client may be told of new mail by datagrams; by which right they pass.
enum class Notifications : std::uint8_t { registered, window, session, ports, off };
enum class Referrals : std::uint8_t { allow, refuse };  // to other address book servers

// Protection of a call: the numbers of MS-RPCE 2.2.1.1.8 (CALL, 3, is taken as PACKET).
enum class Protection : std::uint8_t {
  none = 1,
  connect = 2,
  packet = 4,
  integrity = 5,
  privacy = 6
};

std::string_view name_of(Action word) noexcept;
std::string_view name_of(Mode word) noexcept;
std::string_view name_of(Refuse word) noexcept;
std::string_view name_of(Zone word) noexcept;
std::string_view name_of(Idle word) noexcept;
std::string_view name_of(PackUse word) noexcept;
std::string_view name_of(Notifications word) noexcept;
std::string_view name_of(Referrals word) noexcept;
std::string_view name_of(Protection word) noexcept;
std::string_view name_of(Weekday word) noexcept;
std::string_view name_of(Mechanism word) noexcept;
std::string_view name_of(MapperLookup word) noexcept;
std::string_view name_of(MapperAuthentication word) noexcept;

// Every word of a set, in the order they are told to people.
template <class Word>
inline constexpr std::array<Word, 0> all_words{};
template <>
inline constexpr std::array all_words<Action>{Action::allow, Action::deny, Action::learn};
template <>
inline constexpr std::array all_words<Mode>{Mode::nat, Mode::routed};
template <>
inline constexpr std::array all_words<Refuse>{Refuse::rpc_error, Refuse::reset, Refuse::drop};
template <>
inline constexpr std::array all_words<Zone>{Zone::outer, Zone::inner};
template <>
inline constexpr std::array all_words<Idle>{Idle::sleep, Idle::poll};
template <>
inline constexpr std::array all_words<PackUse>{PackUse::grant, PackUse::deny};
template <>
inline constexpr std::array all_words<Notifications>{Notifications::registered,
                                                     Notifications::window, Notifications::session,
                                                     Notifications::ports, Notifications::off};
template <>
inline constexpr std::array all_words<Referrals>{Referrals::allow, Referrals::refuse};
template <>
inline constexpr std::array all_words<Protection>{Protection::none, Protection::connect,
                                                  Protection::packet, Protection::integrity,
                                                  Protection::privacy};
template <>
inline constexpr std::array all_words<Weekday>{Weekday::mon, Weekday::tue, Weekday::wed,
                                               Weekday::thu, Weekday::fri, Weekday::sat,
                                               Weekday::sun};
template <>
inline constexpr std::array all_words<Mechanism>{Mechanism::kerberos, Mechanism::ntlm,
                                                 Mechanism::netlogon};
template <>
inline constexpr std::array all_words<MapperLookup>{MapperLookup::refuse,
                                                    MapperLookup::by_interface};
template <>
inline constexpr std::array all_words<MapperAuthentication>{MapperAuthentication::read,
                                                            MapperAuthentication::refuse};

}  // namespace rpcgate::config
