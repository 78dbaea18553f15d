// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "xdp/tc_hook.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "route/steer_shared.h"
#include "xdp/descriptor.hpp"
#include "xdp/steer_maps.hpp"

namespace rpcgate::xdp {
namespace {

// Our place among the filters of an interface: the last, so that those of others see their packets.
constexpr std::uint32_t our_priority = 0xc000;
constexpr std::uint32_t our_handle = 1;

bpf_tc_hook hook_of(int ifindex) {
  bpf_tc_hook hook{};
  hook.sz = sizeof hook;
  hook.ifindex = ifindex;
  hook.attach_point = BPF_TC_INGRESS;
  return hook;
}

bpf_tc_opts our_place() {
  bpf_tc_opts options{};
  options.sz = sizeof options;
  options.handle = our_handle;
  options.priority = our_priority;
  return options;
}

// Whether any filter hangs at `parent` (ffff:fff2 ingress, ffff:fff3 egress). When in doubt: yes.
bool has_filters(int ifindex, std::uint32_t parent) {
  struct {
    nlmsghdr header;
    tcmsg message;
  } request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_GETTFILTER;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.message.tcm_ifindex = ifindex;
  request.message.tcm_parent = parent;
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket || send(socket.get(), &request, sizeof request, 0) < 0) return true;
  alignas(nlmsghdr) std::array<char, 16384> answer;
  // One answer tells: it begins with a filter, or with the end of the dump.
  const ssize_t n = recv(socket.get(), answer.data(), answer.size(), 0);
  if (n < static_cast<ssize_t>(sizeof(nlmsghdr))) return true;
  nlmsghdr first;
  std::memcpy(&first, answer.data(), sizeof first);
  return first.nlmsg_type != NLMSG_DONE;
}

}  // namespace

std::string program_name(std::uint32_t id) {
  const Descriptor program(bpf_prog_get_fd_by_id(id));
  bpf_prog_info info{};
  std::uint32_t size = sizeof info;
  if (!program || bpf_obj_get_info_by_fd(program.get(), &info, &size) != 0) return {};
  return info.name;
}

Result<TcHook> TcHook::attach(int ifindex, int program) {
  bpf_tc_hook hook = hook_of(ifindex);
  const int made = bpf_tc_hook_create(&hook);
  if (made != 0 && made != -EEXIST) return bpf_failure("clsact qdisc", made);
  bpf_tc_opts options = our_place();
  bool stale = false;
  if (made != 0 && bpf_tc_query(&hook, &options) == 0) {
    const std::string name = program_name(options.prog_id);
    if (name != RPCGATE_PROGRAM_NAME)
      return fail(ErrorCode::busy, "the tc ingress filter with preference " +
                                       std::to_string(our_priority) + " is somebody else's (" +
                                       name + "): remove it first");
    stale = true;
  }
  options = our_place();
  options.prog_fd = program;
  options.flags = stale ? BPF_TC_F_REPLACE : 0;
  if (const int rc = bpf_tc_attach(&hook, &options); rc != 0) {
    auto failure = bpf_failure("tc filter", rc);
    if (made == 0) bpf_tc_hook_destroy(&hook);
    return failure;
  }
  TcHook attached(ifindex);
  attached.our_qdisc_ = made == 0 || stale;  // a stale filter came with the qdisc, or will show
  return attached;
}

Result<void> TcHook::detach() {
  if (!std::exchange(attached_, false)) return {};
  bpf_tc_hook hook = hook_of(ifindex_);
  bpf_tc_opts options = our_place();
  const int rc = bpf_tc_detach(&hook, &options);
  if (rc != 0 && rc != -ENOENT && rc != -ENODEV && rc != -EINVAL)
    return bpf_failure("tc filter: detach", rc);
  if (our_qdisc_ && !has_filters(ifindex_, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)) &&
      !has_filters(ifindex_, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS))) {
    hook.attach_point = static_cast<bpf_tc_attach_point>(BPF_TC_INGRESS | BPF_TC_EGRESS);
    bpf_tc_hook_destroy(&hook);
  }
  return {};
}

}  // namespace rpcgate::xdp
