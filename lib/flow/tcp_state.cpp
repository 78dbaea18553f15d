// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "flow/tcp_state.hpp"

#include <algorithm>

namespace rpcgate::flow {
namespace {

using Action = TcpVerdict::Action;
using Change = TcpVerdict::Change;
using stats::Drop;

constexpr std::uint8_t flag_fin = 0x01, flag_syn = 0x02, flag_rst = 0x04, flag_ack = 0x10;

// How far an old segment or acknowledgement may lie back: a whole window, or what was once the
// largest one with a segment on top.
constexpr std::uint32_t least_reach = 0xffff + 1500;

// How far `a` is ahead of `b`; negative when it is behind (RFC 9293 3.4).
constexpr std::int32_t ahead(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>(a - b);
}
void raise(std::uint32_t& mark, std::uint32_t to) noexcept {
  if (ahead(to, mark) > 0) mark = to;
}

// What a phase does with each kind of segment from each end.
enum class Rule : std::uint8_t {
  open,       // a SYN begins the connection
  again,      // perhaps the client's SYN once more
  answer,     // the server's SYN with ACK
  repeat,     // perhaps that once more
  stale,      // the server knows of an older connection: the client is to hear that and reset it
  follow,     // an ordinary segment: window and acknowledgement decide
  challenge,  // a SYN inside a connection (RFC 5961 4.2)
  renew,      // a new connection on a finished one's tuple (RFC 9293 3.6.1)
  refuse
};
enum class Kind : std::uint8_t { syn, syn_ack, ordinary };

using R = Rule;
// By phase, kind, and direction (client, server).
constexpr Rule rules[9][3][2] = {
    /* none         */ {{R::open, R::refuse}, {R::refuse, R::refuse}, {R::refuse, R::refuse}},
    /* syn_sent     */ {{R::open, R::refuse}, {R::refuse, R::answer}, {R::refuse, R::stale}},
    /* syn_received */ {{R::again, R::refuse}, {R::refuse, R::repeat}, {R::follow, R::follow}},
    /* established  */
    {{R::challenge, R::challenge}, {R::challenge, R::repeat}, {R::follow, R::follow}},
    /* fin_wait     */
    {{R::challenge, R::challenge}, {R::challenge, R::repeat}, {R::follow, R::follow}},
    /* close_wait   */
    {{R::challenge, R::challenge}, {R::challenge, R::repeat}, {R::follow, R::follow}},
    /* closing      */
    {{R::challenge, R::challenge}, {R::challenge, R::repeat}, {R::follow, R::follow}},
    /* time_wait    */
    {{R::renew, R::challenge}, {R::challenge, R::challenge}, {R::follow, R::follow}},
    /* closed       */ {{R::renew, R::refuse}, {R::refuse, R::refuse}, {R::refuse, R::refuse}}};

// The phase that follows from how many FINs were sent and how many of them acknowledged.
constexpr TcpPhase ending[3][3] = {
    {TcpPhase::established, TcpPhase::established, TcpPhase::established},
    {TcpPhase::fin_wait, TcpPhase::close_wait, TcpPhase::close_wait},
    {TcpPhase::closing, TcpPhase::closing, TcpPhase::time_wait}};

TcpVerdict accept(Change change = Change::none) noexcept {
  TcpVerdict v;
  v.change = change;
  return v;
}
TcpVerdict drop(Drop reason, bool challenge = false) noexcept {
  TcpVerdict v;
  v.action = Action::drop;
  v.reason = reason;
  v.challenge = challenge;
  return v;
}
TcpVerdict renew() noexcept {
  TcpVerdict v;
  v.action = Action::renew;
  return v;
}

class Tracking {
 public:
  Tracking(TcpState& state, Direction d, const TcpSegment& segment, bool lenient) noexcept
      : state_(state),
        d_(d),
        s_(segment),
        lenient_(lenient),
        me_(state.peer(d)),
        far_(state.peer(opposite(d))) {}

