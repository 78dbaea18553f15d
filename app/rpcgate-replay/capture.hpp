// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Captures on disk: pcap and pcapng in, pcap out, Ethernet frames to the rest of replay. Raw IP
// gets an Ethernet header on the way in. libpcap's C interface does not leave capture.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace rpcgate::replay {

struct Frame {
  Instant time{};
  std::vector<std::byte> bytes;   // from the Ethernet header on
  std::size_t original_size = 0;  // on the wire; larger when the capture cut it short
};

class CaptureReader {
 public:
  static Result<CaptureReader> open(const std::string& path);
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;
  ~CaptureReader();
  // False at the end. A capture that ends inside a packet ends there: truncated() says so.
  bool next(Frame& frame);
  bool truncated() const noexcept { return truncated_; }

 private:
  struct Handle;
  explicit CaptureReader(std::unique_ptr<Handle> handle) noexcept;
  std::unique_ptr<Handle> handle_;
  bool truncated_ = false;
};

class CaptureWriter {
 public:
  static Result<CaptureWriter> create(const std::string& path);
  CaptureWriter(CaptureWriter&&) noexcept;
  CaptureWriter& operator=(CaptureWriter&&) noexcept;
  ~CaptureWriter();
  void write(Instant time, Bytes frame);
  Result<void> close();  // flushed, or why not

 private:
  struct Handle;
  explicit CaptureWriter(std::unique_ptr<Handle> handle) noexcept;
  std::unique_ptr<Handle> handle_;
};

}  // namespace rpcgate::replay
