// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "rpc_world.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

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
