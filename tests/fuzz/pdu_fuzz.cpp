// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Headers of every PDU: what is accepted has all its parts inside its own length.
#include "dcerpc/bind.hpp"
#include "dcerpc/pdu.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using namespace rpcgate::dcerpc;
using fuzz::require;

namespace {

void read_bodies(const CommonHeader& header, Bytes pdu) {
  const Bytes body = pdu.subspan(common_header_size);
  RequestHeader request;
  if (header.type == PduType::request) require(read_request(header, body, request) == Reason::none);
  ResponseHeader response;
  if (header.type == PduType::response)
    require(read_response(header, body, response) == Reason::none);
  FaultHeader fault;
  if (header.type == PduType::fault) require(read_fault(header, body, fault) == Reason::none);
  SecurityTrailer auth3;
  if (read_auth3(header, pdu, auth3) == Reason::none)
    require(header.type == PduType::auth3 && auth3.token.end() == pdu.size());
}

void read_trailers(const CommonHeader& header, Bytes pdu) {
  SecurityTrailer trailer;
  const bool good = read_trailer_of(header, pdu, trailer) == Reason::none;
  require(!good || header.has_trailer());
  if (!good) return;
  require(trailer.token.end() == pdu.size() && trailer.token.size == header.auth_length);
  require(trailer.offset % 4 == 0 && trailer.offset + trailer_size == trailer.token.offset);
  const Range stub = stub_range(header, &trailer);
  require(stub.offset + stub.size + trailer.pad == trailer.offset ||
          header.type != PduType::request);
  fuzz::require_inside(pdu, stub.offset, stub.size);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = as_bytes(data, size);
  CommonHeader header;
  if (read_common_header(bytes, header) != Reason::none) return 0;
  require(header.frag_length >= common_header_size);
  if (bytes.size() < header.frag_length) return 0;
  const Bytes pdu = bytes.first(header.frag_length);
  read_bodies(header, pdu);
  read_trailers(header, pdu);
  BindNak nak;
  const bool is_nak = read_bind_nak(header, pdu, nak) == Reason::none;
  require(is_nak == (header.type == PduType::bind_nak));
  return 0;
}
