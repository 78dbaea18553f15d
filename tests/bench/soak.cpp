// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Not speed but balance: a hundred million packets of a million connections that open, talk and end
// at random, half of them published, half going out by source NAT with ports that the gateway
// draws. At the end nothing may be missing: packets, buffers, flows, ports.
#include <algorithm>
#include <cstdio>

#include "bench/cases.hpp"
#include "bench/result.hpp"
#include "bench/traffic.hpp"
#include "wire/be.hpp"

namespace rpcgate::bench {
namespace {

constexpr std::size_t size = 60, bare = 54;  // without payload, padded
constexpr std::uint8_t fin = 1, syn = 2, rst = 4, ack = 16;
constexpr const char* outbound_rule = R"([[outbound]]
name = "out"
clients = ["10.10.0.0/16"]
to = ["203.0.113.0/24"]
services = [{protocol = "tcp", port = 80}]
source-nat = "198.51.100.2"
)";

enum class State : std::uint8_t { closed, asked, answered, open, half_closed, closing };

struct Connection {
  State state = State::closed;
  bool going_out = false;
  std::uint16_t seen_port = 0;  // what the gateway drew; 0: not known yet
};

class Soak {
 public:
  Soak(MemoryBox& box, std::uint32_t flows) : box_(box), all_(flows), random_(7) {
    for (std::uint32_t i = 0; i < flows; ++i) all_[i].going_out = i % 2 != 0;
    for (auto& frames : frames_) frames.emplace_back(Frames(MemoryBox::burst, size));
  }

  // One turn with a burst for each port.
  void turn() {
    counts_ = {0, 0};
    while (counts_[0] < MemoryBox::burst && counts_[1] < MemoryBox::burst)
      step(static_cast<std::uint32_t>(random_() % all_.size()));
    for (const std::size_t port : {outer, inner}) {
      std::array<const std::byte*, MemoryBox::burst> list;
      for (std::size_t i = 0; i < counts_[port]; ++i) list[i] = frames_[port][0][i];
      if (counts_[port] != 0) box_.feed(port, {list.data(), counts_[port]}, size);
      fed += counts_[port];
    }
    box_.now += milliseconds{1};
    box_.measured_turn(box_.now);
    collect();
  }
  void collect() {
    left += box_.drain(inner);
    left += box_.drain(outer, 0, [this](const std::byte* frame) { note_port(frame); });
  }
  std::uint64_t fed = 0, left = 0, openings = 0;

 private:
  static constexpr std::uint32_t server_sequence = 0x40000000;
  // Where the client's numbers start tells which connection it is.
  static std::uint32_t start_of(std::uint32_t flow) { return flow << 4; }

