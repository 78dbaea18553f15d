// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// bind, alter_context and their answers: every byte of an accepted PDU belongs to something, and
// what a refusal overwrites is what was judged.
#include <algorithm>

#include "dcerpc/bind.hpp"
#include "fuzz.hpp"

using namespace rpcgate;
using namespace rpcgate::dcerpc;
using fuzz::require;

namespace {

void check_bind(const CommonHeader& header, Bytes pdu) {
  Bind bind;
  if (read_bind(header, pdu, bind) != Reason::none) return;
  std::size_t end = 28;
  for (const BindElement& element : bind.elements) {
    require(element.abstract_offset == end + 4);
    wire::Reader again{pdu.subspan(element.abstract_offset, 16), header.order};
    require(Uuid::read(again) == element.abstract.uuid);
    end += 24 + 20 * element.transfers.size();
  }
  require(bind.has_trailer == header.has_trailer());
  if (bind.has_trailer) {  // without its token it says the same
    Bind head;
    const Bytes beginning = pdu.first(header.trailer_offset() + trailer_size);
    require(read_bind_without_token(header, beginning, head) == Reason::none);
    require(head.elements.size() == bind.elements.size() && head.group == bind.group);
    require(head.trailer.token.offset == bind.trailer.token.offset &&
            head.trailer.level == bind.trailer.level);
  }
  const std::size_t elements = end - 28;
  if (bind.has_trailer) end += bind.trailer.pad + trailer_size + header.auth_length;
  const bool repeated = header.type == PduType::alter_context && end + elements == pdu.size();
  require(end == pdu.size() || repeated);
}

void check_ack(const CommonHeader& header, Bytes pdu) {
  BindAck ack;
  if (read_bind_ack(header, pdu, ack) != Reason::none) return;
  fuzz::require_inside(pdu, ack.port_text.offset, ack.port_text.size);
  std::size_t end = (ack.port_text.end() + 3) / 4 * 4 + 4;
  for (const BindOutcome& outcome : ack.outcomes) {
    require(outcome.offset == end);
    end += 24;
  }
  if (ack.has_trailer) end += ack.trailer.pad + trailer_size + header.auth_length;
  const bool bare_trailer = !ack.has_trailer && end + trailer_size == pdu.size();
  require(end == pdu.size() || bare_trailer);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = as_bytes(data, size);
  CommonHeader header;
  if (read_common_header(bytes, header) != Reason::none) return 0;
  const Bytes pdu = bytes.first(std::min<std::size_t>(bytes.size(), header.frag_length));
  check_bind(header, pdu);
  check_ack(header, pdu);
  return 0;
}
