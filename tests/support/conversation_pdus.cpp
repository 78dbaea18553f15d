// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "conversation_pdus.hpp"

#include "world.hpp"

namespace rpcgate::tests {
namespace {

using test::Call;
using test::Element;
using test::Head;
using test::Interface;
using test::Octets;
using test::Trailer;

constexpr Interface interfaces[] = {test::samr, test::lsarpc, test::wkssvc, test::winreg};

const Interface& interface_of(std::uint8_t argument) {
  return interfaces[argument % std::size(interfaces)];
}
// Ports of servers, and two that no pinhole may lead to.
std::uint16_t port_of(std::uint8_t argument) {
  const unsigned i = argument / 4 % 16;
  if (i == 14) return 445;
  if (i == 15) return 135;
  return static_cast<std::uint16_t>(first_server_port + i);
}
Trailer signs(std::uint8_t level, Octets token) {
  Trailer trailer;
  trailer.level = level;
  trailer.token = std::move(token);
  return trailer;
}
Octets filler(std::size_t size) {
  Octets out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i * 7);
  return out;
}

Octets question(const Head& head, std::uint8_t argument, Manner manner) {
  test::MapQuestion asked;
  asked.tower.interface = interface_of(argument);
  return test::request(head, {0, 3, test::map_question(asked, manner.ndr, manner.order), {}, {}});
}

test::Tower tower_of(const Interface& interface, std::uint16_t port) {
  test::Tower tower;
  tower.interface = interface;
  tower.port = port;
  tower.address = ip(server).v4_host_order();
  return tower;
}

Octets answer_stub(std::uint8_t argument, unsigned towers, Manner manner) {
  test::MapAnswer answer;
  for (unsigned i = 0; i < towers; ++i)
    answer.towers.push_back(
        tower_of(interface_of(argument), static_cast<std::uint16_t>(port_of(argument) + i)));
  if (towers == 0) answer.status = test::not_registered;
  return test::map_answer(answer, manner.ndr, manner.order);
}

}  // namespace

Octets client_pdu(unsigned what, std::uint8_t argument, std::uint32_t call, Manner manner) {
  const Head head{call, manner.order};
  const std::vector<Interface> transfers{test::syntax_of(manner.ndr)};
  const auto opnum = static_cast<std::uint16_t>(argument & 63);
  const auto context = static_cast<std::uint16_t>(argument >> 6);
  switch (what % 16) {
    case 0:
      return test::bind(head, {{0, test::epmapper, transfers}});
    case 1:
      return test::bind(head, {{0, interface_of(argument), transfers}});
    case 2:
      return test::bind(
          head,
          {{0, test::samr, transfers}, {1, test::lsarpc, transfers}, {2, test::wkssvc, transfers}});
    case 3:
      return test::bind(head, {{0, test::samr, transfers}, {1, test::winreg, transfers}});
    case 4:
      return test::bind(head, {{0, interface_of(argument), transfers}},
                        signs(6, test::ntlm_negotiate()));
    case 5:
      return test::alter(head, {{context, interface_of(argument), transfers}});
    case 6:
      return test::auth3(head, signs(6, test::ntlm_authenticate()));
    case 7:
      return question(head, argument, manner);
    case 8:
      return test::request(head, {context, opnum, filler(40), {}, {}});
    case 9:
      return test::joined(test::request_fragments(head, {context, opnum, filler(60), {}, {}}, 24));
    case 10:
      return test::request(head, {context, opnum, filler(32), {}, signs(6, Octets(16))});
    case 11:
      return test::request(head, {context, opnum, filler(3000), {}, {}});
    case 12:
      return test::request(head, {context, opnum, filler(8), test::samr.uuid, {}});
    case 13:
      return test::pdu(test::pdu_co_cancel, head, {});
    case 14:
      return test::pdu(test::pdu_orphaned, head, {});
    default:
      return test::request(head, {context, opnum, filler(8), {}, signs(argument % 7, Octets(16))});
  }
}

Octets server_pdu(unsigned what, std::uint8_t argument, std::uint32_t call, Manner manner) {
  const Head head{call, manner.order};
  const test::Outcome good = test::accepted(test::syntax_of(manner.ndr));
  const auto context = static_cast<std::uint16_t>(argument >> 6);
  switch (what % 16) {
    case 0:
      return test::bind_ack(head, {good});
    case 1:
      return test::bind_ack(head, {good, good, good});
    case 2:
      return test::bind_ack(head, {good, test::rejected()});
    case 3:
      return test::response(head, 0, answer_stub(argument, 1, manner));
    case 4:
      return test::response(head, 0, answer_stub(argument, 2, manner));
    case 5:
      return test::response(head, 0, answer_stub(argument, 0, manner));
    case 6:
      return test::response(head, context, filler(32));
    case 7:
      return test::joined(test::response_fragments(head, context, filler(100), 40));
    case 8:
      return test::fault(head, context, 0x1c010002);
    case 9:
      return test::alter_resp(head, {good});
    case 10:
      return test::bind_nak(head);
    case 11:
      return test::bind_ack(head, {good}, 0x3988, signs(6, test::ntlm_challenge()));
    case 12:
      return test::joined(test::response_fragments(head, 0, answer_stub(argument, 1, manner), 72));
    case 13:
      return test::response(head, context, filler(3000));
    case 14:
      return test::request(head, {context, 3, filler(16), {}, {}});
    default:
      return test::pdu(test::pdu_shutdown, head, {});
  }
}

}  // namespace rpcgate::tests
