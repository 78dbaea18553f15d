// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "xdp/loader.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/mman.h>
#include <unistd.h>

#include "route/steer_shared.h"
#include "xdp/descriptor.hpp"
#include "xdp/objects.hpp"
#include "xdp/steer_maps.hpp"
#include "xdp/tc_hook.hpp"

namespace rpcgate::xdp {
namespace {

constexpr std::array<std::string_view, RPCGATE_SLOTS> slot_names{
    "ours",         "transit",        "kernel-non-ip", "kernel-nd",     "kernel-echo",
    "kernel-local", "drop-malformed", "drop-protocol", "drop-not-ours", "drop-no-socket"};

struct CloseObject {
  void operator()(bpf_object* object) const noexcept { bpf_object__close(object); }
};
using Object = std::unique_ptr<bpf_object, CloseObject>;

struct Attached {
  std::uint32_t id = 0;  // 0: none
  std::uint32_t flags = 0;
};

Result<Attached> attached_xdp(int ifindex) {
  bpf_xdp_query_opts query{};
  query.sz = sizeof query;
  if (const int rc = bpf_xdp_query(ifindex, 0, &query); rc != 0)
    return bpf_failure("XDP query", rc);
  switch (query.attach_mode) {
    case XDP_ATTACHED_DRV:
      return Attached{query.drv_prog_id, XDP_FLAGS_DRV_MODE};
    case XDP_ATTACHED_SKB:
      return Attached{query.skb_prog_id, XDP_FLAGS_SKB_MODE};
    case XDP_ATTACHED_HW:
      return Attached{query.hw_prog_id, XDP_FLAGS_HW_MODE};
    default:
      return Attached{query.prog_id, 0};
  }
}

// Takes off the program `id`, and no other that came in its place meanwhile.
Result<void> take_off(int ifindex, const Attached& attached) {
  const Descriptor program(bpf_prog_get_fd_by_id(attached.id));
  bpf_xdp_attach_opts options{};
  options.sz = sizeof options;
  options.old_prog_fd = program.get();
  const std::uint32_t flags = attached.flags | (program ? XDP_FLAGS_REPLACE : 0U);
  const int rc = bpf_xdp_detach(ifindex, flags, program ? &options : nullptr);
  if (rc != 0 && rc != -ENOENT) return bpf_failure("XDP detach", rc);
  return {};
}

class InterfaceSteering final : public PortSteering {
 public:
  InterfaceSteering(std::string interface, int ifindex, Kind kind)
      : interface_(std::move(interface)), ifindex_(ifindex), kind_(kind) {}
  ~InterfaceSteering() override { (void)detach(); }

  Result<void> close_gap(const route::SteeringConfig& config);
  Result<void> remove_stale();
  Result<void> provide_object();

  const std::string& object_path() const noexcept override { return path_; }
  Result<void> adopt() override;
  Result<void> update(const route::SteeringConfig& config) override;
  Result<std::vector<SteerCounter>> statistics() const override;
  Result<void> detach() override;
  const std::string& interface() const noexcept { return interface_; }

