// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The stream stage's state and its parts that need no judge. One StreamRecord an inspected flow, in
// the worker's arena. For the bytes that one side sends (a Half), in sequence order:
//
//      far_ack          released              next
//   ------|----------------|--------------------|- - - - |=======| - - - |-------| - -
//    the far end   have left; pins       held: kept,      out of order:    ahead: have left,
//    has them      kept, rest not        not yet judged   kept, not seen   no rule reads them
//                                                         by the judge
//
//   custody: the gateway itself acknowledged the bytes before it, so it must deliver them.
//            far_ack <= custody <= next, and never beyond the receiver's window (far_edge); every
//            byte of [far_ack, custody) is kept.
//
// Promises (tests/unit/tcp/stream_model_test.cpp): the bytes that leave are the bytes that were
// judged; nothing leaves before its verdict; no segmentation stalls; what is kept is bounded; every
// block comes back. Sequence numbers are never translated: edits never change a length.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "inspect/contract.hpp"
#include "stats/counters.hpp"
#include "tcp/header.hpp"
#include "tcp/kept_bytes.hpp"
#include "tcp/payload.hpp"
#include "tcp/pins.hpp"
#include "tcp/ranges.hpp"

namespace rpcgate::tcp {

using inspect::Side;
constexpr Side other(Side s) noexcept {
  return s == Side::client ? Side::server : Side::client;
}

// What one side sends. What every segment needs comes first, in one cache line.
struct alignas(64) Half {
  Seq next;      // the next in-order byte expected from the sender
  Seq released;  // every byte before it has left
  Seq far_ack;   // every byte before it was acknowledged by the receiver
  Seq custody;   // every byte before it was acknowledged to the sender, by whomever
  Seq far_edge;  // the right edge of the receiver's window, as it was told to the sender
  Seq unit_end;  // where the read in progress ends
  std::uint32_t gathered = 0;       // bytes of the read in progress that are kept already
  std::uint32_t widest_window = 0;  // that the receiver has offered
  Instant waiting_since{};          // since when held bytes or a gap have made no progress
  Chain kept;
  std::uint8_t resends = 0;
  std::uint8_t duplicates = 0;  // acknowledgements of far_ack again, while bytes are owed
  bool sack_waits = false;      // the sender has not been told what is held out of order
  bool known = false;           // the sender's first sequence number has been seen
  bool fin = false;             // its FIN has left; it counts as one byte of next and released
  bool searching = false;       // replay: bytes were lost; looking for the start of a PDU
  Pins pins;                    // later than what is kept in blocks
  std::uint32_t recent_timestamp = 0;  // TS.Recent of the receiver, as it echoed it (RFC 7323 4.3)
  std::uint32_t timestamp = 0;         // TSval of the last segment that came in order
  Seq run_start;                       // where the last contiguous run of kept bytes begins
  Seq recover;  // bytes before it were sent before a loss was noticed (RFC 6582)
  Chain out_of_order;
  Ranges ahead;
  std::uint16_t segments_out_of_order = 0;  // held since the chain was last empty
  Instant resend_at{};
  Instant owed_since{};  // since when the far end has acknowledged nothing of what is owed

  bool holds() const noexcept { return released < next; }
  bool waits() const noexcept { return holds() || !out_of_order.empty(); }
  bool owes() const noexcept { return custody > far_ack; }  // the gateway must deliver
  // Where the read in progress begins; next when there is none.
  Seq unit_begin() const noexcept { return next + (0u - gathered); }
  // What of it may be sent: judged already.
  Seq deliverable() const noexcept { return min(released, custody); }
  bool recovering() const noexcept { return recover > far_ack; }
};

// One end of the connection, as its own packets told.
struct Peer {
  std::uint16_t mss = 536;              // RFC 9293 3.7.1, when it names none
  std::uint16_t path_payload = 0xffff;  // what the path to it carries, as routers said (RFC 1191)
  std::uint16_t syn_window = 0;
  std::uint8_t scale = 0;
  bool scaled = false;
  bool sack = false;
  bool timestamps = false;
  std::uint32_t last_timestamp = 0;
  Seq told_ack;  // the last acknowledgement and right edge that left in its name
  Seq told_edge;
  bool told = false;
};

struct Stream {
  std::array<Half, 2> halves;  // by the side that sends
  alignas(64) std::array<Peer, 2> peers;
  bool in_step = false;    // known to be (tcp/common_segment.hpp)
  bool lenient = false;    // replay of a capture
  bool picked_up = false;  // replay: the beginning, or some bytes, were never seen

