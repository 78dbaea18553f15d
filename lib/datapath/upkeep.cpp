// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "datapath/upkeep.hpp"

#include "datapath/admission.hpp"
#include "datapath/build.hpp"
#include "datapath/flow_life.hpp"

namespace rpcgate::datapath {
namespace {

using flow::Flow;
using flow::FlowFlag;
using interplane::Command;
using interplane::Reply;

constexpr std::uint32_t sweep_budget = 256;

bool concerns(const Context& context, const Command& command, std::uint32_t index) noexcept {
  const Flow f = (*context.flows)[index];
  switch (command.kind) {
    case Command::Kind::close_client:
      return f.client().address == command.client;
    case Command::Kind::close_pinhole:
      return f.pinhole_id() == command.id && command.id != 0;
    case Command::Kind::close_flow:
      return context.flows->id_of(index) == command.id;
    case Command::Kind::close_rule:
      return f->rule == command.id;
    case Command::Kind::count:
    case Command::Kind::stop:
      return false;
  }
  return false;
}

bool concerns(const Command& command, const pinhole::PinholeRecord& p) noexcept {
  switch (command.kind) {
    case Command::Kind::close_client:
      return p.key.client == command.client;
    case Command::Kind::close_pinhole:
      return p.id == command.id;
    case Command::Kind::close_rule:
      return p.rule == command.id;
    case Command::Kind::close_flow:
    case Command::Kind::count:
    case Command::Kind::stop:
      return false;
  }
  return false;
}

template <class Table, class F>
void for_all(Table& table, F&& f) noexcept {
  static_cast<void>(table.sweep(0, table.records().capacity(), f));
}

// UDP has no reset: the record goes at once. A TCP flow stays for a while in state cut.
void close_by_operator(Context& context, std::uint32_t index, stats::Reason reason) noexcept {
  const Flow f = (*context.flows)[index];
  if (f.is_tcp()) return cut(context, f, reason, false);
  cut(context, f, reason, true);
  end_flow(context, index);
}

void close_matching(Context& context, const Command& command, Reply& reply) noexcept {
  for_all(*context.flows, [&](std::uint32_t index) noexcept {
    if ((*context.flows)[index].has(FlowFlag::cut) || !concerns(context, command, index)) return;
    close_by_operator(context, index, command.reason);
    ++reply.flows;
  });
  for_all(*context.pinholes, [&](std::uint32_t index) noexcept {
    if (!concerns(command, (*context.pinholes)[index])) return;
    close_pinhole(context, index, command.reason);
    ++reply.pinholes;
  });
  context.sessions->silence([&](const notify::SessionRecord& session) noexcept {
    return (command.kind == Command::Kind::close_client && session.client == command.client) ||
           (command.kind == Command::Kind::close_rule && session.rule == command.id);
  });
}

}  // namespace

bool Upkeep::answer_commands(Context& context) noexcept {
  Command command;
  while (context.shared->commands.pop(command)) {
    Reply reply;
    reply.ticket = command.ticket;
    switch (command.kind) {
      case Command::Kind::close_client:
      case Command::Kind::close_pinhole:
      case Command::Kind::close_flow:
      case Command::Kind::close_rule:
        close_matching(context, command, reply);
        break;
      case Command::Kind::count:
      case Command::Kind::stop:
        reply.flows = context.flows->size();
        reply.pinholes = context.pinholes->size();
        break;
    }
    const bool stop = command.kind == Command::Kind::stop;
    if (stop) remove_all(context);
    // As many slots as commands: there is room.
    static_cast<void>(context.shared->replies.push(reply));
    if (stop) return true;
  }
  return false;
}

void Upkeep::sweep(Context& context) noexcept {
  if (context.policy->generation() != generation_) {
    generation_ = context.policy->generation();
    next_flow_ = next_pinhole_ = 0;
    flows_left_ = context.flows->size() != 0;
    pinholes_left_ = context.pinholes->size() != 0;
  }
  // Pinholes first: flows through those that go are cut after.
  if (pinholes_left_) {
    next_pinhole_ = context.pinholes->sweep(
        next_pinhole_, sweep_budget,
        [&](std::uint32_t index) noexcept { pinhole_lives_on(context, index); });
    pinholes_left_ = next_pinhole_ != 0;
    return;
  }
  if (!flows_left_) return;
  next_flow_ = context.flows->sweep(next_flow_, sweep_budget, [&](std::uint32_t index) noexcept {
    const Flow f = (*context.flows)[index];
    if (f.has(FlowFlag::cut)) return;
    const stats::Reason reason = rejudge_flow(context, index);
    if (reason == stats::Reason::none) return;
    cut(context, f, reason, !f.is_tcp());
    if (!f.is_tcp()) end_flow(context, index);
  });
  flows_left_ = next_flow_ != 0;
}

void remove_all(Context& context) noexcept {
  context.cut_flows.clear();
  context.ended_flows.clear();
  for_all(*context.flows, [&](std::uint32_t index) noexcept { remove_flow(context, index); });
  for_all(*context.pinholes,
          [&](std::uint32_t index) noexcept { context.pinholes->close(index, context.now); });
  context.sessions->remove_unused();
}

}  // namespace rpcgate::datapath
