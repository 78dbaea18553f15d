// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The stream stage between a sender and a receiver (support/stream_world.hpp names its oracle). The
// input is the stream, and then every choice: cuts, orders, repetitions, losses, lies.
#include <algorithm>

#include "fuzz.hpp"
#include "support/stream_world.hpp"

using namespace rpcgate;
using tests::StreamWorld;

namespace {

// Hands out the input byte by byte; when it is used up, numbers that go round.
class Choices {
 public:
  explicit Choices(Bytes bytes) : bytes_(bytes) {}
  std::uint32_t operator()(std::uint32_t below) {
    const std::uint32_t low = next();
    return (below <= 256 ? low : low + 256 * next()) % below;
  }

 private:
  std::uint32_t next() {
    if (at_ < bytes_.size()) return std::to_integer<std::uint32_t>(bytes_[at_++]);
    return state_ = state_ * 1103515245u + 12345u, state_ >> 16 & 0xff;
  }
  Bytes bytes_;
  std::size_t at_ = 0;
  std::uint32_t state_ = 1;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t most_stream = 600;
  if (size < 4) return 0;
  const Bytes input = as_bytes(data, size);
  StreamWorld::Options options;
  options.lies = (data[0] & 1) != 0;
  options.timestamps = (data[0] & 2) != 0;
  options.chains = (data[0] & 4) != 0;
  options.closes_windows = (data[0] & 8) != 0;
  options.small_paths = (data[0] & 16) != 0;
  // What a fuzzer finds is a state that breaks a promise; that all arrives needs fair choices.
  options.receiver_lies = true;
  options.loss = data[1] % 30;
  options.largest_segment = (data[0] & 32) != 0 ? 4u : 1460u;
  const std::size_t length = std::min({std::size_t{data[2]} * 4, input.size() - 3, most_stream});
  const Bytes stream = input.subspan(3, length);
  StreamWorld world{{stream.begin(), stream.end()}, options, Choices{input.subspan(3 + length)}};
  const std::string fault = world.run(2000);
  // The records are the fuzzer's own, and may ask for more than a stream may hold.
  fuzz::require(fault.empty() || fault.starts_with("cut: ") || fault.starts_with("timer: "));
  return 0;
}
