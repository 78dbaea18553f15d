// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Answers of the endpoint mapper. Every tower has to name the asked interface, the rule's server
// and a port that may be opened; the pinhole is opened before the answer leaves, and port and
// address are patched where they lie. A tower that does not fit is given the place of one that
// does; when none does, ports become 0 and the status "not registered", which clients take at its
// word.
#include <algorithm>

#include "dcerpc/endpoint_mapper.hpp"
#include "inspect/held_call.hpp"
#include "inspect/lists.hpp"
#include "policy/limits.hpp"
#include "policy/rule.hpp"

namespace rpcgate::inspect {
namespace {

using dcerpc::AuthLevel;
using dcerpc::MapResponse;
using dcerpc::Ndr;
using dcerpc::PlacedTower;
using stats::Reason;

constexpr std::size_t scratch_size = 32 * 1024;  // far more than an answer may hold towers
constexpr std::size_t most_reserved = 64;
// Never by a pinhole, whatever a server says: file sharing, remote desktop, remote management.
constexpr wire::L4Port forbidden_ports[] = {135, 137, 138, 139, 445, 593, 3389, 5985, 5986};

struct Place {  // what a tower will say
  bool ok = false;
  wire::L4Port inner = 0;
  wire::L4Port outer = 0;
};
using Places = StaticVector<Place, dcerpc::max_answer_towers>;

struct Answer {
  MapResponse response;
  Places places;
  bool editable = true;  // not signed
  Reason reason = Reason::tower_not_acceptable;
};

bool is_plain(std::uint8_t level) noexcept {
  return level <= static_cast<std::uint8_t>(AuthLevel::connect);
}

// Outer ports that mean something else already.
class ReservedPorts {
 public:
  ReservedPorts(const policy::Snapshot& snapshot, const wire::IpAddress& outer) noexcept {
    for (const policy::Rule& rule : snapshot.rules()) {
      if (rule.outbound || rule.outer != outer) continue;
      add(rule.mapper_port);
      for (const wire::L4Port port : rule.static_ports) add(port);
      for (const policy::PlainService& plain : rule.plain)
        if (plain.protocol == wire::Protocol::tcp) add(plain.port);
    }
  }
  std::span<const wire::L4Port> view() const noexcept { return ports_.view(); }
  bool complete() const noexcept { return complete_; }

