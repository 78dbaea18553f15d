// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// inject INTERFACE DESTINATION-MAC SOURCE DESTINATION SIZE FLOWS COUNT: hands UDP frames to the
// kernel as if the interface had received them (BPF_PROG_TEST_RUN with live frames), and prints
// what the thread spent on all that the kernel did with them: {"packets", "cpu_ns"}. No driver and
// no other sender takes part. Run by tests/bench/runner/kernel.py in a network namespace.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <net/if.h>
#include <netinet/ether.h>

#include "frames.h"
#include "wire/be.hpp"
#include "wire/checksum.hpp"

namespace rpcgate::bench {
namespace {

constexpr unsigned port = 49152;

struct Wanted {
  const char* interface;
  const char* mac;
  const char* source;
  const char* destination;
  unsigned size, flows, count;
};

[[noreturn]] void give_up(const char* what, int error) {
  std::fprintf(stderr, "inject: %s: %s\n", what, std::strerror(error));
  std::exit(1);
}

void put16(unsigned char* at, unsigned value) {
  const auto raw = wire::Be16::from_host(static_cast<std::uint16_t>(value)).raw();
  std::memcpy(at, &raw, 2);
}

// UDP without a checksum: then NAT has one less to see to, in the kernel's favour.
rpcgate_frames frames_of(const Wanted& wanted) {
  rpcgate_frames frames{wanted.flows, {}};
  unsigned char* to = frames.headers;
  const ether_addr* mac = ether_aton(wanted.mac);
  if (mac == nullptr) give_up(wanted.mac, EINVAL);
  std::memcpy(to, mac->ether_addr_octet, 6);
  to[6] = 2;  // a locally administered sender
  put16(to + 12, 0x0800);
  unsigned char* ip = to + 14;
  ip[0] = 0x45;
  put16(ip + 2, wanted.size - 14);
  ip[8] = 64;
  ip[9] = IPPROTO_UDP;
  if (inet_pton(AF_INET, wanted.source, ip + 12) != 1) give_up(wanted.source, EINVAL);
  if (inet_pton(AF_INET, wanted.destination, ip + 16) != 1) give_up(wanted.destination, EINVAL);
  wire::ChecksumSum sum;
  sum.add(as_bytes(ip, 20));
  const std::uint16_t checksum = sum.checksum();
  std::memcpy(ip + 10, &checksum, 2);
  unsigned char* udp = ip + 20;
  put16(udp, RPCGATE_FIRST_SOURCE_PORT);
  put16(udp + 2, port);
  put16(udp + 4, wanted.size - 34);
  return frames;
}

bpf_program* load(bpf_object* object, const rpcgate_frames& frames) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    if (std::string_view(bpf_map__name(map)).find("rodata") != std::string_view::npos)
      bpf_map__set_initial_value(map, &frames, sizeof(frames));
  }
  if (const int error = bpf_object__load(object); error != 0) give_up("loading", -error);
  return bpf_object__next_program(object, nullptr);
}

std::uint64_t cpu_ns() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<std::uint64_t>(spent.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(spent.tv_nsec);
}

std::uint64_t inject(const bpf_program* program, const Wanted& wanted) {
  std::vector<unsigned char> frame(wanted.size);
  xdp_md context{};
  context.data_end = wanted.size;
  context.ingress_ifindex = if_nametoindex(wanted.interface);
  if (context.ingress_ifindex == 0) give_up(wanted.interface, errno);
  bpf_test_run_opts options{};
  options.sz = sizeof(options);
  options.data_in = frame.data();
  options.data_size_in = wanted.size;
  options.ctx_in = &context;
  options.ctx_size_in = sizeof(context);
  options.repeat = static_cast<int>(wanted.count);
  options.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
  options.batch_size = 64;
  const std::uint64_t begun = cpu_ns();
  if (const int error = bpf_prog_test_run_opts(bpf_program__fd(program), &options); error != 0)
    give_up("BPF_PROG_TEST_RUN with live frames", -error);
  return cpu_ns() - begun;
}

unsigned number(const char* text) {
  return static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

int run(const Wanted& wanted) {
  if (wanted.size < 60 || wanted.size > 1514 || wanted.flows == 0 ||
      (wanted.flows & (wanted.flows - 1)) != 0)
    give_up("60 to 1514 bytes, a power of two of flows", EINVAL);
  bpf_object* object = bpf_object__open_file(RPCGATE_FRAMES_OBJECT, nullptr);
  if (object == nullptr) give_up(RPCGATE_FRAMES_OBJECT, errno);
  const bpf_program* program = load(object, frames_of(wanted));
  const std::uint64_t spent = inject(program, wanted);
  std::printf("{\"packets\": %u, \"cpu_ns\": %llu}\n", wanted.count,
              static_cast<unsigned long long>(spent));
  bpf_object__close(object);
  return 0;
}

}  // namespace
}  // namespace rpcgate::bench

int main(int argc, char** argv) {
  using namespace rpcgate::bench;
  if (argc != 8) {
    std::fprintf(stderr, "inject INTERFACE MAC SOURCE DESTINATION SIZE FLOWS COUNT\n");
    return 2;
  }
  return run(
      {argv[1], argv[2], argv[3], argv[4], number(argv[5]), number(argv[6]), number(argv[7])});
}
