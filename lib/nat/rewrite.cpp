// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "nat/rewrite.hpp"

#include <cstring>

#include "base/check.hpp"
#include "wire/be.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::nat {
namespace {

using flow::Direction;
using flow::FlowKey;

constexpr std::size_t source_port_at = 0, destination_port_at = 2;
constexpr std::size_t tcp_checksum_at = 16, udp_checksum_at = 6;
constexpr std::uint8_t udp = static_cast<std::uint8_t>(wire::Protocol::udp);
constexpr std::uint8_t tcp = static_cast<std::uint8_t>(wire::Protocol::tcp);

std::uint16_t load_raw(const std::byte* at) noexcept {
  std::uint16_t raw;
  std::memcpy(&raw, at, 2);
  return raw;
}
void store_raw(std::byte* at, std::uint16_t raw) noexcept {
  std::memcpy(at, &raw, 2);
}
std::uint16_t raw_port(wire::L4Port port) noexcept {
  return wire::Be16::from_host(port).raw();
}
std::uint8_t version_of(const std::byte* l3) noexcept {
  return std::to_integer<std::uint8_t>(*l3) >> 4;
}

// An address as it stands in a header of its family.
Bytes octets_of(const wire::IpAddress& address) noexcept {
  return address.is_v4() ? as_bytes(address.v4_octets(), 4) : as_bytes(address.octets().data(), 16);
}

// Where addresses stand in an IP header of either version (RFC 791 3.1, RFC 8200 3).
struct Layout {
  std::size_t source, destination, address_size;
};
constexpr Layout layout_of(bool v4) noexcept {
  return v4 ? Layout{12, 16, 4} : Layout{8, 24, 16};
}

flow::Rewrite rewrite_between(const FlowKey& from, const FlowKey& to) noexcept {
  wire::ChecksumDelta l3;
  wire::ChecksumDelta l4;
  l3.replace(octets_of(from.source), octets_of(to.source));
  l3.replace(octets_of(from.destination), octets_of(to.destination));
  l4 = l3;  // the pseudo header
  l4.replace(raw_port(from.source_port), raw_port(to.source_port));
  l4.replace(raw_port(from.destination_port), raw_port(to.destination_port));
  return {l3.value(), l4.value()};
}

void apply_delta(std::byte* field, std::uint16_t delta) noexcept {
  store_raw(field, wire::ChecksumDelta::from_value(delta).applied_to(load_raw(field)));
}

// RFC 768: zero means that there is none, and a computed zero is sent as all ones.
void apply_udp_delta(std::byte* field, std::uint16_t delta) noexcept {
  const std::uint16_t before = load_raw(field);
  if (before == 0) return;
  const std::uint16_t after = wire::ChecksumDelta::from_value(delta).applied_to(before);
  store_raw(field, after == 0 ? std::uint16_t{0xffff} : after);
}

}  // namespace

void prepare(flow::FlowImage& image) noexcept {
  RPCGATE_DCHECK(image.from_client.source.is_v4() == image.from_server.source.is_v4());
  const FlowKey leaves = flow::reversed(image.from_server);
  image.unset(flow::FlowFlag::translated);
  if (leaves != image.from_client) image.set(flow::FlowFlag::translated);
  image.rewrite = rewrite_between(image.from_client, leaves);
}

namespace {
// `answers`: the key of the other direction, which is this packet's as it leaves, the other way
// round.
void rewrite(const FlowKey& answers, std::uint16_t l3_delta, std::uint16_t l4_delta, std::byte* l3,
             std::byte* l4) noexcept {
  const bool v4 = version_of(l3) == 4;
  const Layout layout = layout_of(v4);
  std::memcpy(l3 + layout.source, octets_of(answers.destination).data(), layout.address_size);
  std::memcpy(l3 + layout.destination, octets_of(answers.source).data(), layout.address_size);
  store_raw(l4 + source_port_at, raw_port(answers.destination_port));
  store_raw(l4 + destination_port_at, raw_port(answers.source_port));
  if (v4) apply_delta(l3 + 10, l3_delta);
  if (answers.protocol == tcp)
    apply_delta(l4 + tcp_checksum_at, l4_delta);
  else if (answers.protocol == udp)
    apply_udp_delta(l4 + udp_checksum_at, l4_delta);
}
}  // namespace

void apply(const flow::Flow& flow, Direction d, std::byte* l3, std::byte* l4) noexcept {
  if (flow.has(flow::FlowFlag::translated))
    rewrite(flow.key(flow::opposite(d)), flow->rewrite.l3(d), flow->rewrite.l4(d), l3, l4);
}

void apply(const flow::FlowImage& flow, Direction d, std::byte* l3, std::byte* l4) noexcept {
  if (flow.has(flow::FlowFlag::translated))
    rewrite(flow.key(flow::opposite(d)), flow.rewrite.l3(d), flow.rewrite.l4(d), l3, l4);
}

namespace {

// The parts of an ICMP error, found and bounded.
struct ErrorParts {
  bool v4 = false;
  std::byte* outer = nullptr;  // IP header
  std::byte* icmp = nullptr;
  std::byte* quote = nullptr;  // the quoted IP header
  std::byte* quote_l4 = nullptr;
  std::size_t quote_l4_size = 0;  // bytes of it that are there
  std::uint8_t quoted_protocol = 0;
};

// The size of the IP header at the beginning of `packet`; 0: too short, or followed by something
// else than the headers we know.
std::size_t header_size(Bytes packet, std::uint8_t& protocol) noexcept {
  if (packet.empty()) return 0;
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint8_t>(packet[i]); };
  if (at(0) >> 4 == 4) {
    const std::size_t size = (at(0) & 15u) * 4u;
    if (size < 20 || packet.size() < size) return 0;
    protocol = at(9);
    return size;
  }
  if (at(0) >> 4 != 6 || packet.size() < 40) return 0;
  protocol = at(6);
  return 40;
}

