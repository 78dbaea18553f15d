// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "xdp/transit_rule.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "xdp/descriptor.hpp"

namespace rpcgate::xdp {
namespace {

constexpr std::uint32_t preference = 1;  // right after the local table

struct Request {
  nlmsghdr header;
  fib_rule_hdr rule;
  rtattr priority_header;
  std::uint32_t priority;
  rtattr name_header;
  std::array<char, IFNAMSIZ> name;
};

int ask(const Request& request) {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket || send(socket.get(), &request, sizeof request, 0) < 0) return errno;
  struct {
    nlmsghdr header;
    nlmsgerr error;
    std::array<char, 512> rest;
  } answer{};
  const ssize_t n = recv(socket.get(), &answer, sizeof answer, 0);
  if (n < 0) return errno;
  if (answer.header.nlmsg_type != NLMSG_ERROR) return EPROTO;
  return -answer.error.error;
}

}  // namespace

Result<void> block_ipv6_transit(const std::string& interface) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_NEWRULE;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
  request.rule.family = AF_INET6;
  request.rule.action = FR_ACT_BLACKHOLE;
  request.priority_header = {RTA_LENGTH(sizeof request.priority), FRA_PRIORITY};
  request.priority = preference;
  request.name_header = {RTA_LENGTH(IFNAMSIZ), FRA_IIFNAME};
  interface.copy(request.name.data(), request.name.size() - 1);
  const int error = ask(request);
  if (error == 0 || error == EEXIST) return {};
  return fail(ErrorCode::io,
              "rule against IPv6 transit from " + interface + ": " + std::strerror(error));
}

}  // namespace rpcgate::xdp
