// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Follows a TCP connection from between its ends: which segments may be part of it (RFC 9293 3.10,
// RFC 5961), and where in its life it is. Fed with packets as they arrive, before anything is
// edited. The gateway may acknowledge bytes for the far end, but never widens a window: so data
// must lie left of the right edge that the far end itself has granted, and an acknowledgement may
// go up to the highest byte its peer has sent. Worker core; the state is part of the flow's record.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "flow/key.hpp"
#include "stats/counters.hpp"

namespace rpcgate::flow {

enum class TcpPhase : std::uint8_t {
  none,          // no segment yet
  syn_sent,      // the client's SYN
  syn_received,  // the server's SYN with ACK
  established,
  fin_wait,    // one end has sent its FIN
  close_wait,  // ... and it was acknowledged
  closing,     // both have, not both acknowledged
  time_wait,   // both acknowledged
  closed       // reset
};
std::string_view name_of(TcpPhase phase) noexcept;  // "syn-sent"

// One end, as its own packets told.
struct TcpPeer {
  enum Flag : std::uint8_t {
    seen = 1,
    scaled = 2,
    sack = 4,
    timestamps = 8,
    fin_sent = 16,
    edge_known = 32,
    ack_known = 64
  };
  std::uint32_t end = 0;         // after the highest byte it sent; SYN and FIN count
  std::uint32_t edge = 0;        // right edge it granted: acknowledgement + window, the highest;
                                 // before it has granted any, the window of its SYN
  std::uint32_t ack = 0;         // the highest acknowledgement it sent
  std::uint16_t max_window = 0;  // the largest window it offered, before scaling
  std::uint8_t bits = 0;         // the scale; above it four bits of TcpState
  std::uint8_t flags = 0;

  bool has(Flag f) const noexcept { return (flags & f) != 0; }
  void set(Flag f) noexcept { flags = static_cast<std::uint8_t>(flags | f); }
  unsigned scale() const noexcept { return bits & 15; }
  void set_scale(unsigned scale) noexcept {
    bits = static_cast<std::uint8_t>((bits & 0xf0) | (scale & 15));
  }
  unsigned upper() const noexcept { return bits >> 4; }
  void set_upper(unsigned value) noexcept {
    bits = static_cast<std::uint8_t>((bits & 15) | value << 4);
  }
};
static_assert(sizeof(TcpPeer) == 16);

struct TcpState {
  std::array<TcpPeer, 2> peers;  // by Direction of what they send

  TcpPhase phase() const noexcept { return static_cast<TcpPhase>(peers[0].upper()); }
  void set_phase(TcpPhase phase) noexcept { peers[0].set_upper(static_cast<unsigned>(phase)); }
  // Lenient: the handshake was never seen, windows are unknown.
  bool picked_up() const noexcept { return peers[1].upper() != 0; }
  void set_picked_up() noexcept { peers[1].set_upper(1); }

  TcpPeer& peer(Direction d) noexcept { return peers[static_cast<std::size_t>(d)]; }
  const TcpPeer& peer(Direction d) const noexcept { return peers[static_cast<std::size_t>(d)]; }
};
static_assert(sizeof(TcpState) == 32);

struct TcpSegment {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint16_t window = 0;   // as in the header
  std::uint8_t flags = 0;     // as in the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16
  std::uint32_t payload = 0;  // bytes
  // Options. Those but the timestamp are looked at in a SYN only.
  bool has_window_scale = false;
  std::uint8_t window_scale = 0;
  bool sack_permitted = false;
  bool has_timestamp = false;
  std::uint32_t timestamp = 0;
};

struct TcpVerdict {
  enum class Action : std::uint8_t {
    accept,
    drop,  // for `reason`; the state is as it was
    renew  // a new connection on the tuple of a finished one: remove the flow, take the packet as
           // one of no flow
  };
  enum class Change : std::uint8_t {
    none,
    established,  // the handshake has just ended
    closing,      // the first FIN
    closed,       // both FINs are acknowledged
    reset         // a valid reset
  };
  Action action = Action::accept;
  stats::Drop reason = stats::Drop::internal;
  Change change = Change::none;
  // The SYN carries bytes (RFC 7413), which were not counted: they must not go on.
  bool data_on_syn = false;
  // Of a drop: RFC 5961 has the receiver answer with an ACK of where the connection stands
  // (sequence = peer(opposite(d)).end, acknowledgement = peer(opposite(d)).ack, sent to who sent
  // this); who really lost the connection then resets it at the exact number.
  bool challenge = false;
};

// Takes in a segment of direction `d`. `lenient`: replay of a capture that begins in the middle and
// misses segments; whatever fits the state in some way is accepted.
TcpVerdict track(TcpState& state, Direction d, const TcpSegment& segment, bool lenient) noexcept;

// After track() has accepted it: the last TSval of each end, by Direction (RFC 7323 4.1).
void note_timestamp(std::array<std::uint32_t, 2>& latest, Direction d,
                    const TcpSegment& segment) noexcept;

// The gateway itself has acknowledged, in the name of the side that sends `d`, up to `ack`.
void note_acknowledged(TcpState& state, Direction d, std::uint32_t ack) noexcept;

}  // namespace rpcgate::flow
