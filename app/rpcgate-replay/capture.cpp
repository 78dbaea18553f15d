// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "capture.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <pcap/pcap.h>

namespace rpcgate::replay {
namespace {

constexpr std::size_t ethernet_size = 14;

Instant time_of(const timeval& tv) noexcept {  // nanoseconds in tv_usec: so asked of libpcap
  return instant_from_ns(static_cast<std::int64_t>(tv.tv_sec) * 1'000'000'000 + tv.tv_usec);
}

bool is_raw_ip(int link_type) noexcept {
  return link_type == DLT_RAW || link_type == DLT_IPV4 || link_type == DLT_IPV6 ||
         link_type == 101;  // LINKTYPE_RAW, as some writers put it
}

// A frame around a bare IP packet; its version tells the type.
void put_ethernet_header(std::vector<std::byte>& bytes, Bytes packet) {
  bytes.assign(ethernet_size, std::byte{0});
  const bool v6 = !packet.empty() && std::to_integer<unsigned>(packet[0]) >> 4 == 6;
  bytes[12] = std::byte{v6 ? std::uint8_t{0x86} : std::uint8_t{0x08}};
  bytes[13] = std::byte{v6 ? std::uint8_t{0xdd} : std::uint8_t{0x00}};
}

}  // namespace

struct CaptureReader::Handle {
  pcap_t* pcap = nullptr;
  bool raw_ip = false;
  ~Handle() {
    if (pcap != nullptr) pcap_close(pcap);
  }
};

CaptureReader::CaptureReader(std::unique_ptr<Handle> handle) noexcept
    : handle_(std::move(handle)) {}
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;
CaptureReader::~CaptureReader() = default;

Result<CaptureReader> CaptureReader::open(const std::string& path) {
  std::array<char, PCAP_ERRBUF_SIZE> why{};
  auto handle = std::make_unique<Handle>();
  handle->pcap =
      pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, why.data());
  if (handle->pcap == nullptr) return fail(ErrorCode::io, why.data());
  const int link_type = pcap_datalink(handle->pcap);
  handle->raw_ip = is_raw_ip(link_type);
  if (link_type != DLT_EN10MB && !handle->raw_ip) {
    const char* name = pcap_datalink_val_to_name(link_type);
    return fail(ErrorCode::unsupported, path + ": link type " +
                                            (name == nullptr ? std::to_string(link_type) : name) +
                                            ": only Ethernet and raw IP can be replayed");
  }
  return CaptureReader(std::move(handle));
}

bool CaptureReader::next(Frame& frame) {
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  const int got = pcap_next_ex(handle_->pcap, &header, &data);
  if (got != 1) {
    truncated_ = got == PCAP_ERROR;
    return false;
  }
  const Bytes packet = as_bytes(data, header->caplen);
  frame.bytes.clear();
  if (handle_->raw_ip) put_ethernet_header(frame.bytes, packet);
  frame.bytes.insert(frame.bytes.end(), packet.begin(), packet.end());
  frame.time = time_of(header->ts);
  frame.original_size =
      std::max<std::size_t>(header->len, header->caplen) + (handle_->raw_ip ? ethernet_size : 0);
  return true;
}

struct CaptureWriter::Handle {
  pcap_t* pcap = nullptr;
  pcap_dumper_t* dumper = nullptr;
  std::string path;
  ~Handle() {
    if (dumper != nullptr) pcap_dump_close(dumper);
    if (pcap != nullptr) pcap_close(pcap);
  }
};

CaptureWriter::CaptureWriter(std::unique_ptr<Handle> handle) noexcept
    : handle_(std::move(handle)) {}
CaptureWriter::CaptureWriter(CaptureWriter&&) noexcept = default;
CaptureWriter& CaptureWriter::operator=(CaptureWriter&&) noexcept = default;
CaptureWriter::~CaptureWriter() = default;

Result<CaptureWriter> CaptureWriter::create(const std::string& path) {
  auto handle = std::make_unique<Handle>();
  handle->path = path;
  handle->pcap =
      pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 262144, PCAP_TSTAMP_PRECISION_NANO);
  if (handle->pcap == nullptr) return fail(ErrorCode::exhausted, path + ": no memory");
  handle->dumper = pcap_dump_open(handle->pcap, path.c_str());
  if (handle->dumper == nullptr) return fail(ErrorCode::io, pcap_geterr(handle->pcap));
  return CaptureWriter(std::move(handle));
}

void CaptureWriter::write(Instant time, Bytes frame) {
  pcap_pkthdr header{};
  header.ts.tv_sec = to_ns(time) / 1'000'000'000;
  header.ts.tv_usec = to_ns(time) % 1'000'000'000;
  header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
  pcap_dump(reinterpret_cast<u_char*>(handle_->dumper), &header,
            reinterpret_cast<const u_char*>(frame.data()));
}

Result<void> CaptureWriter::close() {
  if (pcap_dump_flush(handle_->dumper) != 0)
    return fail(ErrorCode::io, handle_->path + ": could not be written");
  return {};
}

}  // namespace rpcgate::replay
