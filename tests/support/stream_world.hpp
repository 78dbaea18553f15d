// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A sender, the stream stage and a receiver, joined by wires that lose, repeat and reorder, with
// the judge of record_judge.hpp. Everything that happens is chosen by one function (random numbers,
// or the input of a fuzzer), so a case is reproduced by its choices. Looked at after every packet:
//   - a byte that the judge reads leaves with the judged content, and after its verdict;
//   - the gateway acknowledges nothing that has not come to it, whatever the receiver claims;
//   - the sender forgets what is acknowledged, and yet all arrives;
//   - the right edge of the window is never moved beyond where the receiver put it;
//   - in the end every block has come back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/record_judge.hpp"

namespace rpcgate::tests {

class StreamWorld {
 public:
  using Choose = std::function<std::uint32_t(std::uint32_t below)>;  // a number in [0, below)

  struct Options {
    bool lies = false;            // the sender repeats bytes with other content
    bool receiver_lies = false;   // the receiver acknowledges bytes that it has not got
    bool timestamps = false;      // and old segments come late
    bool chains = false;          // segments lie in several pieces
    bool closes_windows = false;  // the receiver reads slowly
    bool small_paths = false;     // routers find segments too large
    bool calm = false;            // mostly whole records, one at a time
    bool common = true;           // tcp::take_common() is asked first
    std::uint32_t loss = 0;       // per cent, each wire
    std::uint32_t window = 65535;
    std::uint32_t largest_segment = 1460;
  };

  StreamWorld(std::vector<std::byte> stream, Options options, Choose choose);
  ~StreamWorld();

  // Runs until all arrived or `steps` are used up. Empty: all well; otherwise what went wrong.
  std::string run(std::uint32_t steps);
  std::size_t blocks_in_use() const;
  // All that left, as one number; and how many segments take_common() took.
  std::uint64_t left() const;
  std::uint64_t taken_as_common() const;
  std::uint64_t pinned() const;  // of these, so many with a record that was read

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rpcgate::tests
