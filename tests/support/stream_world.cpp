// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "support/stream_world.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "wire/writer.hpp"

namespace rpcgate::tests {
namespace {

using inspect::Release;
using inspect::Side;
using inspect::Verdict;
using inspect::Want;
using tcp::distance;
using tcp::Seq;

constexpr std::uint32_t header_size = 3;
constexpr std::byte bad{0x66}, poisoned{0xff};

Kind kind_of(std::byte b) noexcept {
  return static_cast<Kind>(static_cast<unsigned>(b) % static_cast<unsigned>(Kind::count));
}
std::uint32_t size_of(Bytes header) noexcept {
  return static_cast<std::uint32_t>(header[1]) + static_cast<std::uint32_t>(header[2]) % 8 * 256;
}

// Shared by the reference and the judge: edits a body that may be released.
void patch_all(MutableBytes bytes) {
  for (std::byte& b : bytes)
    if (b == bad) b = poisoned;
}

class RecordJudge {
 public:
  Want next_want(Side side) noexcept {
    if (side == Side::server) return {Want::Kind::pass, false, 1u << 30};
    if (left_ == 0) return {Want::Kind::read, false, header_size};
    if (kind_ == Kind::pass) return {Want::Kind::pass, false, left_};
    return {Want::Kind::read, kind_ == Kind::release, left_};
  }
  void passed(Side side, std::uint32_t size) noexcept {
    if (side == Side::client) left_ -= size;
  }
  Verdict judge(Side, MutableBytes unit, MutableBytes held) noexcept {
    if (left_ == 0) {
      kind_ = kind_of(unit[0]);
      left_ = size_of(unit);
      return {holding_ ? Release::hold : Release::release};
    }
    left_ = 0;
    switch (kind_) {
      case Kind::hold:
        holding_ = true;
        return {Release::hold};
      case Kind::release:
        patch_all(held);
        holding_ = false;
        return {Release::release};
      case Kind::read:
        if (unit[0] == bad) unit[0] = poisoned;
        return {holding_ ? Release::hold : Release::release};
      case Kind::pass:
      case Kind::count:
        break;
    }
    return {Release::cut, stats::Reason::pdu_unexpected};
  }
  bool may_start_pdu(Bytes) noexcept { return true; }
  void resynchronise(Side) noexcept {}

 private:
  std::uint32_t left_ = 0;
  Kind kind_{};
  bool holding_ = false;
};

struct Packet {  // on the wire between gateway and receiver, or gateway and sender
  Seq seq, ack;
  std::uint16_t window;
  std::vector<std::byte> payload;
};

}  // namespace

std::vector<std::byte> judged(std::vector<std::byte> stream) {
  const MutableBytes all{stream};
  std::size_t at = 0;
  constexpr std::size_t nothing = ~std::size_t{0};
  std::size_t held_from = nothing;  // of what is held
  while (at + header_size <= all.size()) {
    const std::size_t record = at;
    const Kind kind = kind_of(all[at]);
    const std::size_t size = size_of(all.subspan(at, header_size));
    at += header_size;
    if (at + size > all.size()) break;
    const MutableBytes body = all.subspan(at, size);
    at += size;
    if (size == 0) continue;
    if (kind == Kind::hold && held_from == nothing) held_from = record + header_size;
    if (kind == Kind::read && body[0] == bad) body[0] = poisoned;
    if (kind == Kind::release) {
      // A header is held with its record only while something is held already.
      const std::size_t from = held_from == nothing ? record + header_size : held_from;
      patch_all(all.subspan(from, at - from));
      held_from = nothing;
    }
  }
  return stream;
}

std::vector<bool> bytes_read(const std::vector<std::byte>& stream) {
  std::vector<bool> read(stream.size(), true);
  const Bytes all{stream};
  std::size_t at = 0;
  while (at + header_size <= all.size()) {
    const Kind kind = kind_of(all[at]);
    const std::size_t size = size_of(all.subspan(at, header_size));
    at += header_size;
    const std::size_t end = std::min(at + size, all.size());
    if (kind == Kind::pass)
      std::fill(read.begin() + std::ptrdiff_t(at), read.begin() + std::ptrdiff_t(end), false);
    at = end;
  }
  return read;
}

struct StreamWorld::State {
  static constexpr std::uint32_t first_client = 0xfffff000, first_server = 77;

