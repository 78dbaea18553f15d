// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "support/stream_world.hpp"

#include <algorithm>
#include <optional>

#include "tcp/common_segment.hpp"
#include "tcp/engine.hpp"
#include "tcp/keep.hpp"
#include "wire/reader.hpp"
#include "wire/writer.hpp"

namespace rpcgate::tests {
namespace {

using inspect::Side;
using tcp::Seq;

constexpr std::uint32_t first_client = 0xfffff000, first_server = 77;  // one of them wraps

struct Packet {
  Seq seq, ack;
  std::uint16_t window = 0;
  std::uint8_t flags = tcp::flags::ack;
  std::uint32_t stamp = 0, echo = 0;
  std::vector<std::byte> payload;
};

std::uint32_t offset_of(Seq seq) {
  return static_cast<std::uint32_t>(seq - Seq{first_client});
}

}  // namespace

struct StreamWorld::State {
  State(std::vector<std::byte> bytes, Options how, Choose chooser)
      : stream(std::move(bytes)),
        options(how),
        choose(std::move(chooser)),
        expected(judged(stream)),
        read(bytes_read(stream)),
        total(static_cast<std::uint32_t>(stream.size())),
        got(stream.size()),
        room(options.window) {
    limits.stall = seconds{3600};  // time runs fast here
    limits.custody = seconds{3600};
    limits.out_of_order_segments = 64;
  }

  const std::vector<std::byte> stream;
  const Options options;
  const Choose choose;
  const std::vector<std::byte> expected;
  const std::vector<bool> read;
  const std::uint32_t total;

  // The gateway.
  tcp::BlockArena arena{1 << 14, 1};
  tcp::BlockPool blocks{arena};
  tcp::Stream record;
  tcp::StreamLimits limits;
  stats::WorkerCounters counters;
  RecordJudge judge;
  Instant now{};
  std::vector<std::byte> scratch = std::vector<std::byte>(256 * 1024);
  std::vector<std::byte> packet = std::vector<std::byte>(9216);

  // The wires that lead away from it, and the one from the sender.
  std::vector<Packet> to_gateway, to_receiver, to_sender;

  // The sender.
  std::uint32_t una = 0, sent = 0, stamp = 1;
  // The receiver.
  std::vector<std::optional<std::byte>> got;
  std::uint32_t next = 0, edge = 0, room, recent = 1;

  std::string fault;
  std::uint64_t left = 0xcbf29ce484222325u, common = 0, pinned = 0;

  // FNV-1a.
  void note_left(std::uint64_t word) { left = (left ^ word) * 0x100000001b3u; }
  void note_left(Side from, const Packet& p) {
    for (const std::uint32_t word : {static_cast<std::uint32_t>(from), p.seq.value(), p.ack.value(),
                                     std::uint32_t{p.window}, std::uint32_t{p.flags}, p.stamp})
      note_left(word);
    for (const std::byte b : p.payload) note_left(std::to_integer<std::uint64_t>(b));
  }

  bool lost() const { return options.loss != 0 && choose(100) < options.loss; }
  bool one_in(std::uint32_t n) const { return choose(n) == 0; }
  std::uint32_t taken() const { return offset_of(record.half(Side::client).next); }
  bool done() const { return next == total && una == total; }
  void fail(std::string what) {
    if (fault.empty()) fault = std::move(what);
  }

  tcp::Work work() {
    return {blocks, limits, now, counters, true, scratch, packet, this, &State::send};
  }
  static bool send(void* self, const tcp::Made& made) noexcept {
    auto& s = *static_cast<State*>(self);
    auto& wire = made.from == Side::client ? s.to_receiver : s.to_sender;
    const std::uint32_t stamp =
        made.options.size() < 12
            ? 0
            : wire::Reader{made.options.subspan(4), wire::ByteOrder::big}.u32();
    wire.push_back({made.seq,
                    made.ack,
                    made.window,
                    made.flags,
                    stamp,
                    0,
                    {made.payload.begin(), made.payload.end()}});
    s.note_left(made.from, wire.back());
    return true;
  }

