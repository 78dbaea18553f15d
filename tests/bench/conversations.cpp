// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "bench/conversations.hpp"

#include <cstring>

namespace rpcgate::bench {
namespace {

using test::Octets;
using tests::inner;
using tests::outer;

constexpr std::size_t segment = 1460;
constexpr std::size_t pdu_size = 4 * segment;

test::Trailer sealed(Octets token = Octets(16)) {
  return {10, 6, 0, std::move(token), 0};
}
void set_call(Octets& pdu, std::uint32_t call) {
  std::memcpy(pdu.data() + 12, &call, 4);
}
Octets part(const Octets& of, std::size_t at, std::size_t size) {
  return {of.begin() + static_cast<std::ptrdiff_t>(at),
          of.begin() + static_cast<std::ptrdiff_t>(at + size)};
}

}  // namespace

Bulk::Bulk(tests::World& world, Bursts& bursts, bool inspected) : world_(world), bursts_(bursts) {
  request_ = test::request({}, {0, 7, Octets(256), {}, sealed()});
  answer_ = test::response({}, 0, Octets(pdu_size - 24 - 8 - 16), sealed());
  if (inspected) {
    server_port_ = 49667;
    outer_port_ = world.open_pinhole(tests::client, server_port_);
  }
  world.send(outer, tests::from_client(1024, outer_port_).seq(1000).syn());
  world.send(inner, tests::from_server(server_port_, 1024).seq(5000).ack(1001).flags(0x12));
  world.send(outer, tests::from_client(1024, outer_port_).seq(1001).ack(5001));
  if (inspected) bind();
}

void Bulk::bind() {
  const auto say = [this](std::size_t from, const Octets& pdu) {
    const bool client = from == outer;
    PacketBuilder packet =
        client ? tests::from_client(1024, outer_port_).seq(client_seq_).ack(server_seq_)
               : tests::from_server(server_port_, 1024).seq(server_seq_).ack(client_seq_);
    world_.send(from, packet.payload(Bytes{pdu}));
    (client ? client_seq_ : server_seq_) += static_cast<std::uint32_t>(pdu.size());
  };
  say(outer, test::bind({}, {{0, test::samr}}, sealed(test::ntlm_negotiate())));
  say(inner, test::bind_ack({}, {test::accepted()}, 0x3988, sealed(test::ntlm_challenge())));
  say(outer, test::auth3({}, sealed(test::ntlm_authenticate())));
}

void Bulk::from_client(const Octets& payload) {
  bursts_.add(outer, tests::from_client(1024, outer_port_)
                         .seq(client_seq_)
                         .ack(server_seq_)
                         .payload(Bytes{payload})
                         .bytes());
  client_seq_ += static_cast<std::uint32_t>(payload.size());
}

void Bulk::from_server(const Octets& pdu, std::size_t at, std::size_t size) {
  bursts_.add(inner, tests::from_server(server_port_, 1024)
                         .seq(server_seq_ + static_cast<std::uint32_t>(at))
                         .ack(client_seq_)
                         .payload(Bytes{part(pdu, at, size)})
                         .bytes());
}

void Bulk::call(bool swapped) {
  set_call(request_, call_);
  set_call(answer_, call_);
  ++call_;
  from_client(request_);
  const std::size_t order[4] = {0, swapped ? 2u : 1u, swapped ? 1u : 2u, 3};
  for (std::size_t i = 0; i < 4; ++i) {
    from_server(answer_, order[i] * segment, segment);
    if (i % 2 == 0) continue;
    const std::uint32_t has = server_seq_;
    const std::size_t more = i == 3 ? pdu_size : swapped ? 0 : 2 * segment;
    server_seq_ += static_cast<std::uint32_t>(more);
    from_client({});
    server_seq_ = i == 3 ? server_seq_ : has;
  }
}

Mapper::Mapper(Bursts& bursts, bool inspected) : bursts_(bursts), port_(inspected ? 135 : 88) {
  bind_ = test::bind({}, {{0, test::epmapper}});
  bound_ = test::bind_ack({}, {test::accepted()});
  const test::Tower asked{test::samr, 0, 0};
  const test::Tower told{test::samr, 49667, 0x0a0a000a};
  question_ = test::request({2}, {0, 3, test::map_question({asked}, test::Ndr::ndr32)});
  answer_ = test::response({2}, 0, test::map_answer({{told}}, test::Ndr::ndr32));
}

void Mapper::round() {
  struct Step {
    bool client;
    std::uint8_t flags;
    const Octets* payload;
  };
  static const Octets nothing;
  const Step steps[packets] = {
      {true, 0x02, &nothing},  {false, 0x12, &nothing}, {true, 0x10, &nothing},
      {true, 0x18, &bind_},    {false, 0x18, &bound_},  {true, 0x18, &question_},
      {false, 0x18, &answer_}, {true, 0x11, &nothing},  {false, 0x11, &nothing},
      {true, 0x10, &nothing},  {true, 0x10, &nothing}};
  std::uint32_t client = 1000, server = 5000;
  for (const Step& step : steps) {
    for (std::uint16_t i = 0; i < Bursts::size; ++i) {
      const auto port = static_cast<std::uint16_t>(next_client_ + i);
      PacketBuilder packet = step.client ? tests::from_client(port, port_).seq(client)
                                         : tests::from_server(port_, port).seq(server);
      if ((step.flags & 0x10) != 0) packet.ack(step.client ? server : client);
      packet.flags(step.flags);
      if (!step.payload->empty()) packet.payload(Bytes{*step.payload});
      bursts_.add(step.client ? outer : inner, packet.bytes());
    }
    std::uint32_t& mine = step.client ? client : server;
    mine += static_cast<std::uint32_t>(step.payload->size()) + ((step.flags & 0x03) != 0 ? 1u : 0u);
  }
  next_client_ = static_cast<std::uint16_t>(next_client_ + Bursts::size);
}

}  // namespace rpcgate::bench