  TcpVerdict judge() noexcept {
    const bool syn = has(flag_syn), rst = has(flag_rst);
    if ((syn && (rst || has(flag_fin))) || (!syn && !rst && !has(flag_ack) && !lenient_))
      return drop(Drop::bad_tcp_state);
    if (lenient_ && state_.phase() == TcpPhase::none && !(syn && !has(flag_ack))) pick_up();
    if (rst) return on_reset();
    const Kind kind = !syn ? Kind::ordinary : has(flag_ack) ? Kind::syn_ack : Kind::syn;
    const Rule rule = rules[static_cast<std::size_t>(state_.phase())]
                           [static_cast<std::size_t>(kind)][static_cast<std::size_t>(d_)];
    switch (rule) {
      case Rule::open:
        return on_open();
      case Rule::again:
        return on_again();
      case Rule::answer:
        return on_answer();
      case Rule::repeat:
        return on_repeat();
      case Rule::stale:
        return on_stale();
      case Rule::follow:
        return follow();
      case Rule::renew:
        return renew();
      case Rule::challenge:
      case Rule::refuse:
        break;
    }
    if (lenient_) return unexpected(kind);
    return drop(Drop::bad_tcp_state, rule == Rule::challenge);
  }

 private:
  bool has(std::uint8_t flag) const noexcept { return (s_.flags & flag) != 0; }
  bool from_client() const noexcept { return d_ == Direction::from_client; }
  std::uint32_t reach_of(const TcpPeer& peer) const noexcept {
    return std::max(std::uint32_t{peer.max_window} << peer.scale(), least_reach);
  }

  void read_syn_options() noexcept {
    me_.set_scale(s_.has_window_scale ? std::min<unsigned>(s_.window_scale, 14) : 0);
    if (s_.has_window_scale) me_.set(TcpPeer::scaled);
    if (s_.sack_permitted) me_.set(TcpPeer::sack);
    if (s_.has_timestamp) me_.set(TcpPeer::timestamps);
  }

  // The window of a SYN is never scaled (RFC 7323 2.2). Its bytes, if any, are not counted.
  TcpVerdict begin_side() noexcept {
    const unsigned upper = me_.upper();
    me_ = TcpPeer{};
    me_.set_upper(upper);
    me_.end = s_.sequence + 1;
    me_.edge = s_.window;
    me_.set(TcpPeer::seen);
    read_syn_options();
    TcpVerdict v;
    v.data_on_syn = s_.payload != 0;
    return v;
  }

  TcpVerdict on_open() noexcept {
    state_.set_phase(TcpPhase::syn_sent);
    return begin_side();
  }

  TcpVerdict on_again() noexcept {
    if (s_.sequence + 1 == me_.end) {
      TcpVerdict v;
      v.data_on_syn = s_.payload != 0;
      return v;
    }
    return lenient_ ? renew() : drop(Drop::bad_tcp_state, true);
  }

  TcpVerdict on_answer() noexcept {
    if (s_.acknowledgement != far_.end && !lenient_) return drop(Drop::out_of_window);
    const TcpVerdict v = begin_side();
    if (!me_.has(TcpPeer::scaled) || !far_.has(TcpPeer::scaled)) {
      me_.set_scale(0);
      far_.set_scale(0);
    }
    me_.ack = s_.acknowledgement;
    me_.edge = s_.acknowledgement + s_.window;
    me_.set(TcpPeer::ack_known);
    me_.set(TcpPeer::edge_known);
    far_.max_window = static_cast<std::uint16_t>(far_.edge >> far_.scale());
    me_.max_window = static_cast<std::uint16_t>(s_.window >> me_.scale());
    far_.edge = me_.end + far_.edge;
    far_.set(TcpPeer::edge_known);
    state_.set_phase(TcpPhase::syn_received);
    return v;
  }