  std::vector<std::byte> header_of(const Packet& p) const {
    std::vector<std::byte> header(options.timestamps ? 32 : 20);
    wire::Writer w{header, wire::ByteOrder::big};
    w.u32(0);
    w.u32(p.seq.value());
    w.u32(p.ack.value());
    w.u8(static_cast<std::uint8_t>(header.size() / 4 << 4));
    w.u8(p.flags);
    w.u16(p.window);
    w.u32(0);
    if (options.timestamps)
      tcp::write_options(MutableBytes{header}.subspan(20), true, p.stamp, p.echo, {});
    return header;
  }

  void take(Side from, Packet p) {
    std::vector<std::byte> header = header_of(p);
    std::vector<MutableBytes> pieces{MutableBytes{p.payload}};
    while (options.chains && pieces.size() < 4 && pieces.back().size() > 1 && !one_in(3)) {
      const MutableBytes last = pieces.back();
      const std::size_t cut = 1 + choose(static_cast<std::uint32_t>(last.size() - 1));
      pieces.back() = last.first(cut);
      pieces.push_back(last.subspan(cut));
    }
    tcp::Segment segment{p.seq,   p.ack,  p.window,
                         p.flags, header, tcp::Payload{pieces[0], std::span{pieces}.subspan(1)}};
    if (options.common && take_common(from, segment, pieces[0])) return leave(from, std::move(p));
    tcp::Work use = work();
    tcp::Engine<RecordJudge> engine{record, judge, use};
    const tcp::Result r = engine.take(from, segment);
    if (r.fate == tcp::Fate::cut) return fail("cut: " + std::string{stats::name_of(r.reason)});
    if (r.fate != tcp::Fate::forward) return;
    wire::Reader edited{header, wire::ByteOrder::big};
    edited.skip(4);
    p.seq = Seq{edited.u32()} + r.skip;
    p.ack = Seq{edited.u32()};
    edited.skip(2);
    p.window = edited.u16();
    p.payload = {p.payload.begin() + r.skip, p.payload.begin() + r.skip + r.keep};
    leave(from, std::move(p));
    if (r.more_from < r.more_to) tcp::deliver(record, from, r.more_from, r.more_to, use);
  }

  void leave(Side from, Packet p) {
    note_left(from, p);
    (from == Side::client ? to_receiver : to_sender).push_back(std::move(p));
  }
  // A record that begins in the packet and is passed, or read there and short. Its bytes that are
  // read; empty: not such a one.
  MutableBytes read_of_record(MutableBytes bytes) const {
    if (bytes.size() < record_header_size) return {};
    const RecordHeader header = read_header(bytes);
    if (header.kind == Kind::pass) return bytes.first(record_header_size);
    const std::size_t whole = record_header_size + header.size;
    const bool here = bytes.size() >= whole && whole <= tcp::Pin::most;
    if (header.kind != Kind::read || !here || (header.size != 0 && is_patched(bytes[3]))) return {};
    return bytes.first(whole);
  }
  // What the stream stage does with common packets (datapath/common_stream.hpp).
  bool take_common(Side from, const tcp::Segment& segment, MutableBytes bytes) {
    const inspect::Want want = judge.next_want(from);
    const bool passes = want.kind == inspect::Want::Kind::pass;
    const std::uint32_t size = segment.payload.size();
    const std::uint32_t unread = passes ? std::min(want.length, size) : 0;
    MutableBytes judged_bytes;
    if (size > unread && from == Side::client && bytes.size() == size &&
        (passes || judge.is_between_records()))
      judged_bytes = read_of_record(bytes.subspan(unread));
    tcp::Half& half = record.half(from);
    if (!judged_bytes.empty() && !tcp::make_room(half, blocks, limits.pinned_bytes, 1))
      return false;
    std::uint32_t behind = 0;  // of the record, what is passed
    if (!judged_bytes.empty() && read_header(judged_bytes).kind == Kind::pass)
      behind = std::min<std::uint32_t>(read_header(judged_bytes).size,
                                       size - unread - record_header_size);
    const auto judged = static_cast<std::uint32_t>(judged_bytes.size());
    if (!tcp::take_common(record, from, segment, unread + judged + behind, blocks, now))
      return false;
    if (unread != 0) judge.passed(from, unread);
    if (!judged_bytes.empty()) {
      static_cast<void>(judge.judge(from, judged_bytes.first(record_header_size), judged_bytes));
      const MutableBytes body = judged_bytes.subspan(record_header_size);
      if (!body.empty()) static_cast<void>(judge.judge(from, body, body));
      tcp::pin(half, segment.seq + unread, judged_bytes);
      ++pinned;
    }
    if (behind != 0) judge.passed(from, behind);
    ++common;
    return true;
  }

