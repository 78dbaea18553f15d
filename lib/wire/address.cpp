// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "wire/address.hpp"

#include <charconv>

#include <arpa/inet.h>

namespace rpcgate::wire {

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string copy{text};
  std::uint8_t octets[16];
  if (inet_pton(AF_INET, copy.c_str(), octets) == 1) return from_v4_octets(octets);
  if (inet_pton(AF_INET6, copy.c_str(), octets) == 1) return from_v6_octets(octets);
  return fail(ErrorCode::invalid, "'" + copy + "' is not an IPv4 or IPv6 address");
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN];
  if (is_v4()) return inet_ntop(AF_INET, v4_octets(), text, sizeof text);
  return inet_ntop(AF_INET6, octets_.data(), text, sizeof text);
}

Result<Prefix> Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return tl::unexpected(address.error());
  const bool v4 = address->is_v4();
  unsigned bits = v4 ? 32 : 128;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    unsigned given = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
    if (error != std::errc{} || end != digits.data() + digits.size() || given > bits)
      return fail(ErrorCode::invalid, "'" + std::string{text} + "' has no valid prefix length");
    bits = given;
  }
  const Prefix prefix{*address, static_cast<std::uint8_t>(v4 ? bits + 96 : bits)};
  for (unsigned i = prefix.bits_; i < 128; ++i)
    if ((prefix.address_.octets()[i / 8] >> (7 - i % 8)) & 1)
      return fail(ErrorCode::invalid,
                  "'" + std::string{text} + "' has address bits below its prefix length");
  return prefix;
}

std::string Prefix::to_string() const {
  const bool v4 = address_.is_v4() && bits_ >= 96;
  return address_.to_string() + "/" + std::to_string(v4 ? bits_ - 96 : bits_);
}

std::string to_string(const Endpoint& endpoint) {
  const std::string address = endpoint.address.to_string();
  return (endpoint.address.is_v4() ? address : "[" + address + "]") + ":" +
         std::to_string(endpoint.port);
}

}  // namespace rpcgate::wire
