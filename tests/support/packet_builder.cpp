// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "packet_builder.hpp"

#include <cstdio>
#include <cstdlib>

#include "wire/checksum.hpp"
#include "wire/reader.hpp"

namespace rpcgate::tests {
namespace {

void put8(FrameBytes& b, unsigned v) {
  b.push_back(std::byte{static_cast<std::uint8_t>(v)});
}
void put16(FrameBytes& b, unsigned v) {
  put8(b, v >> 8 & 0xff);
  put8(b, v & 0xff);
}
void put32(FrameBytes& b, std::uint32_t v) {
  put16(b, v >> 16);
  put16(b, v & 0xffff);
}
void put(FrameBytes& b, Bytes more) {
  b.insert(b.end(), more.begin(), more.end());
}
void put_address(FrameBytes& b, const wire::IpAddress& a) {
  if (a.is_v4())
    put(b, as_bytes(a.v4_octets(), 4));
  else
    put(b, as_bytes(a.octets().data(), 16));
}
void set_checksum(FrameBytes& b, std::size_t at, std::uint16_t memory_order) {
  std::memcpy(b.data() + at, &memory_order, 2);
}

}  // namespace

wire::IpAddress ip(std::string_view text) {
  auto parsed = wire::IpAddress::parse(text);
  if (!parsed) {
    std::fprintf(stderr, "not an address: %s\n", std::string(text).c_str());
    std::abort();
  }
  return *parsed;
}

FrameBytes bytes_of(std::string_view text) {
  const Bytes view = as_bytes(text.data(), text.size());
  return {view.begin(), view.end()};
}

PacketBuilder& PacketBuilder::ether(const wire::MacAddress& destination,
                                    const wire::MacAddress& source) {
  to_ = destination;
  from_ = source;
  return *this;
}
PacketBuilder& PacketBuilder::ether_type(std::uint16_t type) {
  ether_type_ = type;
  return *this;
}
PacketBuilder& PacketBuilder::ipv4(std::string_view source, std::string_view destination) {
  source_ = ip(source);
  destination_ = ip(destination);
  return *this;
}
PacketBuilder& PacketBuilder::ipv6(std::string_view source, std::string_view destination) {
  v6_ = true;
  return ipv4(source, destination);
}
PacketBuilder& PacketBuilder::ttl(std::uint8_t hops) {
  ttl_ = hops;
  return *this;
}
PacketBuilder& PacketBuilder::fragment(std::uint16_t flags_and_offset) {
  fragment_ = flags_and_offset;
  return *this;
}
PacketBuilder& PacketBuilder::ip_options(FrameBytes options) {
  ip_options_ = std::move(options);
  return *this;
}
PacketBuilder& PacketBuilder::protocol(std::uint8_t number) {
  protocol_ = number;
  return *this;
}
PacketBuilder& PacketBuilder::tcp(std::uint16_t source, std::uint16_t destination) {
  l4_ = L4::tcp;
  source_port_ = source;
  destination_port_ = destination;
  return *this;
}
PacketBuilder& PacketBuilder::syn() {
  return flags(2);
}
PacketBuilder& PacketBuilder::flags(std::uint8_t set) {
  flags_ = set;
  return *this;
}
PacketBuilder& PacketBuilder::seq(std::uint32_t sequence) {
  seq_ = sequence;
  return *this;
}
PacketBuilder& PacketBuilder::ack(std::uint32_t acknowledgement) {
  ack_ = acknowledgement;
  flags_ |= 0x10;
  return *this;
}
PacketBuilder& PacketBuilder::window(std::uint16_t size) {
  window_ = size;
  return *this;
}
PacketBuilder& PacketBuilder::tcp_options(FrameBytes options) {
  tcp_options_ = std::move(options);
  return *this;
}
PacketBuilder& PacketBuilder::udp(std::uint16_t source, std::uint16_t destination) {
  tcp(source, destination);
  l4_ = L4::udp;
  return *this;
}
PacketBuilder& PacketBuilder::icmp_error(std::uint8_t type, std::uint8_t code, Bytes quoted,
                                         std::uint32_t rest) {
  l4_ = L4::icmp;
  icmp_type_ = type;
  icmp_code_ = code;
  icmp_rest_ = rest;
  return payload(quoted);
}
PacketBuilder& PacketBuilder::icmp_echo() {
  return icmp_error(v6_ ? 128 : 8, 0, {}, 0x00010001);
}
PacketBuilder& PacketBuilder::payload(std::string_view text) {
  payload_ = bytes_of(text);
  return *this;
}
PacketBuilder& PacketBuilder::payload(Bytes bytes) {
  payload_.assign(bytes.begin(), bytes.end());
  return *this;
}
PacketBuilder& PacketBuilder::padding(std::size_t size) {
  padding_ = size;
  return *this;
}
PacketBuilder& PacketBuilder::wrong_ip_checksum() {
  wrong_ip_ = true;
  return *this;
}
PacketBuilder& PacketBuilder::wrong_l4_checksum() {
  wrong_l4_ = true;
  return *this;
}

FrameBytes PacketBuilder::l4(const wire::IpAddress& source,
                             const wire::IpAddress& destination) const {
  FrameBytes b;
  std::size_t checksum_at = 0;
  auto protocol = wire::Protocol::tcp;
  switch (l4_) {
    case L4::none:
      put(b, payload_);
      return b;
    case L4::tcp:
      put16(b, source_port_);
      put16(b, destination_port_);
      put32(b, seq_);
      put32(b, ack_);
      put8(b, static_cast<unsigned>((5 + tcp_options_.size() / 4) << 4));
      put8(b, flags_);
      put16(b, window_);
      put32(b, 0);
      put(b, tcp_options_);
      checksum_at = 16;
      break;
    case L4::udp:
      put16(b, source_port_);
      put16(b, destination_port_);
      put16(b, static_cast<unsigned>(8 + payload_.size()));
      put16(b, 0);
      checksum_at = 6;
      protocol = wire::Protocol::udp;
      break;
    case L4::icmp:
      put8(b, icmp_type_);
      put8(b, icmp_code_);
      put16(b, 0);
      put32(b, icmp_rest_);
      checksum_at = 2;
      protocol = v6_ ? wire::Protocol::icmpv6 : wire::Protocol::icmp;
      break;
  }
  put(b, payload_);
  wire::ChecksumSum sum;
  sum.add(b);
  if (protocol != wire::Protocol::icmp)
    wire::add_pseudo_header(sum, source, destination, protocol,
                            static_cast<std::uint32_t>(b.size()));
  set_checksum(b, checksum_at,
               static_cast<std::uint16_t>(sum.checksum() ^ (wrong_l4_ ? 0x5555 : 0)));
  return b;
}

FrameBytes PacketBuilder::bytes() const {
  const FrameBytes inner = l4(source_, destination_);
  unsigned number = 0;
  switch (l4_) {
    case L4::none:
      number = 59;
      break;
    case L4::tcp:
      number = 6;
      break;
    case L4::udp:
      number = 17;
      break;
    case L4::icmp:
      number = v6_ ? 58 : 1;
      break;
  }
  if (protocol_ >= 0) number = static_cast<unsigned>(protocol_);
  FrameBytes b;
  put(b, as_bytes(to_.octets.data(), 6));
  put(b, as_bytes(from_.octets.data(), 6));
  put16(b, ether_type_ != 0 ? ether_type_ : (v6_ ? 0x86dd : 0x0800));
  if (v6_) {
    put32(b, 0x60000000);
    put16(b, static_cast<unsigned>(inner.size()));
    put8(b, number);
    put8(b, ttl_);
    put_address(b, source_);
    put_address(b, destination_);
  } else {
    const std::size_t size = 20 + ip_options_.size();
    put8(b, static_cast<unsigned>(0x40 | size / 4));
    put8(b, 0);
    put16(b, static_cast<unsigned>(size + inner.size()));
    put16(b, 0x1234);
    put16(b, fragment_);
    put8(b, ttl_);
    put8(b, number);
    put16(b, 0);
    put_address(b, source_);
    put_address(b, destination_);
    put(b, ip_options_);
    wire::ChecksumSum sum;
    sum.add(Bytes{b}.subspan(14, size));
    set_checksum(b, 24, static_cast<std::uint16_t>(sum.checksum() ^ (wrong_ip_ ? 0x5555 : 0)));
  }
  put(b, inner);
  b.insert(b.end(), padding_, std::byte{0xee});
  return b;
}

namespace {

void see_l4(SeenPacket& p, Bytes l4) {
  wire::Reader r{l4, wire::ByteOrder::big};
  if (p.protocol == 6) {
    p.source_port = r.u16();
    p.destination_port = r.u16();
    p.seq = r.u32();
    p.ack = r.u32();
    const std::size_t size = static_cast<std::size_t>(r.u8() >> 4) * 4;
    p.flags = r.u8();
    p.window = r.u16();
    r.skip(4);
    const Bytes options = size > 20 ? r.take(size - 20) : Bytes{};
    p.tcp_options.assign(options.begin(), options.end());
  } else if (p.protocol == 17) {
    p.source_port = r.u16();
    p.destination_port = r.u16();
    r.skip(4);
  } else {
    p.icmp_type = r.u8();
    p.icmp_code = r.u8();
    r.skip(2);
    p.icmp_rest = r.u32();
  }
  const Bytes rest = r.take(r.left());
  p.payload.assign(reinterpret_cast<const char*>(rest.data()), rest.size());
  wire::ChecksumSum sum;
  sum.add(l4);
  if (p.protocol != 1)
    wire::add_pseudo_header(sum, p.source, p.destination, static_cast<wire::Protocol>(p.protocol),
                            static_cast<std::uint32_t>(l4.size()));
  p.l4_checksum_right = sum.folded() == 0xffff;
}

}  // namespace

SeenPacket seen(Bytes frame) {
  SeenPacket p;
  wire::Reader r{frame, wire::ByteOrder::big};
  p.to = wire::MacAddress::from_octets(r.take(6).data());
  p.from = wire::MacAddress::from_octets(r.take(6).data());
  const std::uint16_t type = r.u16();
  const Bytes packet = frame.subspan(14);
  if (type == 0x0800) {
    r.skip(2);
    const std::size_t total = r.u16();
    r.skip(4);
    p.ttl = r.u8();
    p.protocol = r.u8();
    r.skip(2);
    p.source = wire::IpAddress::from_v4_octets(r.take(4).data());
    p.destination = wire::IpAddress::from_v4_octets(r.take(4).data());
    wire::ChecksumSum sum;
    sum.add(packet.first(20));
    p.ip_checksum_right = sum.folded() == 0xffff;
    see_l4(p, packet.first(std::min(total, packet.size())).subspan(20));
  } else {
    r.skip(4);
    const std::size_t length = r.u16();
    p.protocol = r.u8();
    p.ttl = r.u8();
    p.source = wire::IpAddress::from_v6_octets(r.take(16).data());
    p.destination = wire::IpAddress::from_v6_octets(r.take(16).data());
    p.ip_checksum_right = true;
    see_l4(p, packet.subspan(40, std::min(length, packet.size() - 40)));
  }
  return p;
}

SeenPacket seen_quote(const SeenPacket& error) {
  FrameBytes frame(14);
  const bool v6 = (static_cast<unsigned char>(error.payload.at(0)) >> 4) == 6;
  frame[12] = std::byte{v6 ? std::uint8_t{0x86} : std::uint8_t{0x08}};
  frame[13] = std::byte{v6 ? std::uint8_t{0xdd} : std::uint8_t{0x00}};
  put(frame, as_bytes(error.payload.data(), error.payload.size()));
  return seen(frame);
}

std::string SeenPacket::to_string() const {
  std::string names;
  for (unsigned bit = 0; bit < 6; ++bit)
    if ((flags >> bit & 1) != 0) names += "FSRPAU"[bit];
  return wire::to_string({source, source_port}) + " > " +
         wire::to_string({destination, destination_port}) + " " + names + " seq " +
         std::to_string(seq) + " ack " + std::to_string(ack) + " len " +
         std::to_string(payload.size()) + " ttl " + std::to_string(ttl) +
         (ip_checksum_right ? "" : " BAD-IP-CHECKSUM") +
         (l4_checksum_right ? "" : " BAD-L4-CHECKSUM");
}

}  // namespace rpcgate::tests