  void put(std::uint32_t flow, From from, std::uint8_t flags) {
    const Connection& c = all_[flow];
    const std::uint32_t mine = from == From::client ? start_of(flow) : server_sequence;
    const std::uint32_t theirs = from == From::client ? server_sequence : start_of(flow);
    const auto began = [&](From who) { return who != from || (flags & syn) == 0; };
    Numbers n{flags, mine + (began(from) ? 1 : 0), (flags & ack) != 0 ? theirs + 1 : 0};
    if (c.state == State::half_closed && from == From::server) ++n.acknowledgement;
    if (c.state == State::closing) ++n.sequence, ++n.acknowledgement;
    const std::size_t port = (from == From::client) == c.going_out ? inner : outer;
    std::byte* at = frames_[port][0][counts_[port]++];
    std::memset(at, 0, size);
    write_segment(at, bare, source_of(flow, from), destination_of(flow, from), n);
  }
  wire::Endpoint client_end(std::uint32_t flow) const {
    if (!all_[flow].going_out) return client_of(flow);
    return {wire::IpAddress::from_v4(0x0a0a0000 + 256 + flow / 16 % 65'000),
            static_cast<wire::L4Port>(2000 + flow % 16 + flow / (16 * 65'000) * 16)};
  }
  static wire::Endpoint at(std::uint32_t address, wire::L4Port port) {
    return {wire::IpAddress::from_v4(address), port};
  }
  wire::Endpoint source_of(std::uint32_t flow, From from) const {
    if (from == From::client) return client_end(flow);
    return all_[flow].going_out ? at(0xcb007109, 80) : at(0x0a0a000a, 88);
  }
  wire::Endpoint destination_of(std::uint32_t flow, From from) const {
    const Connection& c = all_[flow];
    if (from == From::client) return c.going_out ? at(0xcb007109, 80) : at(0xc6336401, 88);
    return c.going_out ? at(0xc6336402, c.seen_port) : client_end(flow);
  }

  void step(std::uint32_t flow) {
    Connection& c = all_[flow];
    switch (c.state) {
      case State::closed:
        c.seen_port = 0;
        put(flow, From::client, syn);
        c.state = State::asked;
        ++openings;
        return;
      case State::asked:
        // Its SYN may not be out yet, or was refused: once more.
        if (c.going_out && c.seen_port == 0) return put(flow, From::client, syn);
        put(flow, From::server, syn | ack);
        c.state = State::answered;
        return;
      case State::answered:
        put(flow, From::client, ack);
        c.state = State::open;
        return;
      case State::open:
        return talk(flow, c);
      case State::half_closed:
        put(flow, From::server, fin | ack);
        c.state = State::closing;
        return;
      case State::closing:
        put(flow, From::client, ack);
        c.state = State::closed;
        return;
    }
  }
  void talk(std::uint32_t flow, Connection& c) {
    const auto chance = random_() % 16;
    if (chance == 0) {
      put(flow, From::client, rst);
      c.state = State::closed;
    } else if (chance == 1) {
      put(flow, From::client, fin | ack);
      c.state = State::half_closed;
    } else {
      put(flow, chance % 2 == 0 ? From::client : From::server, ack);
    }
  }
  // The SYN of a connection that goes out: by its number it is known, and the port is told.
  void note_port(const std::byte* frame) {
    if ((std::to_integer<unsigned>(frame[47]) & (syn | ack)) != syn) return;
    std::uint32_t sequence;
    std::uint16_t port;
    std::memcpy(&sequence, frame + 38, 4);
    std::memcpy(&port, frame + 34, 2);
    const std::uint32_t flow = wire::Be32::from_raw(sequence).host() >> 4;
    if (flow < all_.size()) all_[flow].seen_port = wire::Be16::from_raw(port).host();
  }

  MemoryBox& box_;
  std::vector<Connection> all_;
  std::mt19937 random_;
  std::array<std::vector<Frames>, 2> frames_;
  std::array<std::size_t, 2> counts_{};
};

}  // namespace

void run_soak(const Run& run) {
  const std::uint32_t flows = run.flows != 0 ? run.flows : run.quick ? 20'000 : 1'000'000;
  const std::uint64_t wanted = run.quick ? 2'000'000 : 100'000'000;
  BoxOptions options;
  options.config = bench_config(outbound_rule);
  options.flows = flows + flows / 4;
  MemoryBox box(options);
  Soak soak(box, flows);
  std::uint32_t most = 0;
  while (soak.fed < wanted) {
    for (int i = 0; i < 1000; ++i) soak.turn();
    most = std::max(most, box.flows());
  }
  for (int i = 0; i < 4; ++i) {  // what was put off to the next turn
    box.measured_turn(box.now);
    soak.collect();
  }
  using stats::Counter;
  const std::uint64_t made = box.counted(Counter::acks_sent) + box.counted(Counter::resets_sent) +
                             box.counted(Counter::probes_sent);
  const std::uint64_t unaccounted = soak.fed + made - soak.left - box.dropped();
  for (int hour = 0; hour < 48 && box.flows() != 0; ++hour) {
    box.now += hours{1};
    for (int i = 0; i < 5000; ++i) {
      box.measured_turn(box.now);
      soak.collect();
    }
  }
  std::fprintf(stderr, "soak: %llu packets, %llu openings, %u flows at once; dropped: %s\n",
               static_cast<unsigned long long>(soak.fed),
               static_cast<unsigned long long>(soak.openings), most, box.drops().c_str());
  const auto tell = [&](const char* what, double value) {
    print({"soak", {{"flows", std::to_string(flows)}}, std::string(what) + " lost", {value}});
  };
  tell("packets", static_cast<double>(static_cast<std::int64_t>(unaccounted)));
  tell("flows", box.flows());
  tell("buffers", box.packets_in_use());
}

}  // namespace rpcgate::bench
