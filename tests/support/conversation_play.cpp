// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "conversation_play.hpp"

#include <algorithm>
#include <map>

#include "fragment_builder.hpp"

namespace rpcgate::tests {
namespace {

constexpr std::size_t client_side = 0, server_side = 1;
constexpr std::uint8_t fin = 0x01, syn = 0x02, rst = 0x04, ack = 0x10;
constexpr std::size_t largest_segment = 1400;
constexpr unsigned most_waiting = 32, plays_of_a_worker = 64;
constexpr Duration forgotten = seconds{200000};  // longer than anything is remembered

enum Step : std::uint8_t {
  open_connection,  // how, manner
  say_of_client,    // which PDU and how often changed, argument, changes
  say_of_server,
  raw,           // side and length, bytes
  send_segment,  // how, place, change
  flags_only,    // side and place, flags
  acknowledgement,
  clock_goes_on,
  new_rules,
  noise,
  command,
  pump_both,  // all that is left is sent and acknowledged
  hold,       // packets wait, and come in one burst
  end_of_stream,
  reset,
  pump_one  // side and carriage, where it is cut
};

constexpr int clock_steps[] = {1,     10,    50,     200,    300,    1000,    3000,    10000,
                               20000, 60000, 120000, 150000, 600000, 3600000, 7200000, 90000000};

std::string rules(const char* refuse, const char* third) {
  return std::string{R"([[port]]
name = "outer0"
zone = "outer"
networks = ["0.0.0.0/0"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["10.10.0.0/24"]
[[publish]]
name = "dc"
clients = ["192.0.2.0/24"]
outer = "198.51.100.1"
server = "10.10.0.10"
mode = "nat"
refuse = ")"} +
         refuse +
         R"("
[[publish.interface]]
name = "samr"
deny-opnums = [37]
protection = "none"
[[publish.interface]]
name = "lsarpc"
protection = "privacy"
)" + third;
}

WorldOptions world_options(bool fast_path) {
  WorldOptions options;
  options.fast_path = fast_path;
  options.config = rules("rpc-error",
                         "[[publish.interface]]\nname = \"wkssvc\"\n"
                         "protection = \"none\"\n");
  return options;
}

}  // namespace

ConversationPlay::ConversationPlay(Options options)
    : options_(options), world_(world_options(options.fast_path)) {
  world_.publish(rules("reset", ""));
  world_.idle_rounds = 1;  // one worker hands nothing over
}

ConversationPlay::Outcome ConversationPlay::play(Bytes script) {
  begin(script);
  while (!script_.empty() && observer_.fault().empty()) step();
  std::string left_over = end();
  return {observer_.fault().empty() ? std::move(left_over) : observer_.fault(), observer_.counts(),
          std::move(left_)};
}

void ConversationPlay::begin(Bytes script) {
  script_ = script;
  observer_ = {};
  connections_.clear();
  last_.clear();
  left_.clear();
  waiting_ = datagrams_ = 0;
  held_ = false;
  second_rules_ = true;
  reload();
}

// All connections are closed and forgotten, as time does it: a new worker for each play would cost
// more than the play. Now and then the worker ends, too.
std::string ConversationPlay::end() {
  held_ = false;
  run();
  for (const std::string& each : {client, other_client}) give_command(ip(each));
  world_.now += forgotten;
  run();
  static_cast<void>(world_.events());
  if (!world_.is_empty()) return "not all was given back";
  if (++plays_ % plays_of_a_worker != 0) return {};
  world_.restart();
  world_.now = start_;
  return {};
}

void ConversationPlay::step() {
  const std::uint8_t what = next();
  if (connections_.empty() || (what & 15) == open_connection) return open(what >> 4);
  const std::size_t index = (what >> 4) % connections_.size();
  Connection& c = connections_[index];
  switch (what & 15) {
    case say_of_client:
      return say(c, client_side);
    case say_of_server:
      return say(c, server_side);
    case raw:
      return say_raw(c);
    case send_segment:
      return send(index);
    case flags_only:
    case end_of_stream:
    case reset:
      return send_flags(index);
    case acknowledgement:
      return acknowledge(index);
    case clock_goes_on:
      world_.now += milliseconds{clock_steps[next() % std::size(clock_steps)]};
      return run();
    case new_rules:
      return reload();
    case noise:
      return make_noise(index);
    case command:
      return give_command(c.key.client);
    case pump_both:
    case pump_one:
      return pump(index, (what & 15) == pump_both);
    default:
      held_ = !held_;
      return run();
  }
}

void ConversationPlay::reload() {
  second_rules_ = !second_rules_;
  world_.publish_again(second_rules_ ? 1 : 0);
  if (second_rules_)
    observer_.grant({test::samr, test::lsarpc});
  else
    observer_.grant({test::samr, test::lsarpc, test::wkssvc});
}

// --- connections ---

std::uint16_t ConversationPlay::port_for(std::uint8_t how, const wire::IpAddress& who) {
  const unsigned index = how >> 4 & 7;
  const auto& ports = observer_.ports_of(who);
  switch (how & 3) {
    case 1:
      if (!ports.empty()) return ports[ports.size() - 1 - index % ports.size()];
      break;
    case 2:
      return static_cast<std::uint16_t>(first_server_port + index);
    case 3:
      return static_cast<std::uint16_t>(next() << 8 | next());
    default:
      break;
  }
  return ConversationObserver::mapper;
}

// How: bits 0-1 mapper, an answered port, a likely one, any; 2 the other client; 3 a SYN and no
// more; 4-6 which port; 7 the ports of `known` again. Manner: bit 0 big-endian, 1 NDR64, 2-3 the
// window, 4-5 the MSS.
void ConversationPlay::open(std::size_t known) {
  constexpr std::uint16_t windows[] = {64240, 2000, 300, 65535};
  constexpr std::uint16_t sizes[] = {0, 1460, 536, 100};
  const std::uint8_t how = next(), manner = next();
  if (connections_.size() == most_connections) return;
  const auto number = static_cast<std::uint32_t>(connections_.size());
  Connection c;
  c.client = (how & 4) != 0 ? other_client : client;
  c.key = {ip(c.client), static_cast<std::uint16_t>(2000 + number), port_for(how, ip(c.client))};
  if ((how & 0x80) != 0 && number != 0) {
    c.client = connections_[known % number].client;
    c.key = connections_[known % number].key;
  }
  c.manner.order = (manner & 1) != 0 ? test::ByteOrder::big : test::ByteOrder::little;
  c.manner.ndr = (manner & 2) != 0 ? test::Ndr::ndr64 : test::Ndr::ndr32;
  c.ends[client_side].first = 0xffffff00u + number * 0x200000u;  // of the first it goes round
  c.ends[server_side].first = 5001u + number * 0x200000u;
  for (End& end : c.ends) end.window = windows[manner >> 2 & 3];
  if (const std::uint16_t mss = sizes[manner >> 4 & 3]; mss != 0)
    c.options = {std::byte{2}, std::byte{4}, static_cast<std::byte>(mss >> 8),
                 static_cast<std::byte>(mss & 0xff)};
  connections_.push_back(std::move(c));
  const std::size_t index = connections_.size() - 1;
  const Connection& made = connections_.back();
  const End& end = made.ends[client_side];
  put(client_side, packet(index, client_side, 0)
                       .seq(end.first - 1)
                       .ack(0)
                       .syn()
                       .tcp_options(made.options)
                       .bytes());
  run();
  if ((how & 8) == 0) shake_hands(index);
}

void ConversationPlay::shake_hands(std::size_t index) {
  const Connection& c = connections_[index];
  if (!observer_.begun(c.key, Way::to_server)) return;
  put(server_side, packet(index, server_side, 0)
                       .seq(c.ends[server_side].first - 1)
                       .ack(c.ends[client_side].first)
                       .flags(syn | ack)
                       .tcp_options(c.options)
                       .bytes());
  run();
  put(client_side, packet(index, client_side, 0).bytes());
  run();
}

// --- what the ends say ---

void ConversationPlay::append(Connection& c, std::size_t side, const test::Octets& bytes) {
  test::Octets& said = c.ends[side].said;
  if (said.size() + bytes.size() <= longest_stream)
    said.insert(said.end(), bytes.begin(), bytes.end());
}

void ConversationPlay::say(Connection& c, std::size_t side) {
  const std::uint8_t what = next(), argument = next();
  if (side == client_side) ++c.calls;
  if (side == server_side && c.answers < c.calls) ++c.answers;
  test::Octets bytes = side == client_side ? client_pdu(what, argument, c.calls, c.manner)
                                           : server_pdu(what, argument, c.answers, c.manner);
  for (unsigned changes = what >> 4 & 3; changes != 0; --changes) {
    const std::size_t at = next();
    bytes[at % bytes.size()] = std::byte{next()};
  }
  append(c, side, bytes);
}

void ConversationPlay::say_raw(Connection& c) {
  const std::uint8_t how = next();
  test::Octets bytes;
  for (unsigned left = how >> 1; left != 0 && !script_.empty(); --left)
    bytes.push_back(std::byte{next()});
  append(c, how & 1, bytes);
}

// --- segments ---

// The number that this side waits for.
std::uint32_t ConversationPlay::seen_by(const Connection& c, std::size_t side) {
  const Way way = side == client_side ? Way::to_client : Way::to_server;
  const End& other = c.ends[1 - side];
  if (!observer_.begun(c.key, way)) return other.first;
  return observer_.next(c.key, way) + (other.fin_arrived ? 1 : 0);
}

PacketBuilder ConversationPlay::packet(std::size_t index, std::size_t side, std::size_t at) {
  const Connection& c = connections_[index];
  PacketBuilder builder = side == client_side
                              ? from_client(c.key.client_port, c.key.server_port, c.client)
                              : from_server(c.key.server_port, c.key.client_port, c.client);
  return builder.seq(c.ends[side].first + static_cast<std::uint32_t>(at))
      .ack(seen_by(c, side))
      .window(c.ends[side].window);
}

void ConversationPlay::segment(std::size_t index, std::size_t side, std::size_t at,
                               test::Octets bytes) {
  const Connection& c = connections_[index];
  if (side == server_side && c.key.server_port == ConversationObserver::mapper)
    observer_.answered(index, c.key.client, at, bytes);
  put(side, packet(index, side, at).payload(Bytes{bytes}).bytes());
}

std::size_t ConversationPlay::say_next(std::size_t index, std::size_t side, std::size_t most) {
  End& end = connections_[index].ends[side];
  const std::size_t size = std::min(most, end.said.size() - end.sent);
  const auto from = end.said.begin() + static_cast<std::ptrdiff_t>(end.sent);
  if (size != 0) segment(index, side, end.sent, {from, from + static_cast<std::ptrdiff_t>(size)});
  end.sent += size;
  return size;
}

// How: bit 0 the side; 1-3 the size; 4-5 the place: next, behind a gap, again, from what has
// arrived; 6 one octet has another content; 7 all that is left, in such segments.
void ConversationPlay::send(std::size_t index) {
  constexpr std::size_t sizes[] = {largest_segment, 1, 7, 16, 24, 60, 200, 536};
  const std::uint8_t how = next();
  const std::size_t side = how & 1, size = sizes[how >> 1 & 7];
  End& end = connections_[index].ends[side];
  if ((how & 0xf0) == 0x80) {
    while (say_next(index, side, std::max<std::size_t>(size, 7)) != 0) {
    }
    return run();
  }
  std::size_t at = end.sent;
  if ((how & 0x30) == 0x10) at += next();
  if ((how & 0x30) == 0x20) at -= std::min<std::size_t>(at, next() * (1u + (how >> 7) * 7u));
  if ((how & 0x30) == 0x30) {
    const Way way = side == client_side ? Way::to_server : Way::to_client;
    at = observer_.next(connections_[index].key, way) - end.first;
  }
  if (at >= end.said.size()) return;
  const std::size_t to = std::min(end.said.size(), at + size);
  test::Octets bytes(end.said.begin() + static_cast<std::ptrdiff_t>(at),
                     end.said.begin() + static_cast<std::ptrdiff_t>(to));
  if ((how & 0x40) != 0) {
    const std::size_t place = next() % bytes.size();
    bytes[place] = std::byte{next()};
  }
  segment(index, side, at, std::move(bytes));
  if ((how & 0x10) == 0) end.sent = std::max(end.sent, to);
  run();
}

// How: bit 0 the side, 1 elsewhere in the window, 2 before the first byte.
void ConversationPlay::send_flags(std::size_t index) {
  const std::uint8_t how = next(), flags = next();
  const std::size_t side = how & 1;
  PacketBuilder builder = packet(index, side, connections_[index].ends[side].sent);
  if ((how & 2) != 0) builder.seq(connections_[index].ends[side].first + next() * 16u);
  if ((how & 4) != 0) builder.seq(connections_[index].ends[side].first - 1u);
  builder.flags(flags != 0 ? flags : (how & 8) != 0 ? rst : fin | ack);
  put(side, builder.bytes());
  run();
}

// How: bit 0 the side, 1-2 the window, 3 four times, 4 what did not arrive too, 5 nothing.
void ConversationPlay::acknowledge(std::size_t index) {
  constexpr std::uint16_t windows[] = {64240, 0, 100, 2000};
  const std::uint8_t how = next();
  const std::size_t side = how & 1;
  Connection& c = connections_[index];
  c.ends[side].window = windows[how >> 1 & 3];
  PacketBuilder builder = packet(index, side, c.ends[side].sent);
  const End& other = c.ends[1 - side];
  if ((how & 16) != 0) builder.ack(other.first + static_cast<std::uint32_t>(other.sent));
  if ((how & 32) != 0) builder.ack(other.first);
  for (unsigned times = (how & 8) != 0 ? 4 : 1; times != 0; --times) put(side, builder.bytes());
  run();
}

// How of one side alone: bit 0 the side, 1-2 in two IP fragments, reversed ones, or as a chain.
void ConversationPlay::pump(std::size_t index, bool both) {
  const std::uint8_t how = both ? 0 : next();
  const std::size_t one = how & 1;
  carriage_ = static_cast<Carriage>(how >> 1 & 3);
  if (carriage_ != Carriage::whole) cut_ = next();
  for (std::size_t side = one; side < (both ? 2 : one + 1); ++side) {
    while (say_next(index, side, largest_segment) != 0) {
    }
    run();
    put(1 - side, packet(index, 1 - side, connections_[index].ends[1 - side].sent).bytes());
    run();
  }
  carriage_ = Carriage::whole;
}

// --- what else happens ---

void ConversationPlay::make_noise(std::size_t index) {
  const std::uint8_t how = next();
  const std::size_t side = how & 1;
  const Connection& c = connections_[index];
  PacketBuilder builder = packet(index, side, c.ends[side].sent);
  switch (how >> 1 & 7) {
    case 0:
      builder.payload("RPC?").wrong_l4_checksum();
      break;
    case 1:
      builder.wrong_ip_checksum();
      break;
    case 2:
      builder.ttl(1);
      break;
    case 3:
      builder.tcp_options(
          FrameBytes(static_cast<std::size_t>(how >> 4) % 10 * 4, std::byte{next()}));
      break;
    case 4:
      builder = eth().ipv4(side == client_side ? c.client : server,
                           side == client_side ? published : c.client);
      builder.udp(c.key.client_port, c.key.server_port).payload("newmail!");
      break;
    case 5:
    case 6: {  // a router on the way to the other side: too big, or unreachable
      if (last_.size() < 14) return;
      builder = eth().ipv4(side == client_side ? "192.0.2.254" : "10.10.0.1", published);
      const Bytes quoted = Bytes{last_}.subspan(14);
      builder.icmp_error(3, (how & 2) != 0 ? 4 : 1,
                         quoted.first(std::min<std::size_t>(quoted.size(), 60)), next() * 8u);
      break;
    }
    default: {
      FrameBytes frame = builder.bytes();
      for (unsigned changes = 1 + (how >> 4); changes != 0; --changes)
        frame[next() % frame.size()] = std::byte{next()};
      put(side, frame);
      return run();
    }
  }
  put(side, builder.bytes());
  run();
}

void ConversationPlay::give_command(const wire::IpAddress& of) {
  interplane::Command command;
  command.kind = interplane::Command::Kind::close_client;
  command.client = of;
  command.reason = stats::Reason::closed_by_operator;
  world_.command(command);
  run();
  interplane::Reply reply;
  while (world_.fabric->worker(0).replies.pop(reply)) {
  }
}

void ConversationPlay::carry(std::size_t port, const FrameBytes& frame) {
  const std::size_t first = carriage_ == Carriage::chain ? 1 + cut_ : 8 + cut_ / 8 * 8;
  const std::size_t all = carriage_ == Carriage::chain ? frame.size() : body_of(frame);
  if (carriage_ == Carriage::whole || first >= all) return world_.feed(port, frame);
  if (carriage_ == Carriage::chain) return world_.feed_chain(port, frame, {first});
  if (!options_.fragments) return world_.feed(port, frame);
  std::vector<FrameBytes> pieces = fragments_of(frame, {first}, ++datagrams_ & 0xffff);
  if (carriage_ == Carriage::fragments_reversed) std::swap(pieces[0], pieces[1]);
  for (const FrameBytes& piece : pieces) world_.feed(port, piece);
}

void ConversationPlay::put(std::size_t side, const FrameBytes& frame) {
  carry(side == client_side ? outer : inner, frame);
  if (++waiting_ >= most_waiting) {
    waiting_ = 0;
    watch(world_.run());
  }
}

void ConversationPlay::run() {
  world_.now += milliseconds{1};
  if (held_) return;
  waiting_ = 0;
  watch(world_.run());
}

// FNV-1a of the frames of each connection, in their order; of all connections the sum.
void ConversationPlay::note_left(const std::vector<SeenPacket>& out) {
  std::map<std::string, std::uint64_t> all;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const SeenPacket& p = out[i];
    const std::string ends = p.source.to_string() + '|' + std::to_string(p.source_port) + '|' +
                             p.destination.to_string() + '|' + std::to_string(p.destination_port);
    std::uint64_t& hash = all.try_emplace(ends, 0xcbf29ce484222325u).first->second;
    for (const std::byte b : world_.frames_out[i])
      hash = (hash ^ std::to_integer<std::uint64_t>(b)) * 0x100000001b3u;
  }
  std::uint64_t sum = 0;
  for (const auto& [ends, hash] : all) sum += hash;
  left_.push_back(sum);
}

void ConversationPlay::watch(const std::vector<SeenPacket>& out) {
  note_left(out);
  for (const SeenPacket& p : out) {
    observer_.left(p);
    if (p.protocol != 6 || (p.flags & fin) == 0) continue;
    for (Connection& c : connections_) {
      if (p.source == c.key.client && p.source_port == c.key.client_port)
        c.ends[client_side].fin_arrived = true;
      else if (p.destination == c.key.client && p.destination_port == c.key.client_port)
        c.ends[server_side].fin_arrived = true;
    }
  }
  if (!world_.frames_out.empty()) last_ = world_.frames_out.back();
}

}  // namespace rpcgate::tests