 private:
  void add(wire::L4Port port) noexcept {
    if (std::find(ports_.begin(), ports_.end(), port) == ports_.end())
      complete_ = ports_.push_back(port) && complete_;
  }
  StaticVector<wire::L4Port, most_reserved> ports_;
  bool complete_ = true;
};

bool may_open(const policy::Rule& rule, wire::L4Port port) noexcept {
  return port >= rule.limits.lowest_tower_port && port != 0 && port != rule.mapper_port &&
         std::ranges::find(forbidden_ports, port) == std::end(forbidden_ports);
}

bool is_acceptable(const Judging& j, const PlacedTower& placed, const dcerpc::InterfaceId& asked,
                   const policy::Rule& rule) noexcept {
  const dcerpc::Tower& tower = placed.tower;
  return tower.kind == dcerpc::TowerKind::tcp && dcerpc::same_interface(tower.interface, asked) &&
         may_open(rule, tower.port) && j.env.snapshot.may_name(rule, j.scope(), tower.address);
}

pinhole::Request pinhole_for(const Judging& j, const policy::Rule& rule,
                             const dcerpc::InterfaceId& interface, wire::L4Port port) noexcept {
  pinhole::Request request;
  request.client = j.scope().client;
  request.outer = j.scope().outer;
  request.server = {j.env.flow.server.address, port};
  request.interface = interface;
  request.rule = rule.id;
  request.policy_generation = j.env.snapshot.generation();
  request.per_client = rule.limits.pinholes_per_client;
  request.per_rule = rule.limits.pinholes_per_rule;
  request.max_connections = rule.limits.connections_per_pinhole;
  request.first_use = rule.limits.pinhole_first_use;
  request.idle = rule.limits.pinhole_idle;
  request.tombstone = rule.limits.pinhole_tombstone;
  return request;
}

void tell_opened(const Judging& j, const pinhole::Opened& opened, const policy::Rule& rule,
                 const dcerpc::InterfaceId& interface, wire::L4Port port) noexcept {
  Fact fact{event::Kind::pinhole_opened, Reason::none, rule.id, &interface};
  fact.pinhole = opened.id;
  fact.server_port = port;
  fact.outer_port = opened.outer_port;
  tell(j.env, fact);
}

// Makes the port reachable for this client. Fails with a reason in `answer`.
Place open_port(const Judging& j, Answer& answer, const policy::Rule& rule,
                const dcerpc::InterfaceId& interface, wire::L4Port port) noexcept {
  const Place same{true, port, port};
  const policy::Admission admission = j.env.snapshot.admit(j.scope(), wire::Protocol::tcp, port);
  const wire::Endpoint target{j.env.flow.server.address, port};
  if (admission.service == policy::Service::rpc && admission.server == target)
    return same;  // a static port, open to this client already
  const ReservedPorts reserved{j.env.snapshot, j.scope().outer};
  pinhole::Request request = pinhole_for(j, rule, interface, port);
  request.reserved = reserved.view();
  // What is signed cannot be patched, and a routed server keeps its ports.
  if (answer.editable && rule.mode == policy::Mode::nat && reserved.complete())
    request.draw_from(rule.outer_ports);
  const pinhole::Opened opened = j.env.pinholes.open(request, j.env.now);
  if (!opened) {
    answer.reason = opened.reason;
    return {};
  }
  j.env.counters.counters.add(opened.refreshed ? stats::Counter::pinholes_refreshed
                                               : stats::Counter::pinholes_opened);
  if (!opened.refreshed || opened.interface_added) tell_opened(j, opened, rule, interface, port);
  if (!answer.editable && opened.outer_port != port) {
    answer.reason = Reason::no_outer_port;
    return {};
  }
  return {true, port, opened.outer_port};
}

void judge_towers(const Judging& j, Answer& answer, const policy::Rule& rule,
                  const dcerpc::InterfaceId& asked) noexcept {
  for (const PlacedTower& placed : answer.response.towers) {
    Place place;
    if (is_acceptable(j, placed, asked, rule)) {
      const auto known = std::ranges::find_if(answer.places, [&placed](const Place& p) {
        return p.ok && p.inner == placed.tower.port;
      });
      place = known != answer.places.end() ? *known
                                           : open_port(j, answer, rule, asked, placed.tower.port);
    }
    static_cast<void>(answer.places.push_back(place));
  }
}

void write_place(const HeldCall& call, const PlacedTower& placed, wire::L4Port port,
                 const wire::IpAddress* address) noexcept {
  if (placed.tower.kind != dcerpc::TowerKind::tcp) return;
  const std::byte big_endian[] = {static_cast<std::byte>(port >> 8),
                                  static_cast<std::byte>(port & 0xff)};
  call.write(placed.port_offset(), big_endian);
  if (address != nullptr && address->is_v4())
    call.write(placed.address_offset(), as_bytes(address->v4_octets(), 4));
}

// The towers say where the client may go.
void patch(const Judging& j, const HeldCall& call, const Answer& answer,
           const policy::Rule& rule) noexcept {
  const Place first = *std::ranges::find_if(answer.places, [](const Place& p) { return p.ok; });
  const wire::IpAddress published = j.scope().outer;
  const bool nat = rule.mode == policy::Mode::nat;
  for (std::size_t i = 0; i < answer.places.size(); ++i) {
    const Place& place = answer.places[i];
    const PlacedTower& placed = answer.response.towers[i];
    if (place.ok)
      write_place(call, placed, place.outer, nat ? &published : nullptr);
    else
      write_place(call, placed, first.outer, nat ? &published : &j.env.flow.server.address);
  }
}

// "Not registered", in the same length.
void deny_all(const Judging& j, const HeldCall& call, const MapResponse& response) noexcept {
  for (const PlacedTower& placed : response.towers) write_place(call, placed, 0, nullptr);
  call.write_u32(response.status_offset, dcerpc::ept_not_registered, j.header().order);
}

Verdict refuse_answer(Judging& j, const HeldCall& call, const Answer& answer,
                      const QuestionItem& question, Reason reason) noexcept {
  Fact fact{event::Kind::map_refused, reason, question.rule, &question.interface};
  fact.level = question.level;
  if (!answer.editable && !j.lenient()) {
    fact.action = event::Action::reset;
    tell(j.env, fact);
    return cut(reason);
  }
  const Verdict refused = refuse(j, policy::Refuse::rpc_error, fact);
  if (answer.editable) deny_all(j, call, answer.response);
  return refused;
}

bool read_answer(const Judging& j, Bytes stub, Syntaxes syntaxes, MapResponse& out) noexcept {
  if ((syntaxes & syntax_ndr32) != 0 &&
      dcerpc::read_map_response(stub, Ndr::ndr32, j.header().order, out) == Reason::none)
    return true;
  return (syntaxes & syntax_ndr64) != 0 &&
         dcerpc::read_map_response(stub, Ndr::ndr64, j.header().order, out) == Reason::none;
}

Syntaxes syntaxes_of(const Judging& j, const QuestionItem& question) noexcept {
  const ContextItem* context = find_context(j, question.context);
  return context != nullptr && context->state == ContextState::accepted ? context->accepted
                                                                        : question.syntax;
}

// The whole answer is there.
Verdict judge_whole_answer(Judging& j, const QuestionItem& question, MutableBytes pdu,
                           MutableBytes held_bytes) noexcept {
  const dcerpc::CommonHeader& header = j.header();
  const HeldCall call{held_bytes, dcerpc::PduType::response, header.call_id};
  std::array<std::byte, scratch_size> scratch;  // not initialised: only what is filled is read
  Answer answer;
  if (!read_answer(j, call.stub(scratch), syntaxes_of(j, question), answer.response))
    return j.lenient() ? released : cut(Reason::mapper_malformed);
  if (header.has_trailer()) {
    dcerpc::SecurityTrailer trailer;
    const Reason bad = dcerpc::read_trailer_of(header, pdu, trailer);
    if (bad != Reason::none) return cut(bad);
    answer.editable = trailer.level <= AuthLevel::connect;
  }
  answer.editable = answer.editable && is_plain(question.level);
  if (answer.response.towers.empty()) return released;  // the server knows of nothing
  if (question.poisoned) {  // told when it was asked; only a capture's server answers it
    deny_all(j, call, answer.response);
    return released;
  }
  const policy::InterfaceVerdict verdict = judge_interface_here(j, question.interface, false);
  const policy::Rule* rule = j.env.snapshot.rule(verdict.rule);
  if (!verdict.allowed || rule == nullptr)
    return refuse_answer(j, call, answer, question, Reason::policy_changed);
  judge_towers(j, answer, *rule, question.interface);
  const bool any = std::ranges::any_of(answer.places, [](const Place& p) { return p.ok; });
  if (!any) return refuse_answer(j, call, answer, question, answer.reason);
  if (answer.editable) patch(j, call, answer, *rule);
  return released;
}

// Lenient: the question was not in the capture. What its answer reads as, strictly, is taken for
// it.
Verdict judge_orphan(Judging& j, MutableBytes pdu) noexcept {
  const dcerpc::CommonHeader& header = j.header();
  if (!header.first() || !header.last() || header.has_trailer()) return released;
  const HeldCall call{pdu, dcerpc::PduType::response, header.call_id};
  MapResponse response;
  if (!read_answer(j, call.stub({}), syntax_ndr32 | syntax_ndr64, response)) return released;
  if (response.status != 0 || response.towers.empty()) return released;
  if (response.towers[0].tower.kind != dcerpc::TowerKind::tcp) return released;
  QuestionItem guess;
  guess.syntax = syntax_ndr32 | syntax_ndr64;
  guess.interface = response.towers[0].tower.interface;
  guess.context = 0;
  const policy::InterfaceVerdict verdict = judge_interface_here(j, guess.interface, false);
  guess.rule = verdict.rule;
  Fact fact{verdict.allowed ? event::Kind::map_allowed : event::Kind::map_refused, verdict.reason,
            verdict.rule, &guess.interface};
  if (!verdict.allowed) {
    const Verdict refused = refuse(j, verdict.refuse, fact);
    if (!is_cut(refused)) deny_all(j, call, response);
    return refused;
  }
  tell(j.env, fact);
  return judge_whole_answer(j, guess, pdu, pdu);
}

}  // namespace

Verdict judge_mapper_answer(Judging& j, MutableBytes pdu, MutableBytes held_bytes) noexcept {
  const dcerpc::CommonHeader& header = j.header();
  Association& a = j.association;
  const bool known_call = find_call(j, header.call_id) != nullptr;
  const Verdict head = judge_answer_head(j);
  if (is_cut(head)) return head;
  QuestionItem* question = find_question(j, header.call_id);
  if (question == nullptr) {
    const bool orphan = j.lenient() && !known_call && header.type == dcerpc::PduType::response;
    return orphan ? judge_orphan(j, pdu) : released;
  }
  if (header.type == dcerpc::PduType::fault) {
    remove_question(j, header.call_id);
    return released;
  }
  if (header.first() && !question->open) {
    question->open = true;
    ++a.open_answers;
    question->bytes = question->fragments = 0;
  }
  const policy::Limits& limits = limits_of(j);
  question->bytes += header.frag_length;
  ++question->fragments;
  if (question->bytes > limits.mapper_answer_bytes ||
      question->fragments > limits.fragments_per_call)
    return cut(Reason::call_too_long);
  if (!header.last()) return held;
  const Verdict verdict = judge_whole_answer(j, *question, pdu, held_bytes);
  remove_question(j, header.call_id);
  return verdict;
}

}  // namespace rpcgate::inspect
