// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "bench/traffic.hpp"

#include <algorithm>
#include <cstring>

#include "wire/be.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::uint32_t connections_a_client = 63;
constexpr std::uint32_t first_client = 0x0b000001;  // 11.0.0.1
constexpr std::uint16_t service = 88;
const wire::IpAddress published = wire::IpAddress::from_v4(0xc6336401);
const wire::IpAddress server = wire::IpAddress::from_v4(0x0a0a000a);

void put16(std::byte* at, std::uint16_t value) noexcept {
  const auto raw = wire::Be16::from_host(value).raw();
  std::memcpy(at, &raw, 2);
}
void put32(std::byte* at, std::uint32_t value) noexcept {
  const auto raw = wire::Be32::from_host(value).raw();
  std::memcpy(at, &raw, 4);
}
void put_raw(std::byte* at, std::uint16_t raw) noexcept {
  std::memcpy(at, &raw, 2);
}

}  // namespace

wire::Endpoint client_of(std::uint32_t flow) noexcept {
  return {wire::IpAddress::from_v4(first_client + flow / connections_a_client),
          static_cast<wire::L4Port>(1024 + flow % connections_a_client)};
}

std::uint16_t write_segment(std::byte* at, const wire::Endpoint& source,
                            const wire::Endpoint& destination, const Numbers& numbers,
                            Bytes payload) noexcept {
  constexpr std::size_t headers = 20 + 20, least_frame = 60;
  const std::uint8_t macs[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 9, 9, 8, 0};
  std::memset(at, 0, least_frame);
  std::memcpy(at, macs, sizeof(macs));
  std::byte* ip = at + 14;
  const std::size_t total = headers + payload.size();
  ip[0] = std::byte{0x45};
  put16(ip + 2, static_cast<std::uint16_t>(total));
  ip[8] = std::byte{64};
  ip[9] = std::byte{6};
  std::memcpy(ip + 12, source.address.v4_octets(), 4);
  std::memcpy(ip + 16, destination.address.v4_octets(), 4);
  wire::ChecksumSum header;
  header.add({ip, 20});
  put_raw(ip + 10, header.checksum());
  std::byte* tcp = ip + 20;
  put16(tcp, source.port);
  put16(tcp + 2, destination.port);
  put32(tcp + 4, numbers.sequence);
  put32(tcp + 8, numbers.acknowledgement);
  tcp[12] = std::byte{0x50};
  tcp[13] = std::byte{numbers.flags};
  put16(tcp + 14, 0xffff);
  if (!payload.empty()) std::memcpy(tcp + 20, payload.data(), payload.size());
  wire::ChecksumSum sum;
  wire::add_pseudo_header(sum, source.address, destination.address, wire::Protocol::tcp,
                          static_cast<std::uint32_t>(total - 20));
  sum.add({tcp, total - 20});
  put_raw(tcp + 16, sum.checksum());
  return static_cast<std::uint16_t>(std::max(14 + total, least_frame));
}

void write_segment(std::byte* at, std::size_t size, const wire::Endpoint& source,
                   const wire::Endpoint& destination, const Numbers& numbers) noexcept {
  static constexpr std::array<std::byte, 2048> zeros{};
  write_segment(at, source, destination, numbers, Bytes{zeros}.first(size - 54));
}

void write_frame(std::byte* at, std::size_t size, const Segment& s) noexcept {
  const Numbers numbers{s.flags, s.sequence, s.acknowledgement};
  const wire::Endpoint client = client_of(s.flow);
  if (s.from == From::client)
    write_segment(at, size, client, {published, service}, numbers);
  else
    write_segment(at, size, {server, service}, client, numbers);
}

Mixed::Mixed(std::uint32_t flows, std::size_t size, std::uint32_t seed)
    : client(std::clamp<std::size_t>(std::size_t{flows} * 4 / 4096 * 4096, 8192, 1u << 20), size),
      server(client.count(), size) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<std::uint32_t> any(0, flows - 1);
  for (std::size_t i = 0; i < client.count(); ++i) {
    write_frame(client[i], size,
                {any(random), From::client, 0x18, client_start + 1, server_start + 1});
    write_frame(server[i], size,
                {any(random), From::server, 0x18, server_start + 1, client_start + 1});
  }
}

std::uint64_t open_connections(MemoryBox& box, std::uint32_t first, std::uint32_t count) {
  constexpr std::size_t size = 60;
  constexpr std::uint8_t syn = 0x02, syn_ack = 0x12, ack = 0x10;
  Frames frames(MemoryBox::burst, size);
  std::uint64_t missing = 0;
  const auto send = [&](std::uint32_t flow, std::uint32_t n, From from, std::uint8_t flags) {
    const bool begins = flags != ack;
    for (std::uint32_t i = 0; i < n; ++i)
      write_frame(frames[i], size,
                  {flow + i, from, flags,
                   (from == From::client ? client_start : server_start) + (begins ? 0 : 1),
                   flags == syn           ? 0
                   : from == From::client ? server_start + 1
                                          : client_start + 1});
    std::array<const std::byte*, MemoryBox::burst> list;
    for (std::uint32_t i = 0; i < n; ++i) list[i] = frames[i];
    const std::size_t port = from == From::client ? outer : inner;
    box.feed(port, {list.data(), n}, size);
    std::uint32_t out = 0;
    for (int round = 0; round < 3 && out < n; ++round)
      for (unsigned w = 0; w < box.workers(); ++w) {
        static_cast<void>(box.worker(w).turn(box.now));
        out += box.drain(1 - port, w);
      }
    missing += n - out;
  };
  for (std::uint32_t done = 0; done < count; done += MemoryBox::burst) {
    const std::uint32_t n = std::min<std::uint32_t>(MemoryBox::burst, count - done);
    send(first + done, n, From::client, syn);
    send(first + done, n, From::server, syn_ack);
    send(first + done, n, From::client, ack);
  }
  return missing;
}

}  // namespace rpcgate::bench
