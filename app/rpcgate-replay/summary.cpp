// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "summary.hpp"

#include <cstdio>

namespace rpcgate::replay {
namespace {

void line(std::string& out, std::string_view name, std::uint64_t value) {
  char text[96];
  std::snprintf(text, sizeof text, "  %-28.*s %12llu\n", static_cast<int>(name.size()), name.data(),
                static_cast<unsigned long long>(value));
  out += text;
}

void line_if(std::string& out, std::string_view name, std::uint64_t value) {
  if (value != 0) line(out, name, value);
}

template <class Array, class Index>
void section(std::string& out, const char* title, std::span<const stats::CounterInfo> table,
             const Array& values, Index first_shown) {
  std::string lines;
  for (std::size_t i = static_cast<std::size_t>(first_shown); i < table.size(); ++i)
    line_if(lines, table[i].name, values.get(static_cast<Index>(i)));
  if (!lines.empty()) out += std::string(title) + "\n" + lines;
}

}  // namespace

std::string summary(const Totals& totals, const stats::WorkerCounters& counters, bool truncated) {
  std::string out = "capture\n";
  line(out, "packets read", totals.packets_read);
  line(out, "bytes read", totals.bytes_read);
  line(out, "packets out", totals.packets_out);
  line_if(out, "packets cut short", totals.cut_short);
  line_if(out, "packets not replayed", totals.not_replayed);
  line(out, "seconds", static_cast<std::uint64_t>((totals.last - totals.first) / seconds{1}));
  line(out, "flows left open", totals.flows_left);
  line(out, "pinholes left open", totals.pinholes_left);
  if (truncated) out += "  the capture ends inside a packet\n";

  std::string events;
  const auto table = event::event_table();
  for (std::size_t i = 0; i < table.size(); ++i) line_if(events, table[i].name, totals.events[i]);
  if (!events.empty()) out += "events\n" + events;
  section(out, "counters", stats::counter_table(), counters.counters, stats::Counter{});
  section(out, "drops", stats::drop_table(), counters.drops, stats::Drop{});
  section(out, "reasons", stats::reason_table(), counters.reasons, stats::Reason{1});
  return out;
}

}  // namespace rpcgate::replay