  // The server has sent nothing but its SYN as long as the client's ACK has not reached it.
  TcpVerdict on_repeat() noexcept {
    if (s_.sequence + 1 != me_.end || ahead(s_.acknowledgement, far_.end) > 0)
      return lenient_ ? accept() : drop(Drop::bad_tcp_state, true);
    TcpVerdict v;
    v.data_on_syn = s_.payload != 0;
    return v;
  }

  TcpVerdict on_stale() noexcept {
    if (lenient_) {  // the answer is missing from the capture
      begin_side();
      me_.end = s_.sequence;
      state_.set_phase(TcpPhase::syn_received);
      state_.set_picked_up();
      return follow();
    }
    if (s_.payload != 0 || has(flag_fin)) return drop(Drop::bad_tcp_state);
    me_.ack = s_.acknowledgement;
    me_.set(TcpPeer::ack_known);
    return accept();
  }

  // RFC 5961 3.2: only at the exact number. That is where the far end stands when all that was sent
  // has arrived, or where it said that it stands.
  TcpVerdict on_reset() noexcept {
    const bool at_ack = far_.has(TcpPeer::ack_known) && s_.sequence == far_.ack;
    const bool at_end = me_.has(TcpPeer::seen) && s_.sequence == me_.end;
    if (state_.phase() == TcpPhase::syn_sent) {
      if (from_client() && at_ack && !at_end) return accept();  // to the older connection: on_stale
      const bool fits = from_client() ? at_end : has(flag_ack) && s_.acknowledgement == far_.end;
      if (!fits && !lenient_) return drop(Drop::bad_reset);
    } else if (state_.phase() == TcpPhase::none && !lenient_) {
      return drop(Drop::bad_tcp_state);
    } else if (!at_ack && !at_end && !lenient_) {
      return drop(Drop::bad_reset, true);
    }
    if (state_.phase() == TcpPhase::closed) return accept();
    state_.set_phase(TcpPhase::closed);
    return accept(Change::reset);
  }

  TcpVerdict follow() noexcept {
    if (!lenient_) {
      const TcpVerdict v = check_window();
      if (v.action != Action::accept) return v;
    }
    const TcpPhase before = state_.phase();
    take_in();
    if (before == TcpPhase::syn_received) {
      const bool answers = from_client() && ahead(s_.acknowledgement, far_.end) >= 0;
      if (!answers && !state_.picked_up()) return accept();
      state_.set_phase(settle());
      return accept(Change::established);
    }
    state_.set_phase(settle());
    if (state_.phase() == before) return accept();
    if (state_.phase() == TcpPhase::time_wait) return accept(Change::closed);
    return accept(before == TcpPhase::established ? Change::closing : Change::none);
  }

  // RFC 9293 3.10.7.4, seen from between the ends: bytes inside what the far end allows, nothing
  // acknowledged that was not sent, nothing older than a window.
  TcpVerdict check_window() const noexcept {
    const std::uint32_t end = s_.sequence + s_.payload + (has(flag_fin) ? 1 : 0);
    if (far_.has(TcpPeer::edge_known)) {
      const std::int32_t beyond = ahead(s_.sequence + s_.payload, far_.edge);
      const bool probes = s_.payload == 1 && beyond == 1;  // of a closed window
      if (beyond > 0 && !probes) return drop(Drop::out_of_window);
    }
    if (ahead(end + reach_of(far_), me_.end) < 0) return drop(Drop::out_of_window);
    if (me_.has(TcpPeer::fin_sent) && ahead(end, me_.end) > 0) return drop(Drop::out_of_window);
    // RFC 5961 5.2: an acknowledgement of bytes never sent, or far too old, discredits the segment.
    if (ahead(s_.acknowledgement, far_.end) > 0) return drop(Drop::out_of_window, true);
    if (me_.has(TcpPeer::ack_known) && ahead(s_.acknowledgement + reach_of(me_), me_.ack) < 0)
      return drop(Drop::out_of_window, true);
    return accept();
  }