 private:
  std::string interface_;
  int ifindex_;
  Kind kind_;
  route::SteeringConfig config_;
  Object tc_object_;
  std::optional<TcHook> tc_hook_;
  std::optional<SteerMaps> tc_maps_;
  Descriptor object_file_;
  std::string path_;
  std::optional<SteerMaps> xdp_maps_;
  std::uint32_t adopted_ = 0;
};

// The tc twin, its maps filled before it is attached.
Result<void> InterfaceSteering::close_gap(const route::SteeringConfig& config) {
  config_ = config;
  const Bytes bytes = tc_object();
  tc_object_.reset(bpf_object__open_mem(bytes.data(), bytes.size(), nullptr));
  if (!tc_object_) return bpf_failure("tc program: open", -errno);
  if (const int rc = bpf_object__load(tc_object_.get()); rc != 0)
    return bpf_failure("tc program: load", rc);
  const bpf_program* program = bpf_object__next_program(tc_object_.get(), nullptr);
  auto maps = SteerMaps::of_program(bpf_program__fd(program));
  if (!maps) return tl::unexpected(maps.error());
  tc_maps_ = std::move(*maps);
  if (const auto filled = tc_maps_->fill(config); !filled) return filled;
  auto hook = TcHook::attach(ifindex_, bpf_program__fd(program));
  if (!hook) return tl::unexpected(hook.error());
  tc_hook_ = std::move(*hook);
  return {};
}

Result<void> InterfaceSteering::remove_stale() {
  const auto attached = attached_xdp(ifindex_);
  if (!attached) return tl::unexpected(attached.error());
  if (attached->id == 0) return {};
  const std::string name = program_name(attached->id);
  if (name == RPCGATE_PROGRAM_NAME) return take_off(ifindex_, *attached);
  return fail(ErrorCode::busy, "the XDP program '" + name + "' (id " +
                                   std::to_string(attached->id) +
                                   ") of somebody else is attached: remove it first");
}

// The driver takes the program as a path. An anonymous file has one, and leaves nothing behind.
Result<void> InterfaceSteering::provide_object() {
  object_file_ = Descriptor(memfd_create("rpcgate-steer", MFD_CLOEXEC));
  if (!object_file_) return bpf_failure("memfd_create", -errno);
  Bytes bytes = xdp_object();
  while (!bytes.empty()) {
    const ssize_t n = write(object_file_.get(), bytes.data(), bytes.size());
    if (n <= 0) return bpf_failure("memfd write", -errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  path_ = "/proc/self/fd/" + std::to_string(object_file_.get());
  return {};
}

Result<void> InterfaceSteering::adopt() {
  if (kind_ != Kind::xdp) return {};
  const auto attached = attached_xdp(ifindex_);
  if (!attached) return in_context(interface_, attached.error());
  if (attached->id == 0 || program_name(attached->id) != RPCGATE_PROGRAM_NAME)
    return fail(ErrorCode::not_found, interface_ + ": the steering program is not attached");
  const Descriptor program(bpf_prog_get_fd_by_id(attached->id));
  if (!program) return in_context(interface_, bpf_failure("XDP program", program.get()).value());
  auto maps = SteerMaps::of_program(program.get());
  if (!maps) return in_context(interface_, maps.error());
  if (const auto filled = maps->fill(config_); !filled)
    return in_context(interface_, filled.error());
  xdp_maps_ = std::move(*maps);
  adopted_ = attached->id;
  return {};
}

Result<void> InterfaceSteering::update(const route::SteeringConfig& config) {
  config_ = config;
  Result<void> done;
  if (tc_maps_) done = tc_maps_->fill(config);
  if (done && xdp_maps_) done = xdp_maps_->fill(config);
  if (!done) return in_context(interface_, done.error());
  return done;
}

Result<std::vector<SteerCounter>> InterfaceSteering::statistics() const {
  const auto& maps = xdp_maps_ ? xdp_maps_ : tc_maps_;
  std::vector<SteerCounter> counters;
  if (!maps) return counters;
  const auto sums = maps->statistics();
  if (!sums) return in_context(interface_, sums.error());
  for (std::size_t slot = 0; slot < slot_names.size(); ++slot)
    counters.push_back({slot_names[slot], (*sums)[slot]});
  return counters;
}

// XDP first: the twin closes the moment in between.
Result<void> InterfaceSteering::detach() {
  Result<void> done;
  xdp_maps_.reset();
  if (const std::uint32_t ours = std::exchange(adopted_, 0); ours != 0) {
    const auto attached = attached_xdp(ifindex_);
    if (attached && attached->id == ours) done = take_off(ifindex_, *attached);
  }
  if (tc_hook_) {
    const auto off = tc_hook_->detach();
    if (done) done = off;
    tc_hook_.reset();
  }
  tc_maps_.reset();
  tc_object_.reset();
  if (!done) return in_context(interface_, done.error());
  return done;
}

}  // namespace

Result<std::unique_ptr<PortSteering>> PortSteering::prepare(const std::string& interface, Kind kind,
                                                            const route::SteeringConfig& config) {
  quiet_libbpf();
  const auto ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  if (ifindex == 0)
    return fail(ErrorCode::not_found, "steering: there is no interface " + interface);
  auto steering = std::make_unique<InterfaceSteering>(interface, ifindex, kind);
  Result<void> done = steering->close_gap(config);
  if (done) done = steering->remove_stale();
  if (done && kind == Kind::xdp) done = steering->provide_object();
  if (!done) return in_context("steering on " + interface, done.error());
  return steering;
}

std::string with_program(std::string_view device, std::string_view object_path) {
  std::string result(device);
  if (result.find(",xdp_prog=") == std::string::npos)
    result += ",xdp_prog=" + std::string(object_path);
  return result;
}

}  // namespace rpcgate::xdp