bool is_error(bool v4, std::uint8_t type) noexcept {
  // RFC 792: unreachable, time exceeded, parameter problem. RFC 4443 2.1: 1 to 4 of the errors.
  return v4 ? type == 3 || type == 11 || type == 12 : type >= 1 && type <= 4;
}

bool find_parts(MutableBytes packet, ErrorParts& parts) noexcept {
  std::uint8_t protocol = 0;
  const std::size_t outer_size = header_size(packet, protocol);
  if (outer_size == 0 || packet.size() < outer_size + 8) return false;
  parts.outer = packet.data();
  parts.v4 = version_of(parts.outer) == 4;
  const auto icmp = parts.v4 ? wire::Protocol::icmp : wire::Protocol::icmpv6;
  if (protocol != static_cast<std::uint8_t>(icmp)) return false;
  parts.icmp = parts.outer + outer_size;
  if (!is_error(parts.v4, std::to_integer<std::uint8_t>(*parts.icmp))) return false;
  const MutableBytes quote = packet.subspan(outer_size + 8);
  const std::size_t quote_size = header_size(quote, parts.quoted_protocol);
  if (quote_size == 0 || quote.size() < quote_size + 4) return false;
  parts.quote = quote.data();
  if (version_of(parts.quote) != version_of(parts.outer)) return false;
  parts.quote_l4 = parts.quote + quote_size;
  parts.quote_l4_size = quote.size() - quote_size;
  return true;
}

bool same(const std::byte* at, Bytes octets) noexcept {
  return std::memcmp(at, octets.data(), octets.size()) == 0;
}

bool quotes(const ErrorParts& parts, const FlowKey& sent) noexcept {
  const Layout layout = layout_of(parts.v4);
  return parts.quoted_protocol == sent.protocol && sent.source.is_v4() == parts.v4 &&
         same(parts.quote + layout.source, octets_of(sent.source)) &&
         same(parts.quote + layout.destination, octets_of(sent.destination)) &&
         load_raw(parts.quote_l4 + source_port_at) == raw_port(sent.source_port) &&
         load_raw(parts.quote_l4 + destination_port_at) == raw_port(sent.destination_port);
}

// Replaces bytes that checksums cover; the checksums' changes are gathered in the deltas.
template <class... Delta>
void replace(std::byte* at, Bytes with, Delta&... deltas) noexcept {
  (deltas.replace(Bytes{at, with.size()}, with), ...);
  std::memcpy(at, with.data(), with.size());
}
template <class... Delta>
void replace(std::byte* at, std::uint16_t raw, Delta&... deltas) noexcept {
  (deltas.replace(load_raw(at), raw), ...);
  store_raw(at, raw);
}

}  // namespace

bool translate_error(const flow::Flow& flow, Direction quoted, MutableBytes packet) noexcept {
  ErrorParts parts;
  const FlowKey sent = leaving(flow, quoted);  // as the one who complains saw it
  const FlowKey original = flow.key(quoted);   // as its sender sent it
  if (!find_parts(packet, parts) || !quotes(parts, sent)) return false;
  if (!flow.has(flow::FlowFlag::translated)) return true;
  const Layout layout = layout_of(parts.v4);

  // The quoted packet. What the quote's own checksum fields change by is part of the ICMP checksum.
  wire::ChecksumDelta icmp;
  wire::ChecksumDelta quote_l3;
  wire::ChecksumDelta quote_l4;
  replace(parts.quote + layout.source, octets_of(original.source), icmp, quote_l3, quote_l4);
  replace(parts.quote + layout.destination, octets_of(original.destination), icmp, quote_l3,
          quote_l4);
  replace(parts.quote_l4 + source_port_at, raw_port(original.source_port), icmp, quote_l4);
  replace(parts.quote_l4 + destination_port_at, raw_port(original.destination_port), icmp,
          quote_l4);
  const auto adjust = [&icmp](std::byte* field, std::uint16_t delta, bool is_udp) {
    const std::uint16_t before = load_raw(field);
    is_udp ? apply_udp_delta(field, delta) : apply_delta(field, delta);
    icmp.replace(before, load_raw(field));
  };
  if (parts.v4) adjust(parts.quote + 10, quote_l3.value(), false);
  const bool is_udp = original.protocol == udp;
  const std::size_t l4_checksum_at = is_udp ? udp_checksum_at : tcp_checksum_at;
  if (parts.quote_l4_size >= l4_checksum_at + 2)
    adjust(parts.quote_l4 + l4_checksum_at, quote_l4.value(), is_udp);

  // The packet that carries it.
  wire::ChecksumDelta outer;
  replace(parts.outer + layout.destination, octets_of(original.source), outer);
  if (original.destination != sent.destination)
    replace(parts.outer + layout.source, octets_of(original.destination), outer);
  if (parts.v4) {
    apply_delta(parts.outer + 10, outer.value());
  } else {  // ICMPv6 has a pseudo header (RFC 4443 2.3)
    icmp.replace(0, outer.value());
  }
  apply_delta(parts.icmp + 2, icmp.value());
  return true;
}

}  // namespace rpcgate::nat