  State() : blocks(arena) {}
  tcp::BlockArena arena{1 << 14, 1};
  tcp::BlockPool blocks;
  tcp::Stream stream;
  tcp::StreamLimits limits;
  stats::WorkerCounters counters;
  RecordJudge judge;
  Instant now{};
  std::vector<std::byte> scratch = std::vector<std::byte>(256 * 1024);
  std::vector<std::byte> packet = std::vector<std::byte>(9216);
  std::vector<Packet> to_receiver, to_sender;
  // the sender
  std::uint32_t una = 0;
  // the receiver
  std::vector<std::optional<std::byte>> got;
  std::uint32_t rcv_next = 0;
  std::string fault;

  tcp::Work work() {
    return {blocks,
            limits,
            now,
            counters,
            true,
            scratch,
            packet,
            this,
            [](void* self, const tcp::Made& made) noexcept {
              auto& s = *static_cast<State*>(self);
              auto& wire = made.from == Side::client ? s.to_receiver : s.to_sender;
              wire.push_back(
                  {made.seq, made.ack, made.window, {made.payload.begin(), made.payload.end()}});
              return true;
            }};
  }

  void take(Side from, Packet p, std::uint8_t flags) {
    std::vector<std::byte> header(20);
    wire::Writer w{header, wire::ByteOrder::big};
    w.u32(0);
    w.u32(p.seq.value());
    w.u32(p.ack.value());
    w.u8(0x50);
    w.u8(flags);
    w.u16(p.window);
    tcp::Segment segment{p.seq, p.ack, p.window, flags, header, p.payload};
    tcp::Work use = work();
    tcp::Engine<RecordJudge> engine{stream, judge, use};
    const tcp::Result r = engine.take(from, segment);
    if (r.fate == tcp::Fate::cut) fault = "cut: " + std::string{stats::name_of(r.reason)};
    if (r.fate != tcp::Fate::forward) return;
    wire::Reader edited{header, wire::ByteOrder::big};
    edited.skip(4);
    p.seq = Seq{edited.u32()};
    p.ack = Seq{edited.u32()};
    edited.skip(2);
    p.window = edited.u16();
    p.payload = {p.payload.begin() + r.skip, p.payload.begin() + r.skip + r.keep};
    p.seq = p.seq + r.skip;
    (from == Side::client ? to_receiver : to_sender).push_back(p);
    if (r.more_from < r.more_to) tcp::deliver(stream, from, r.more_from, r.more_to, use);
  }
};

StreamWorld::StreamWorld(std::vector<std::byte> stream, Options options, Choose choose)
    : stream_(std::move(stream)),
      options_(options),
      choose_(std::move(choose)),
      state_(std::make_unique<State>()) {
  State& s = *state_;
  s.got.resize(stream_.size());
  s.limits.stall = seconds{3600};  // time runs fast here
  s.limits.custody = seconds{3600};
  const auto window = static_cast<std::uint16_t>(options_.window);
  s.take(Side::client, {Seq{State::first_client - 1}, Seq{0}, window, {}}, tcp::flags::syn);
  s.take(Side::server, {Seq{State::first_server - 1}, Seq{State::first_client}, window, {}},
         tcp::flags::syn | tcp::flags::ack);
  s.to_receiver.clear();
  s.to_sender.clear();
}

StreamWorld::~StreamWorld() = default;
std::size_t StreamWorld::blocks_in_use() const {
  return state_->blocks.in_use();
}

std::string StreamWorld::run(std::uint32_t steps) {
  State& s = *state_;
  const std::vector<std::byte> expected = judged(stream_);
  const std::vector<bool> read = bytes_read(stream_);
  const auto total = static_cast<std::uint32_t>(stream_.size());
  const auto window = static_cast<std::uint16_t>(options_.window);
  const auto lost = [&] { return options_.loss != 0 && choose_(100) < options_.loss; };
  std::uint32_t sent = 0;  // the sender's highest sent byte
  for (std::uint32_t step = 0; step < steps && s.fault.empty(); ++step) {
    s.now += milliseconds{1 + choose_(50)};
    if (s.una < total) {
      // Mostly what comes next, sometimes an old or a far piece, within the receiver's window.
      const std::uint32_t edge = std::min(total, s.rcv_next + options_.window);
      std::uint32_t from = sent < edge && choose_(4) != 0 ? sent : s.una;
      if (choose_(5) == 0) from = s.una + choose_(std::max(1u, edge - s.una));
      if (from >= edge) from = s.una;
      if (from < edge) {
        const std::uint32_t most = std::min(edge - from, options_.largest_segment);
        const std::uint32_t size =
            choose_(3) == 0 ? std::min(most, 1 + choose_(8)) : 1 + choose_(most);
        Packet p{Seq{State::first_client + from},
                 Seq{State::first_server},
                 window,
                 {stream_.begin() + from, stream_.begin() + from + size}};
        const std::uint32_t taken =
            distance(Seq{State::first_client}, s.stream.half(Side::client).next);
        if (options_.lies)  // the judged content must win
          for (std::uint32_t i = 0; i < size && from + i < taken; ++i)
            if (read[from + i]) p.payload[i] = std::byte{0x66};
        sent = std::max(sent, from + size);
        if (!lost()) s.take(Side::client, p, tcp::flags::ack);
      }
    }
    // The receiver takes what arrived, in any order.
    while (!s.to_receiver.empty()) {
      const std::size_t pick = choose_(static_cast<std::uint32_t>(s.to_receiver.size()));
      const Packet p = s.to_receiver[pick];
      s.to_receiver.erase(s.to_receiver.begin() + std::ptrdiff_t(pick));
      if (lost()) continue;
      for (std::size_t i = 0; i < p.payload.size(); ++i) {
        const std::size_t at =
            distance(Seq{State::first_client}, p.seq + static_cast<std::uint32_t>(i));
        if (at >= total) return "a byte outside the stream left";
        if (read[at] && p.payload[i] != expected[at])
          return "byte " + std::to_string(at) + " left with a content that was not judged";
        if (!s.got[at]) s.got[at] = p.payload[i];
      }
      while (s.rcv_next < total && s.got[s.rcv_next]) ++s.rcv_next;
      if (choose_(3) != 0 && !lost())
        s.take(Side::server,
               {Seq{State::first_server}, Seq{State::first_client + s.rcv_next}, window, {}},
               tcp::flags::ack);
    }
    if (choose_(8) == 0)  // the receiver says it again
      s.take(Side::server,
             {Seq{State::first_server}, Seq{State::first_client + s.rcv_next}, window, {}},
             tcp::flags::ack);
    for (const Packet& p : s.to_sender) {
      if (lost()) continue;
      const std::int32_t ack = p.ack - Seq{State::first_client};
      if (ack < 0 || static_cast<std::uint32_t>(ack) > sent) return "an acknowledgement of nothing";
      s.una = std::max(s.una, static_cast<std::uint32_t>(ack));
    }
    s.to_sender.clear();
    tcp::Work use = s.work();
    if (const auto why = tcp::on_timer(s.stream, use); why != stats::Reason::none)
      return "timer: " + std::string{stats::name_of(why)};
    if (s.rcv_next == total && s.una == total) break;
  }
  return outcome(expected, read);
}

std::string StreamWorld::outcome(const std::vector<std::byte>& expected,
                                 const std::vector<bool>& read) {
  State& s = *state_;
  const auto total = static_cast<std::uint32_t>(stream_.size());
  if (!s.fault.empty()) return s.fault;
  // A tail that the judge has no end of may stay held; everything else must have arrived.
  const tcp::Half& half = s.stream.half(Side::client);
  const std::uint32_t releasable =
      static_cast<std::uint32_t>(half.released - Seq{State::first_client});
  if (half.next != Seq{State::first_client + total})
    return "not all was taken in: next " + std::to_string(half.next - Seq{State::first_client}) +
           " released " + std::to_string(releasable) + " of " + std::to_string(total) +
           ", received " + std::to_string(s.rcv_next) + ", sender at " + std::to_string(s.una);
  if (s.rcv_next != releasable) return "released bytes did not arrive";
  for (std::uint32_t i = 0; i < s.rcv_next; ++i)
    if (*s.got[i] != expected[i] && (read[i] || !options_.lies)) return "wrong content arrived";
  tcp::close(s.stream, s.blocks);
  if (s.blocks.in_use() != 0) return "blocks were lost";
  return {};
}

}  // namespace rpcgate::tests
