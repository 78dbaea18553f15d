// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "bench/rpc_talk.hpp"

#include <algorithm>
#include <cstring>

#include <rte_cycles.h>

namespace rpcgate::bench {
namespace {

using test::Octets;

constexpr std::uint32_t first_address = 0x0c000000;  // 12.0.0.0
constexpr wire::L4Port rpc_port = 49667;
constexpr std::uint8_t fin_ack = 0x11, syn = 0x02, syn_ack = 0x12, ack = 0x10, push_ack = 0x18;
constexpr std::size_t payload_at = 54;
const wire::IpAddress published = wire::IpAddress::from_v4(0xc6336401);
const wire::IpAddress server = wire::IpAddress::from_v4(0x0a0a000a);

test::Trailer sealed(Octets token = Octets(16)) {
  return {10, 6, 0, std::move(token), 0};
}

wire::IpAddress address_of(std::uint32_t client) {
  return wire::IpAddress::from_v4(first_address + client);
}

std::uint32_t load_be32(const std::byte* at) {
  std::uint32_t raw;
  std::memcpy(&raw, at, 4);
  return wire::Be32::from_raw(raw).host();
}
std::uint16_t load_be16(const std::byte* at) {
  std::uint16_t raw;
  std::memcpy(&raw, at, 2);
  return wire::Be16::from_raw(raw).host();
}

void set_call(Octets& pdu, std::uint32_t call) {
  std::memcpy(pdu.data() + 12, &call, 4);
}

}  // namespace

RpcWords::RpcWords() {
  mapper_bind = test::bind({}, {{0, test::epmapper}});
  mapper_bound = test::bind_ack({}, {test::accepted()});
  const test::Tower asked{test::samr, 0, 0};
  const test::Tower told{test::samr, rpc_port, 0x0a0a000a};
  question = test::request({2}, {0, 3, test::map_question({asked}, test::Ndr::ndr32)});
  answer = test::response({2}, 0, test::map_answer({{told}}, test::Ndr::ndr32));
  const Octets floor = test::from_hex("07 02 00 c2 03");  // C706 appendix I: the port, 49667
  const auto found = std::search(answer.begin(), answer.end(), floor.begin(), floor.end());
  told_port = static_cast<std::size_t>(found - answer.begin()) + 3;
  bind = test::bind({}, {{0, test::samr}}, sealed(test::ntlm_negotiate()));
  bound = test::bind_ack({}, {test::accepted()}, 0x3988, sealed(test::ntlm_challenge()));
  auth3 = test::auth3({}, sealed(test::ntlm_authenticate()));
  request = test::request({}, {0, 7, Octets(64), {}, sealed()});
  response = test::response({}, 0, Octets(128), sealed());
  fetch = test::request({}, {0, 7, Octets(256), {}, sealed()});
  fetched = test::response({}, 0, Octets(fragment - 24 - 8 - 16), sealed());
}

RpcTalk::RpcTalk(MemoryBox& box, RpcWords& words, std::uint32_t first, Meter& meter)
    : box_(box), words_(words), meter_(meter), frames_(clients, 1536), first_(first) {}

template <class Look>
void RpcTalk::say(From from, std::uint8_t flags, Bytes payload, Look&& look) {
  const bool client = from == From::client;
  const Numbers numbers{flags, client ? client_seq_ : server_seq_,
                        (flags & ack) == 0 ? 0
                        : client           ? server_seq_
                                           : client_seq_};
  std::uint16_t size = 0;
  for (unsigned i = 0; i < clients; ++i) {
    const wire::Endpoint mine{address_of(first_ + i), client_port_};
    size = client ? write_segment(frames_[i], mine, {published, outer_ports_[i]}, numbers, payload)
                  : write_segment(frames_[i], {server, server_port_}, mine, numbers, payload);
  }
  std::uint32_t& sequence = client ? client_seq_ : server_seq_;
  sequence += static_cast<std::uint32_t>(payload.size()) + ((flags & (syn | 0x01)) != 0 ? 1u : 0u);
  const std::size_t port = client ? outer : inner;
  const auto list = frames_.next(clients);
  const std::uint64_t begin = rte_rdtsc();
  box_.feed(port, list, size);
  box_.measured_turn(box_.now);
  box_.drain(1 - port, 0, look);
  meter_.cycles += rte_rdtsc() - begin;
  meter_.packets += clients;
}

void RpcTalk::say(From from, std::uint8_t flags, Bytes payload) {
  say(from, flags, payload, [](const std::byte*) {});
}

void RpcTalk::begin(const std::array<wire::L4Port, clients>& outer_ports,
                    wire::L4Port server_port) {
  ++client_port_;
  outer_ports_ = outer_ports;
  server_port_ = server_port;
  client_seq_ = client_start;
  server_seq_ = server_start;
  say(From::client, syn);
  say(From::server, syn_ack);
  acknowledge();
}

void RpcTalk::map() {
  std::array<wire::L4Port, clients> mapper;
  mapper.fill(135);
  begin(mapper, 135);
  say(From::client, push_ack, Bytes{words_.mapper_bind});
  say(From::server, push_ack, Bytes{words_.mapper_bound});
  say(From::client, push_ack, Bytes{words_.question});
  say(From::server, push_ack, Bytes{words_.answer}, [this](const std::byte* frame) {
    const std::uint32_t client = load_be32(frame + 30) - first_address - first_;
    if (client < clients) told_[client] = load_be16(frame + payload_at + words_.told_port);
  });
  acknowledge();
  close();
}

bool RpcTalk::mapped() const {
  return std::none_of(told_.begin(), told_.end(), [](wire::L4Port port) { return port == 0; });
}

void RpcTalk::open_plain() {
  std::array<wire::L4Port, clients> ports;
  ports.fill(88);
  begin(ports, 88);
}

void RpcTalk::open_data() {
  begin(told_, rpc_port);
  say(From::client, push_ack, Bytes{words_.bind});
  say(From::server, push_ack, Bytes{words_.bound});
  say(From::client, push_ack, Bytes{words_.auth3});
}

void RpcTalk::call() {
  set_call(words_.request, ++call_);
  set_call(words_.response, call_);
  say(From::client, push_ack, Bytes{words_.request});
  say(From::server, push_ack, Bytes{words_.response});
  acknowledge();
}

void RpcTalk::bulk() {
  set_call(words_.fetch, ++call_);
  set_call(words_.fetched, call_);
  say(From::client, push_ack, Bytes{words_.fetch});
  for (unsigned i = 0; i < 4; ++i) {
    say(From::server, i == 3 ? push_ack : ack,
        Bytes{words_.fetched}.subspan(i * RpcWords::segment, RpcWords::segment));
    if (i % 2 == 1) acknowledge();
  }
}

void RpcTalk::close() {
  say(From::client, fin_ack);
  say(From::server, fin_ack);
  acknowledge();
}

}  // namespace rpcgate::bench
