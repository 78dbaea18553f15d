// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Packets for tests, written as they read: eth().ipv4("192.0.2.1", "198.51.100.1").tcp(1024, 135)
// .syn().bytes(). Lengths and checksums are right unless a test asks for wrong ones. And the other
// way round: SeenPacket is a frame taken apart, with what its checksums said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "wire/address.hpp"
#include "wire/mac_address.hpp"

namespace rpcgate::tests {

using FrameBytes = std::vector<std::byte>;

wire::IpAddress ip(std::string_view text);  // aborts on nonsense
FrameBytes bytes_of(std::string_view text);

class PacketBuilder {
 public:
  PacketBuilder& ether(const wire::MacAddress& destination, const wire::MacAddress& source);
  PacketBuilder& ether_type(std::uint16_t type);
  PacketBuilder& ipv4(std::string_view source, std::string_view destination);
  PacketBuilder& ipv6(std::string_view source, std::string_view destination);
  PacketBuilder& ttl(std::uint8_t hops);
  PacketBuilder& fragment(std::uint16_t flags_and_offset);  // IPv4: as in the header
  PacketBuilder& ip_options(FrameBytes options);            // IPv4; a multiple of four
  PacketBuilder& protocol(std::uint8_t number);             // instead of what follows

  PacketBuilder& tcp(std::uint16_t source, std::uint16_t destination);
  PacketBuilder& syn();                    // SYN alone
  PacketBuilder& flags(std::uint8_t set);  // as in the header
  PacketBuilder& seq(std::uint32_t sequence);
  PacketBuilder& ack(std::uint32_t acknowledgement);  // sets ACK too
  PacketBuilder& window(std::uint16_t size);
  PacketBuilder& tcp_options(FrameBytes options);  // a multiple of four

  PacketBuilder& udp(std::uint16_t source, std::uint16_t destination);
  // Quotes the first `quoted` bytes of an IP packet (a frame without its Ethernet header).
  PacketBuilder& icmp_error(std::uint8_t type, std::uint8_t code, Bytes quoted,
                            std::uint32_t rest = 0);
  PacketBuilder& icmp_echo();

  PacketBuilder& payload(std::string_view text);
  PacketBuilder& payload(Bytes bytes);
  PacketBuilder& padding(std::size_t size);  // behind the IP packet
  PacketBuilder& wrong_ip_checksum();
  PacketBuilder& wrong_l4_checksum();

  FrameBytes bytes() const;

 private:
  FrameBytes l4(const wire::IpAddress& source, const wire::IpAddress& destination) const;
  enum class L4 : std::uint8_t { none, tcp, udp, icmp };
  wire::MacAddress to_{{2, 0, 0, 0, 0, 1}}, from_{{2, 0, 0, 0, 0, 2}};
  std::uint16_t ether_type_ = 0;
  bool v6_ = false;
  wire::IpAddress source_, destination_;
  std::uint8_t ttl_ = 64;
  std::uint16_t fragment_ = 0x4000;
  FrameBytes ip_options_;
  int protocol_ = -1;
  L4 l4_ = L4::none;
  std::uint16_t source_port_ = 0, destination_port_ = 0, window_ = 64240;
  std::uint8_t flags_ = 0x10;
  std::uint32_t seq_ = 0, ack_ = 0;
  FrameBytes tcp_options_;
  std::uint8_t icmp_type_ = 0, icmp_code_ = 0;
  std::uint32_t icmp_rest_ = 0;
  FrameBytes payload_;
  std::size_t padding_ = 0;
  bool wrong_ip_ = false, wrong_l4_ = false;
};
inline PacketBuilder eth() {
  return {};
}

struct SeenPacket {
  wire::MacAddress to, from;
  wire::IpAddress source, destination;
  std::uint8_t ttl = 0, protocol = 0, flags = 0, icmp_type = 0, icmp_code = 0;
  std::uint16_t source_port = 0, destination_port = 0, window = 0;
  std::uint32_t seq = 0, ack = 0, icmp_rest = 0;
  std::string payload;  // of an ICMP error: the quoted packet
  FrameBytes tcp_options;
  bool ip_checksum_right = false, l4_checksum_right = false;
  std::string to_string() const;  // "192.0.2.1:1024 > 198.51.100.1:135 S seq 1 ack 0 len 0"
};
SeenPacket seen(Bytes frame);
// The IP packet inside an ICMP error's payload, as a frame of its own.
SeenPacket seen_quote(const SeenPacket& error);

}  // namespace rpcgate::tests
