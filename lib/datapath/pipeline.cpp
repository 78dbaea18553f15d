// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The way of a packet, on one page (docs/packet-path.md).
#include "datapath/pipeline.hpp"

#include <tuple>

#include "datapath/stages/stages.hpp"
#include "datapath/transmitter.hpp"
#include "datapath/waiting.hpp"

namespace rpcgate::datapath {
namespace {

std::size_t buffered(const Context& context) noexcept {
  std::size_t n = 0;
  for (const Transmitter::Buffer& buffer : context.transmitter->ports) n += buffer.size;
  return n;
}

// Debug builds: what entered a stage or was made in it equals what left, was dropped or is kept.
template <class... Bursts>
class Conservation {
 public:
  explicit Conservation(const Context& context, const Bursts&... bursts) noexcept
      : context_(context), bursts_(bursts...), before_(total()) {}
  ~Conservation() { RPCGATE_DCHECK(total() == before_); }

 private:
  std::uint64_t total() const noexcept {
    const Ledger& l = context_.ledger;
    const auto in_bursts =
        std::apply([](const auto&... b) { return (std::uint64_t{0} + ... + b.size()); }, bursts_);
    return in_bursts + context_.out.size() + buffered(context_) + l.dropped + l.kept - l.made;
  }
  const Context& context_;
  std::tuple<const Bursts&...> bursts_;
  std::uint64_t before_;
};

}  // namespace

std::size_t Pipeline::run(Context& context) noexcept {
  const auto checked = [&context](auto stage, auto&... bursts) noexcept {
#ifndef NDEBUG
    const Conservation check(context, bursts...);
#endif
    stage(context, bursts...);
  };
  context.openings.clear();

  checked(rx, received_, owned_);
  // What was read for other ports' queues lies in the transmit buffers already.
  const std::size_t taken_in = received_.size() + owned_.size() + buffered(context);
  checked(fast, received_, uncommon_, inspected_);
  checked(fast, owned_, handed_, inspected_);
  checked(parse, uncommon_, parsed_);
  checked(steer, parsed_, handed_);
  checked(reassemble, handed_, whole_);
  checked(classify, whole_, known_);
  checked(track, known_, tracked_);
  checked(nat, tracked_, inspected_);
  checked(stream, inspected_);
  checked(stream_timers);
  checked([](Context& c) noexcept { route(c, c.out); });
  checked(retry_waiting);
  checked(tx);
  return taken_in;
}

}  // namespace rpcgate::datapath