  void take_in() noexcept {
    const std::uint32_t end = s_.sequence + s_.payload + (has(flag_fin) ? 1 : 0);
    raise(me_.end, end);
    if (has(flag_fin)) me_.set(TcpPeer::fin_sent);
    if (!has(flag_ack)) return;
    if (lenient_) raise(far_.end, s_.acknowledgement);  // segments are missing from the capture
    if (me_.has(TcpPeer::ack_known))
      raise(me_.ack, s_.acknowledgement);
    else
      me_.ack = s_.acknowledgement;
    me_.set(TcpPeer::ack_known);
    const std::uint32_t window = std::uint32_t{s_.window} << me_.scale();
    me_.max_window = std::max(me_.max_window, s_.window);
    if (me_.has(TcpPeer::edge_known))
      raise(me_.edge, s_.acknowledgement + window);
    else
      me_.edge = s_.acknowledgement + window;
    // Without its handshake the scale is unknown, and so is the edge.
    if (!state_.picked_up()) me_.set(TcpPeer::edge_known);
  }

  TcpPhase settle() const noexcept {
    if (state_.phase() == TcpPhase::closed || state_.phase() == TcpPhase::time_wait)
      return state_.phase();
    const bool mine = me_.has(TcpPeer::fin_sent), theirs = far_.has(TcpPeer::fin_sent);
    const bool mine_acked = mine && far_.has(TcpPeer::ack_known) && ahead(far_.ack, me_.end) >= 0;
    const bool theirs_acked =
        theirs && me_.has(TcpPeer::ack_known) && ahead(me_.ack, far_.end) >= 0;
    return ending[std::size_t{mine} + theirs][std::size_t{mine_acked} + theirs_acked];
  }

  // Lenient: the first segment of a connection whose beginning was not captured.
  void pick_up() noexcept {
    state_.set_picked_up();
    far_.end = s_.acknowledgement;
    far_.set(TcpPeer::seen);
    if (has(flag_syn) && !from_client()) {
      state_.set_phase(TcpPhase::syn_sent);
      return;
    }
    me_.end = s_.sequence;
    me_.set(TcpPeer::seen);
    state_.set_phase(TcpPhase::established);
  }

  // Lenient: what no rule foresees. A SYN from the client is another connection on the same ports.
  TcpVerdict unexpected(Kind kind) const noexcept {
    const bool once_more = me_.has(TcpPeer::seen) && s_.sequence + 1 == me_.end;
    return kind == Kind::syn && from_client() && !once_more ? renew() : accept();
  }

  TcpState& state_;
  const Direction d_;
  const TcpSegment& s_;
  const bool lenient_;
  TcpPeer& me_;
  TcpPeer& far_;
};

}  // namespace

std::string_view name_of(TcpPhase phase) noexcept {
  static constexpr std::string_view names[] = {"none",        "syn-sent",  "syn-received",
                                               "established", "fin-wait",  "close-wait",
                                               "closing",     "time-wait", "closed"};
  return names[static_cast<std::size_t>(phase)];
}

TcpVerdict track(TcpState& state, Direction d, const TcpSegment& segment, bool lenient) noexcept {
  return Tracking(state, d, segment, lenient).judge();
}

void note_timestamp(std::array<std::uint32_t, 2>& latest, Direction d,
                    const TcpSegment& segment) noexcept {
  if (!segment.has_timestamp) return;
  std::uint32_t& mine = latest[static_cast<std::size_t>(d)];
  if ((segment.flags & flag_syn) != 0 || ahead(segment.timestamp, mine) > 0)
    mine = segment.timestamp;
}

void note_acknowledged(TcpState& state, Direction d, std::uint32_t ack) noexcept {
  TcpPeer& peer = state.peer(d);
  if (peer.has(TcpPeer::ack_known)) raise(peer.ack, ack);
}

}  // namespace rpcgate::flow