  void shake_hands() {
    const auto window = static_cast<std::uint16_t>(options.window);
    take(Side::client, {Seq{first_client - 1}, Seq{0}, window, tcp::flags::syn, stamp, 0, {}});
    take(Side::server, {Seq{first_server - 1},
                        Seq{first_client},
                        window,
                        tcp::flags::syn | tcp::flags::ack,
                        stamp,
                        0,
                        {}});
    edge = options.window;
    to_receiver.clear();
    to_sender.clear();
  }

  // --- the sender ---
  void send_something() {
    if (una >= total) return;
    const std::uint32_t last = std::min(total, edge);
    if (una >= last) {  // a shut window is probed with a byte beyond it (RFC 9293 3.8.6.1)
      if (one_in(4) && una < total) put(una, 1);
      return;
    }
    if (options.calm && sent < last && !one_in(5))
      return put(sent,
                 std::min({end_of_record(sent) - sent, last - sent, options.largest_segment}));
    // Mostly what comes next, sometimes an old or a far piece.
    std::uint32_t from = sent < last && !one_in(4) ? sent : una;
    if (one_in(5)) from = una + choose(last - una);
    if (from < una || from >= last) from = una;
    const std::uint32_t most = std::min(last - from, options.largest_segment);
    put(from, one_in(3) ? std::min(most, 1 + choose(8)) : 1 + choose(most));
  }
  // Of the record that the byte at `at` belongs to.
  std::uint32_t end_of_record(std::uint32_t at) const {
    std::uint32_t end = 0;
    while (end <= at && end + record_header_size <= total)
      end += record_header_size + read_header(Bytes{stream}.subspan(end, record_header_size)).size;
    return end <= at ? total : std::min(end, total);
  }
  void put(std::uint32_t from, std::uint32_t size) {
    Packet p{Seq{first_client + from},
             Seq{first_server},
             65535,
             tcp::flags::ack,
             ++stamp,
             0,
             {stream.begin() + from, stream.begin() + from + size}};
    if (options.lies)  // what was judged must win
      for (std::uint32_t i = 0; i < size; ++i)
        if (from + i < taken() && read[from + i]) p.payload[i] = std::byte{0x66};
    sent = std::max(sent, from + size);
    to_gateway.push_back(std::move(p));
  }
  void gateway_takes() {
    while (!to_gateway.empty() && (to_gateway.size() > 3 || options.calm || !one_in(3))) {
      const std::size_t pick = choose(static_cast<std::uint32_t>(to_gateway.size()));
      const Packet p = to_gateway[pick];
      if (!one_in(12)) to_gateway.erase(to_gateway.begin() + std::ptrdiff_t(pick));  // else twice
      if (lost()) continue;
      take(Side::client, p);
    }
  }
  void sender_takes() {
    for (const Packet& p : to_sender) {
      const std::int32_t ack = p.ack - Seq{first_client};
      if (ack < 0 || static_cast<std::uint32_t>(ack) > taken())
        return fail("acknowledged to " + std::to_string(ack) + ", taken to " +
                    std::to_string(taken()));
      if (static_cast<std::uint32_t>(ack) + p.window > edge)
        return fail("the right edge of the window was moved");
      if (!lost()) una = std::max(una, static_cast<std::uint32_t>(ack));
    }
    to_sender.clear();
  }

