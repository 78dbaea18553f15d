// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "xdp/steer_maps.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <set>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "route/steer_shared.h"

namespace rpcgate::xdp {
namespace {

char last_warning[256];

__attribute__((format(printf, 2, 0))) int keep_warning(libbpf_print_level level, const char* format,
                                                       va_list arguments) {
  if (level == LIBBPF_WARN) std::vsnprintf(last_warning, sizeof last_warning, format, arguments);
  return 0;
}

rpcgate_address key_of(const wire::IpAddress& address) {
  rpcgate_address key{};
  std::memcpy(key.octets, address.octets().data(), sizeof key.octets);
  return key;
}

rpcgate_service key_of(const route::LocalService& service) {
  return {
      key_of(service.address),
      service.protocol,
      0,
      {static_cast<unsigned char>(service.port >> 8), static_cast<unsigned char>(service.port)}};
}

rpcgate_prefix key_of(const wire::Prefix& prefix) {
  return {prefix.bits(), key_of(prefix.address())};
}

// Makes the map's keys those of `wanted`; the values mean nothing.
template <class Key, class Item>
Result<void> make_keys(int map, const std::string& name, const std::vector<Item>& wanted) {
  using Image = std::array<unsigned char, sizeof(Key)>;
  std::set<Image> missing;
  for (const Item& item : wanted) {
    const Key key = key_of(item);
    Image image;
    std::memcpy(image.data(), &key, sizeof key);
    missing.insert(image);
  }
  std::vector<Image> gone;
  Image at{};
  for (int rc = bpf_map_get_next_key(map, nullptr, at.data()); rc == 0;) {
    if (missing.erase(at) == 0) gone.push_back(at);
    const Image previous = at;
    rc = bpf_map_get_next_key(map, previous.data(), at.data());
  }
  const std::uint8_t value = 1;
  for (const Image& key : missing)
    if (const int rc = bpf_map_update_elem(map, key.data(), &value, BPF_ANY); rc != 0)
      return bpf_failure("map " + name + ": entry " + std::to_string(wanted.size()), rc);
  for (const Image& key : gone)
    if (const int rc = bpf_map_delete_elem(map, key.data()); rc != 0 && rc != -ENOENT)
      return bpf_failure("map " + name + ": delete", rc);
  return {};
}

}  // namespace

void quiet_libbpf() noexcept {
  libbpf_set_print(keep_warning);
}

tl::unexpected<Error> bpf_failure(const std::string& call, int rc) {
  const int error = rc < 0 ? -rc : errno;
  ErrorCode code = ErrorCode::io;
  if (error == EPERM || error == EACCES)
    code = ErrorCode::denied;
  else if (error == E2BIG || error == ENOMEM || error == ENOSPC)
    code = ErrorCode::exhausted;
  else if (error == EBUSY || error == EEXIST)
    code = ErrorCode::busy;
  else if (error == EOPNOTSUPP || error == ENOSYS)
    code = ErrorCode::unsupported;
  std::string what = call + ": " + std::strerror(error);
  if (last_warning[0] != '\0') {
    std::string said = last_warning;
    said.erase(std::find(said.begin(), said.end(), '\n'), said.end());
    what += " (" + said + ")";
    last_warning[0] = '\0';
  }
  return fail(code, std::move(what));
}

Result<SteerMaps> SteerMaps::of_program(int program) {
  std::array<std::uint32_t, 32> ids{};
  bpf_prog_info info{};
  info.nr_map_ids = ids.size();
  info.map_ids = reinterpret_cast<std::uintptr_t>(ids.data());
  std::uint32_t size = sizeof info;
  if (const int rc = bpf_obj_get_info_by_fd(program, &info, &size); rc != 0)
    return bpf_failure("program info", rc);
  SteerMaps found;
  for (std::size_t i = 0; i < std::min<std::size_t>(info.nr_map_ids, ids.size()); ++i) {
    Descriptor fd(bpf_map_get_fd_by_id(ids[i]));
    bpf_map_info map{};
    std::uint32_t map_size = sizeof map;
    if (!fd) return bpf_failure("map " + std::to_string(ids[i]), fd.get());
    if (const int rc = bpf_obj_get_info_by_fd(fd.get(), &map, &map_size); rc != 0)
      return bpf_failure("map info", rc);
    found.maps_.emplace(map.name, std::move(fd));
  }
  for (const char* name : {"ours", "local_services", "transit_src", "transit_dst", "steer_stats"})
    if (const auto map = found.map(name); !map) return tl::unexpected(map.error());
  return found;
}

Result<int> SteerMaps::map(const std::string& name) const {
  const auto at = maps_.find(name);
  if (at == maps_.end())
    return fail(ErrorCode::not_found, "the steering program has no map " + name);
  return at->second.get();
}

Result<void> SteerMaps::fill(const route::SteeringConfig& config) {
  Result<void> done = make_keys<rpcgate_address>(*map("ours"), "ours", config.ours);
  if (done)
    done = make_keys<rpcgate_service>(*map("local_services"), "local_services",
                                      route::all_local_services(config));
  if (done)
    done = make_keys<rpcgate_prefix>(*map("transit_src"), "transit_src", config.transit_sources);
  if (done)
    done =
        make_keys<rpcgate_prefix>(*map("transit_dst"), "transit_dst", config.transit_destinations);
  return done;
}

Result<std::vector<std::uint64_t>> SteerMaps::statistics() const {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) return bpf_failure("number of CPUs", cpus);
  std::vector<std::uint64_t> sums(RPCGATE_SLOTS);
  std::vector<std::uint64_t> each(static_cast<std::size_t>(cpus));
  for (std::uint32_t slot = 0; slot < RPCGATE_SLOTS; ++slot) {
    if (const int rc = bpf_map_lookup_elem(*map("steer_stats"), &slot, each.data()); rc != 0)
      return bpf_failure("map steer_stats", rc);
    for (const std::uint64_t n : each) sums[slot] += n;
  }
  return sums;
}

}  // namespace rpcgate::xdp
