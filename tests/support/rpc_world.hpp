// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The judgement with everything it stands on (rules, pinholes, items, events), and a stand-in for
// the stream stage that feeds it one direction's bytes in whatever portions, as
// inspect/inspector.hpp describes. For tests and fuzzing.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "inspect/inspector.hpp"
#include "pinhole/table.hpp"
#include "policy/snapshot.hpp"
#include "rpc_builder.hpp"

namespace rpcgate::test {

// Publishes 10.1.1.20 as 203.0.113.5 to 198.51.100.0/24: samr (privacy, but opnum 37), wkssvc
// (none), lsarpc (connect), drsuapi (integrity, anonymous too). Not: winreg.
extern const char* const standard_rules;

// Compiled once a text and generation: tests make many worlds of the same rules.
std::shared_ptr<const policy::Snapshot> compile_rules(const std::string& toml,
                                                      std::uint32_t generation = 1);

class RpcWorld {
 public:
  explicit RpcWorld(const std::string& toml = standard_rules, std::uint32_t items = 4096);
  ~RpcWorld();

  // A new connection of the client; the one before is closed.
  void open(inspect::FlowKind kind);
  void close();

  // Bytes of one side, `portion` at a time (0: as they are). What left of them is returned.
  Octets client(const Octets& bytes, std::size_t portion = 0) {
    return feed(inspect::Side::client, bytes, portion);
  }
  Octets server(const Octets& bytes, std::size_t portion = 0) {
    return feed(inspect::Side::server, bytes, portion);
  }
  Octets feed(inspect::Side from, const Octets& bytes, std::size_t portion);

  bool is_cut() const { return cut_; }
  inspect::Verdict cut_verdict() const { return verdict_; }
  std::size_t held(inspect::Side from) const { return half(from).kept.size(); }

  // Events since the last call, and those of one kind among all.
  std::vector<event::Event> take_events();
  std::size_t count(event::Kind kind) const;
  const event::Event& last(event::Kind kind) const;  // throws when there is none
  std::uint64_t reasons(stats::Reason reason) const { return counters->reasons.get(reason); }
  std::uint64_t counted(stats::Counter counter) const { return counters->counters.get(counter); }

  std::uint32_t items_in_use() const { return items->in_use(); }
  inspect::Env env();
  void use_rules(const std::string& toml, std::uint32_t generation);
  // What a test compares of two worlds: framing, the open request, the lists, counts.
  std::vector<std::uint64_t> remembered() const;

  std::shared_ptr<const policy::Snapshot> snapshot;
  inspect::FlowView flow;
  inspect::Association association;
  Instant now = instant_from_ns(1'700'000'000'000'000'000);
  std::unique_ptr<pinhole::Arenas> arenas;
  std::unique_ptr<pinhole::Table> pinholes;
  std::unique_ptr<notify::Arena> session_arena;
  std::unique_ptr<notify::Sessions> sessions;
  std::unique_ptr<arena::ItemArena> item_arena;
  std::unique_ptr<arena::ItemPool> items;
  std::unique_ptr<stats::WorkerCounters> counters;
  std::unique_ptr<event::Queue> queue;
  std::unique_ptr<inspect::AssociationGroups> groups;
  event::LearningGate learned{event::learning_period};
  std::vector<event::Event> events;                              // all so far
  std::function<void(inspect::Side, const Octets&)> on_release;  // as bytes leave
  bool common = false;            // take common PDUs in one step, as the stream stage does
  std::uint64_t common_pdus = 0;  // so many were

 private:
  struct Half {
    Octets kept;  // not released
    std::size_t gathered = 0;
  };
  Half& half(inspect::Side from) { return halves_[static_cast<std::size_t>(from)]; }
  const Half& half(inspect::Side from) const { return halves_[static_cast<std::size_t>(from)]; }
  void take(inspect::Side from, const std::byte* bytes, std::size_t size, Octets& out);
  std::size_t take_common(inspect::Side from, Bytes bytes, Octets& out);
  void release(inspect::Side from, Octets& out);
  void drain();

  std::array<Half, 2> halves_;
  bool open_ = false;
  bool cut_ = false;
  inspect::Verdict verdict_;
  std::size_t told_ = 0;
};

}  // namespace rpcgate::test
