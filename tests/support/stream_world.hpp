// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// A sender, the stream stage and a receiver, joined by lossy wires, with a judge of the test's own:
// the stream is a row of records `kind, size lo, size hi` + body. Used by the model test and the
// fuzz target of the stream stage, which bring the choices (random numbers or fuzz input).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tcp/engine.hpp"

namespace rpcgate::tests {

// What the judge does with a record's body.
enum class Kind : std::uint8_t {
  pass,     // unread
  read,     // read and released; a first byte 0x66 is patched to 0xff
  hold,     // read and held
  release,  // read with all that is held, which is released; each held byte 0x66 becomes 0xff
  count
};

// The judge, as a reference: what must arrive.
std::vector<std::byte> judged(std::vector<std::byte> stream);
// Which bytes the judge read (and so must never differ).
std::vector<bool> bytes_read(const std::vector<std::byte>& stream);

class StreamWorld {
 public:
  using Choose = std::function<std::uint32_t(std::uint32_t below)>;  // a number in [0, below)

  struct Options {
    bool lies = false;       // retransmissions carry other content
    std::uint32_t loss = 0;  // per cent, each wire
    std::uint32_t window = 65535;
    std::uint32_t largest_segment = 1460;
  };

  StreamWorld(std::vector<std::byte> stream, Options options, Choose choose);
  ~StreamWorld();

  // Runs until all arrived or `steps` are used up. Empty: all well; otherwise what went wrong.
  std::string run(std::uint32_t steps);
  std::size_t blocks_in_use() const;

 private:
  struct State;
  // After the last step: did everything arrive as it had to?
  std::string outcome(const std::vector<std::byte>& expected, const std::vector<bool>& read);

  std::vector<std::byte> stream_;
  Options options_;
  Choose choose_;
  std::unique_ptr<State> state_;
};

}  // namespace rpcgate::tests
