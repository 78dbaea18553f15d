// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "rpc_world.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "inspect/common_pdu.hpp"
#include "policy/compile.hpp"

namespace rpcgate::test {

using inspect::Side;

const char* const standard_rules = R"(
[[port]]
name = "outer0"
zone = "outer"
networks = ["0.0.0.0/0"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["10.0.0.0/8"]
[[publish]]
name = "dc"
clients = ["198.51.100.0/24"]
outer = "203.0.113.5"
server = "10.1.1.20"
also = ["10.1.1.21"]
interfaces = ["samr"]
protection = "privacy"
[[publish.interface]]
name = "samr"
deny-opnums = [37]
protection = "privacy"
[[publish.interface]]
name = "wkssvc"
protection = "none"
[[publish.interface]]
name = "lsarpc"
protection = "connect"
[[publish.interface]]
name = "drsuapi"
protection = "integrity"
anonymous = true
)";

std::shared_ptr<const policy::Snapshot> compile_rules(const std::string& toml,
                                                      std::uint32_t generation) {
  static std::map<std::pair<std::string, std::uint32_t>, std::shared_ptr<const policy::Snapshot>>
      compiled;
  std::shared_ptr<const policy::Snapshot>& known = compiled[{toml, generation}];
  if (known != nullptr) return known;
  config::LoadOptions options;
  options.replay = true;
  options.user_packs = false;
  policy::LoadedPolicy loaded =
      policy::load_text_and_compile(toml, "test.toml", generation, options);
  if (loaded.snapshot == nullptr) {
    std::string said = "rules of the test do not compile:";
    for (const config::Diagnostic& diagnostic : loaded.diagnostics)
      said += "\n" + to_string(diagnostic);
    throw std::invalid_argument(said);
  }
  known = std::move(loaded.snapshot);
  return known;
}

RpcWorld::RpcWorld(const std::string& toml, std::uint32_t item_count)
    : snapshot(compile_rules(toml)),
      arenas(std::make_unique<pinhole::Arenas>(1024, 1)),
      pinholes(std::make_unique<pinhole::Table>(*arenas, 0)),
      item_arena(std::make_unique<arena::ItemArena>(item_count)),
      items(std::make_unique<arena::ItemPool>(*item_arena)),
      counters(std::make_unique<stats::WorkerCounters>()),
      queue(std::make_unique<event::Queue>(1024)),
      groups(std::make_unique<inspect::AssociationGroups>(256)) {
  session_arena = std::make_unique<notify::Arena>(64);
  sessions = std::make_unique<notify::Sessions>(*session_arena, 0);
  flow.scope = {wire::IpAddress::from_v4(0xc6336407), wire::IpAddress::from_v4(0xcb007105)};
  flow.client_seen = flow.scope.client;
  flow.client_port = 40000;
  flow.outer_port = 135;
  flow.server = {wire::IpAddress::from_v4(0x0a010114), 135};
  flow.rule = policy::rule_id("dc");
  flow.flow_id = 7;
}

RpcWorld::~RpcWorld() {
  close();
}

inspect::Env RpcWorld::env() {
  return {*snapshot, flow, now, *items, *pinholes, *counters, *queue, *groups, *sessions, learned};
}

void RpcWorld::use_rules(const std::string& toml, std::uint32_t generation) {
  snapshot = compile_rules(toml, generation);
}

void RpcWorld::open(inspect::FlowKind kind) {
  close();
  inspect::open(association, kind);
  halves_ = {};
  cut_ = false;
  verdict_ = {};
  open_ = true;
}

void RpcWorld::close() {
  if (!open_) return;
  inspect::Env with = env();
  inspect::close(association, with);
  open_ = false;
  drain();
}

Octets RpcWorld::feed(Side from, const Octets& bytes, std::size_t portion) {
  Octets out;
  const std::size_t step = portion == 0 ? std::max<std::size_t>(bytes.size(), 1) : portion;
  for (std::size_t at = 0; at < bytes.size() && !cut_; at += step)
    take(from, bytes.data() + at, std::min(step, bytes.size() - at), out);
  drain();
  return out;
}

void RpcWorld::take(Side from, const std::byte* bytes, std::size_t size, Octets& out) {
  Half& mine = half(from);
  while (size > 0) {
    const inspect::Want want = inspect::next_want(association, from);
    if (want.length == 0) throw std::logic_error("a want of nothing");
    if (want.length <= mine.gathered) throw std::logic_error("a want that shrank");
    if (const std::size_t taken = take_common(from, {bytes, size}, out); taken != 0) {
      bytes += taken;
      size -= taken;
      continue;
    }
    const bool pass = want.kind == inspect::Want::Kind::pass;
    const std::size_t n = std::min<std::size_t>(size, want.length - mine.gathered);
    const bool waits = !mine.kept.empty();
    mine.kept.insert(mine.kept.end(), bytes, bytes + n);
    bytes += n;
    size -= n;
    if (pass) {
      if (!waits) release(from, out);
      inspect::passed(association, from, static_cast<std::uint32_t>(n));
      continue;
    }
    mine.gathered += n;
    if (mine.gathered < want.length) return;
    mine.gathered = 0;
    const MutableBytes all{mine.kept};
    const MutableBytes unit = all.last(want.length);
    inspect::Env with = env();
    const inspect::Verdict verdict =
        inspect::judge(association, from, unit, want.whole ? all : unit, with);
    if (verdict.release == inspect::Release::cut) {
      cut_ = true;
      verdict_ = verdict;
      counters->reasons.add(verdict.reason);
      return;
    }
    if (verdict.release == inspect::Release::release) release(from, out);
  }
}

std::size_t RpcWorld::take_common(Side from, Bytes bytes, Octets& out) {
  Half& mine = half(from);
  if (!common || flow.lenient || !mine.kept.empty()) return 0;
  const auto size = static_cast<std::uint32_t>(bytes.size());
  const std::uint32_t unread = std::min(size, inspect::unread(association, from));
  const inspect::CommonEnv with{snapshot->generation(), now, *items, *counters};
  inspect::CommonPdu pdu;
  if (!inspect::find_common(association, from, unread, bytes.subspan(unread), with, pdu)) return 0;
  if (unread != 0) inspect::passed(association, from, unread);
  inspect::take_common(association, from, pdu, with);
  ++common_pdus;
  mine.kept.assign(bytes.begin(), bytes.begin() + unread + pdu.size);
  release(from, out);
  return unread + pdu.size;
}

std::vector<std::uint64_t> RpcWorld::remembered() const {
  const inspect::Association& a = association;
  std::vector<std::uint64_t> all{a.bind_seen,
                                 a.bound,
                                 a.refused,
                                 a.conc_mpx,
                                 a.connect_context,
                                 a.auth3_seen,
                                 a.trailer_seen,
                                 a.contexts,
                                 a.securities,
                                 a.calls,
                                 a.binds,
                                 a.group,
                                 a.asked,
                                 a.strays,
                                 a.callbacks,
                                 static_cast<std::uint64_t>(to_ns(a.group_told)),
                                 static_cast<std::uint64_t>(to_ns(a.client_moved)),
                                 static_cast<std::uint64_t>(to_ns(a.server_moved))};
  const auto add = [&all](auto... values) {
    (all.push_back(static_cast<std::uint64_t>(values)), ...);
  };
  for (const inspect::Direction& d : {a.client, a.server})
    add(d.phase, d.wanted, d.order_known, d.order, d.header.type, d.header.flags,
        d.header.frag_length, d.header.auth_length, d.header.call_id);
  const inspect::OpenRequest& r = a.request;
  add(r.open, r.poisoned, r.faulted, r.has_object, r.has_auth, r.trailer_seen, r.registering,
      r.gathering, r.auth_type, r.auth_level, r.auth_context, r.call_id, r.bytes, r.fragments,
      r.context, r.opnum, r.flags);
  for (std::uint32_t i = a.first_call; i != inspect::no_item;) {
    const auto& call = std::as_const(*items).get<inspect::CallItem>(i);
    add(call.id, call.context, call.opnum, call.level, call.poisoned, call.answering,
        call.unregisters, call.registration);
    i = call.next;
  }
  add(items->in_use());
  for (std::size_t i = 0; i < stats::counter_count; ++i)
    add(counters->counters.get(static_cast<stats::Counter>(i)));
  for (std::size_t i = 0; i < stats::reason_count; ++i)
    add(counters->reasons.get(static_cast<stats::Reason>(i)));
  return all;
}

void RpcWorld::release(Side from, Octets& out) {
  Half& mine = half(from);
  if (on_release) on_release(from, mine.kept);
  out.insert(out.end(), mine.kept.begin(), mine.kept.end());
  mine.kept.clear();
}

void RpcWorld::drain() {
  event::Event e;
  while (queue->pop(e)) events.push_back(e);
}

std::vector<event::Event> RpcWorld::take_events() {
  const std::vector<event::Event> fresh(events.begin() + static_cast<std::ptrdiff_t>(told_),
                                        events.end());
  told_ = events.size();
  return fresh;
}

std::size_t RpcWorld::count(event::Kind kind) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(events, [kind](const event::Event& e) { return e.kind == kind; }));
}

const event::Event& RpcWorld::last(event::Kind kind) const {
  for (auto e = events.rbegin(); e != events.rend(); ++e)
    if (e->kind == kind) return *e;
  throw std::logic_error("no event of this kind was told");
}

}  // namespace rpcgate::test