  Half& half(Side s) noexcept { return halves[static_cast<std::size_t>(s)]; }
  const Half& half(Side s) const noexcept { return halves[static_cast<std::size_t>(s)]; }
  Peer& peer(Side s) noexcept { return peers[static_cast<std::size_t>(s)]; }
  const Peer& peer(Side s) const noexcept { return peers[static_cast<std::size_t>(s)]; }
};

// A segment as it arrived. Header and payload lie in the packet and are edited there.
struct Segment {
  Seq seq;
  Seq ack;
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
  MutableBytes header;
  Payload payload;
};

// A segment the gateway makes, in the name of one side. The bytes live as long as the call.
struct Made {
  Side from = Side::client;
  Seq seq;
  Seq ack;
  std::uint16_t window = 0;
  std::uint8_t flags = 0;
  Bytes options;
  Bytes payload;
};

struct StreamLimits {
  std::uint32_t held_bytes = 128 * 1024;         // held, a direction
  std::uint32_t out_of_order_bytes = 64 * 1024;  // a direction, in memory used
  std::uint32_t out_of_order_segments = 512;     // a direction
  std::uint32_t pinned_bytes = 1024 * 1024;      // pins and held bytes, a direction, in memory used
  Duration stall = seconds{10};                  // held or a gap without progress
  Duration first_resend = milliseconds{300};     // doubled each time
  Duration custody = seconds{60};                // owed without an acknowledgement
};

// What the stream stage works with for one call.
struct Work {
  BlockPool& blocks;
  const StreamLimits& limits;
  Instant now;
  stats::WorkerCounters& counters;
  // False above the worker's or the client's soft mark: out-of-order segments are dropped.
  bool may_hold_more = true;
  MutableBytes scratch;  // at least held_bytes + 64 KiB: a read that straddles blocks
  MutableBytes packet;   // at least 9,216 bytes: a payload being put together
  void* sender = nullptr;
  bool (*send)(void* sender, const Made& made) noexcept = nullptr;  // false: no packet buffer
};

enum class Fate : std::uint8_t { forward, drop, cut };

struct Result {
  Fate fate = Fate::forward;
  stats::Drop drop = stats::Drop::internal;    // of a drop
  stats::Reason reason = stats::Reason::none;  // of a cut
  bool silent = false;                         // of a cut
  bool edited = false;     // header or payload changed: the checksum must be made anew
  std::uint32_t skip = 0;  // forward: so many bytes at the beginning of the payload stay,
  std::uint32_t keep = 0;  // and so many after them leave
  Seq more_from, more_to;  // after this packet, kept bytes [from, to) leave: deliver() them
};

// A SYN, or a SYN with ACK, of side `from`.
Result on_syn(Stream& s, Side from, Segment& segment, Work& work) noexcept;

// A reset that is valid at the sender's sequence number: made valid where the receiver stands.
Result on_reset(Stream& s, Side from, Segment& segment) noexcept;

// Takes in what the segment acknowledges: frees pins, moves the window, takes custody, sends again
// what is owed and was lost.
void take_acknowledgement(Stream& s, Side from, const Segment& segment, Work& work) noexcept;

// Raises acknowledgement and window to what the gateway has told in this side's name, and lowers an
// acknowledgement of bytes that have not left. True when the header changed.
bool correct_acknowledgement(Stream& s, Side from, Segment& segment) noexcept;

// The window field that puts the right edge at `edge` in a segment that acknowledges `from`.
std::uint16_t window_to(Seq edge, Seq from, std::uint8_t scale) noexcept;

// --- custody.cpp ---------------------------------------------------------------------------------

// Sends what is kept of [begin, end) of what `from` sends.
void deliver(Stream& s, Side from, Seq begin, Seq end, Work& work) noexcept;

// Sends the first segment of what is owed again.
void resend(Stream& s, Side from, Work& work) noexcept;

// A router says that segments to the other side may carry at most `payload` bytes; `seq` is where
// the segment that was too large begins. With `send_again`, what is owed is sent at once in pieces
// that fit; otherwise its timer does so.
void on_too_big(Stream& s, Side from, Seq seq, std::uint16_t payload, bool send_again,
                Work& work) noexcept;

// Acknowledges to `to` all that is in custody, with SACK blocks for what came out of order; the
// newest of them first, where there is one (RFC 2018 4).
void acknowledge(Stream& s, Side to, Work& work, const SackBlock* newest = nullptr) noexcept;
// Tells the sender of what was held out of order, as soon as the acknowledgement that goes with it
// covers all that has left: else bytes on their way would look lost.
void tell_out_of_order(Stream& s, Side from, Work& work, const SackBlock* newest) noexcept;

// Takes custody of held bytes, as far as the receiver's window reaches; the caller sees to it that
// every byte the far end lacks is kept. False: there is nothing new.
bool extend_custody(Half& half, Work& work) noexcept;
// The same where that is sound, and tells the sender.
void take_custody(Stream& s, Side from, Work& work) noexcept;

// Resends what is due and looks for stalls. A reason other than none: cut the flow.
stats::Reason on_timer(Stream& s, Work& work) noexcept;
// When on_timer() should be called next; Instant::max() when there is no need.
Instant next_deadline(const Stream& s, const StreamLimits& limits) noexcept;

// Gives every block back.
void close(Stream& s, BlockPool& blocks) noexcept;

}  // namespace rpcgate::tcp