  // --- the receiver ---
  void receiver_takes() {
    while (!to_receiver.empty()) {
      const std::size_t pick = choose(static_cast<std::uint32_t>(to_receiver.size()));
      const Packet p = to_receiver[pick];
      to_receiver.erase(to_receiver.begin() + std::ptrdiff_t(pick));
      look_at(p);
      if (lost() || is_old(p)) continue;
      for (std::size_t i = 0; i < p.payload.size(); ++i) {
        const std::size_t at = offset_of(p.seq) + i;
        if (at < total && at < edge && !got[at]) got[at] = p.payload[i];
      }
      while (next < total && got[next]) ++next;
      if (!one_in(3)) acknowledge();
    }
    if (options.closes_windows && one_in(6)) room = one_in(3) ? 0 : 1 + choose(options.window);
    if (one_in(8)) acknowledge();
  }
  // RFC 7323 5.3: R1 and R3.
  bool is_old(const Packet& p) {
    if (!options.timestamps) return false;
    if (p.stamp < recent && !p.payload.empty()) return true;
    if (p.seq <= Seq{first_client + next}) recent = std::max(recent, p.stamp);
    return false;
  }
  // Whatever leaves, lost later or not.
  void look_at(const Packet& p) {
    for (std::size_t i = 0; i < p.payload.size(); ++i) {
      const std::size_t at = offset_of(p.seq) + i;
      if (at >= total) return fail("a byte outside the stream left");
      const std::string byte = "byte " + std::to_string(at);
      if (read[at] && p.payload[i] != expected[at])
        return fail(byte + " left with a content that was not judged");
      if (at >= (read[at] ? judge.released() : judge.unread_to()))
        return fail(byte + " left before its verdict");
    }
  }
  void acknowledge() {
    edge = std::max(edge, next + std::min(room, 65535u));
    std::uint32_t ack = next;
    if (options.receiver_lies && one_in(4)) ack = std::min(sent, next + choose(2000));
    edge = std::max(edge, ack);
    const auto window = static_cast<std::uint16_t>(std::min(edge - ack, 65535u));
    if (!lost())
      take(Side::server, {Seq{first_server},
                          Seq{first_client + ack},
                          window,
                          tcp::flags::ack,
                          ++stamp,
                          recent,
                          {}});
  }

  void routers_complain() {
    if (!options.small_paths || !one_in(20)) return;
    tcp::Work use = work();
    tcp::on_too_big(record, Side::client, Seq{first_client + next},
                    static_cast<std::uint16_t>(88 + choose(1400)), one_in(2), use);
  }

  void step() {
    now += milliseconds{1 + choose(50)};
    send_something();
    gateway_takes();
    receiver_takes();
    sender_takes();
    routers_complain();
    tcp::Work use = work();
    if (const auto why = tcp::on_timer(record, use); why != stats::Reason::none)
      fail("timer: " + std::string{stats::name_of(why)});
  }

  // After the last step: did everything arrive as it had to?
  void judge_outcome() {
    // A tail that the judge has no end of may stay held; everything else must have arrived. Of a
    // receiver that claims to have what it has not, nothing can be expected.
    const tcp::Half& half = record.half(Side::client);
    if (!options.receiver_lies) {
      if (offset_of(half.next) != total)
        fail("not all was taken in: " + std::to_string(offset_of(half.next)) + " of " +
             std::to_string(total) + ", released " + std::to_string(offset_of(half.released)) +
             ", arrived " + std::to_string(next) + ", sender at " + std::to_string(una));
      if (next != offset_of(half.released)) fail("released bytes did not arrive");
    }
    for (std::uint32_t i = 0; i < next; ++i)
      if (*got[i] != expected[i]) return fail("wrong content arrived");
  }
};

StreamWorld::StreamWorld(std::vector<std::byte> stream, Options options, Choose choose)
    : state_(std::make_unique<State>(std::move(stream), options, std::move(choose))) {
  state_->shake_hands();
}

StreamWorld::~StreamWorld() = default;
std::size_t StreamWorld::blocks_in_use() const {
  return state_->blocks.in_use();
}

std::uint64_t StreamWorld::left() const {
  return state_->left;
}
std::uint64_t StreamWorld::pinned() const {
  return state_->pinned;
}
std::uint64_t StreamWorld::taken_as_common() const {
  return state_->common;
}

std::string StreamWorld::run(std::uint32_t steps) {
  State& s = *state_;
  for (std::uint32_t step = 0; step < steps && s.fault.empty() && !s.done(); ++step) s.step();
  if (s.fault.empty()) s.judge_outcome();
  tcp::close(s.record, s.blocks);
  if (s.blocks.in_use() != 0) s.fail("blocks were lost");
  return s.fault;
}

}  // namespace rpcgate::tests
