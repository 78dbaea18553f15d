// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "rpc_builder.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace rpcgate::test {
namespace {

// Appends integers in one byte order; grows as it goes, aligns from its own start.
class Out {
 public:
  explicit Out(ByteOrder order = ByteOrder::little) : order_(order) {}
  void integer(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
      const unsigned shift = 8 * (order_ == ByteOrder::little ? i : size - 1 - i);
      octets.push_back(static_cast<std::byte>(value >> shift));
    }
  }
  void u8(std::uint64_t value) { integer(value, 1); }
  void u16(std::uint64_t value) { integer(value, 2); }
  void u32(std::uint64_t value) { integer(value, 4); }
  void count(std::uint64_t value, Ndr ndr) {  // a pointer or an array count
    if (ndr == Ndr::ndr64) align(8);
    integer(value, ndr == Ndr::ndr64 ? 8 : 4);
  }
  void bytes(const Octets& from) { octets.insert(octets.end(), from.begin(), from.end()); }
  void zeros(std::size_t n) { octets.insert(octets.end(), n, std::byte{0}); }
  void align(std::size_t to) { zeros((to - octets.size() % to) % to); }
  void syntax(const Interface& id) {
    bytes(uuid_bytes(id.uuid, order_));
    u32(std::uint32_t{id.major} | (std::uint32_t{id.minor} << 16));
  }
  Octets octets;

 private:
  ByteOrder order_;
};

Octets bind_like(std::uint8_t type, const Head& head, const std::vector<Element>& elements,
                 const std::optional<Trailer>& trailer, std::uint32_t group) {
  Out out(head.order);
  out.u16(5840);
  out.u16(5840);
  out.u32(group);
  out.u8(elements.size());
  out.zeros(3);
  for (const Element& element : elements) {
    out.u16(element.id);
    out.u8(element.transfers.size());
    out.u8(0);
    out.syntax(element.abstract);
    for (const Interface& transfer : element.transfers) out.syntax(transfer);
  }
  return pdu(type, head, out.octets, trailer);
}

Octets ack_like(std::uint8_t type, const Head& head, const std::vector<Outcome>& outcomes,
                std::uint32_t group, const std::optional<Trailer>& trailer, std::string_view port) {
  Out out(head.order);
  out.u16(5840);
  out.u16(5840);
  out.u32(group);
  out.u16(port.empty() ? 0 : port.size() + 1);
  for (const char c : port) out.u8(static_cast<std::uint8_t>(c));
  if (!port.empty()) out.u8(0);
  out.align(4);  // the header is 16 bytes, so alignment is the same from here
  out.u8(outcomes.size());
  out.zeros(3);
  for (const Outcome& outcome : outcomes) {
    out.u16(outcome.result);
    out.u16(outcome.reason);
    if (outcome.transfer)
      out.syntax(*outcome.transfer);
    else
      out.zeros(20);
  }
  return pdu(type, head, out.octets, trailer);
}

Octets der(std::uint8_t tag, const Octets& content) {
  Out out(ByteOrder::big);
  out.u8(tag);
  if (content.size() < 0x80)
    out.u8(content.size());
  else if (content.size() < 0x100)
    out.u8(0x81), out.u8(content.size());
  else
    out.u8(0x82), out.u16(content.size());
  out.bytes(content);
  return out.octets;
}

std::uint8_t fragment_flags(const Head& head, bool first, bool last) {
  return static_cast<std::uint8_t>((head.flags & ~0x03) | (first ? 1 : 0) | (last ? 2 : 0));
}

}  // namespace

Octets uuid_bytes(std::string_view uuid, ByteOrder order) {
  const Octets as_written = from_hex(uuid);
  if (as_written.size() != 16) throw std::invalid_argument("a UUID has 16 bytes");
  if (order == ByteOrder::big) return as_written;
  Octets out = as_written;
  std::reverse(out.begin(), out.begin() + 4);
  std::reverse(out.begin() + 4, out.begin() + 6);
  std::reverse(out.begin() + 6, out.begin() + 8);
  return out;
}

Octets pdu(std::uint8_t type, const Head& head, const Octets& body,
           const std::optional<Trailer>& trailer) {
  Out out(head.order);
  Octets padded = body;
  std::size_t pad = 0;
  if (trailer) {
    pad = (4 - body.size() % 4) % 4;
    padded.resize(body.size() + pad);
  }
  const std::size_t auth = trailer ? trailer->token.size() : 0;
  out.u8(5);
  out.u8(0);
  out.u8(type);
  out.u8(head.flags);
  out.u8(head.order == ByteOrder::little ? 0x10 : 0x00);
  out.zeros(3);
  out.u16(16 + padded.size() + (trailer ? 8 + auth : 0));
  out.u16(auth);
  out.u32(head.call);
  out.bytes(padded);
  if (trailer) {
    out.u8(trailer->type);
    out.u8(trailer->level);
    out.u8(trailer->pad + pad);
    out.u8(0);
    out.u32(trailer->context);
    out.bytes(trailer->token);
  }
  return out.octets;
}

Octets bind(const Head& head, const std::vector<Element>& elements,
            const std::optional<Trailer>& trailer, std::uint32_t group) {
  return bind_like(pdu_bind, head, elements, trailer, group);
}
Octets alter(const Head& head, const std::vector<Element>& elements,
             const std::optional<Trailer>& trailer, std::uint32_t group) {
  return bind_like(pdu_alter, head, elements, trailer, group);
}
Octets bind_ack(const Head& head, const std::vector<Outcome>& outcomes, std::uint32_t group,
                const std::optional<Trailer>& trailer, std::string_view port) {
  return ack_like(pdu_bind_ack, head, outcomes, group, trailer, port);
}
Octets alter_resp(const Head& head, const std::vector<Outcome>& outcomes,
                  const std::optional<Trailer>& trailer) {
  return ack_like(pdu_alter_resp, head, outcomes, 0x3988, trailer, {});
}
Octets bind_nak(const Head& head, std::uint16_t reason) {
  Out out(head.order);
  out.u16(reason);
  out.u8(1);
  out.u8(5);
  out.u8(0);
  out.zeros(3);
  return pdu(pdu_bind_nak, head, out.octets);
}
Octets auth3(const Head& head, const Trailer& trailer) {
  return pdu(pdu_auth3, head, Octets(4), trailer);
}

Octets request(const Head& head, const Call& call) {
  Out out(head.order);
  out.u32(call.stub.size());
  out.u16(call.context);
  out.u16(call.opnum);
  Head with = head;
  if (call.object) {
    out.bytes(uuid_bytes(*call.object, head.order));
    with.flags |= 0x80;
  }
  out.bytes(call.stub);
  return pdu(pdu_request, with, out.octets, call.trailer);
}

Octets response(const Head& head, std::uint16_t context, const Octets& stub,
                const std::optional<Trailer>& trailer) {
  Out out(head.order);
  out.u32(stub.size());
  out.u16(context);
  out.u16(0);
  out.bytes(stub);
  return pdu(pdu_response, head, out.octets, trailer);
}

Octets fault(const Head& head, std::uint16_t context, std::uint32_t status) {
  Out out(head.order);
  out.u32(32);
  out.u16(context);
  out.u16(0);
  out.u32(status);
  out.u32(0);
  return pdu(pdu_fault, head, out.octets);
}

std::vector<Octets> request_fragments(const Head& head, const Call& call, std::size_t chunk) {
  std::vector<Octets> out;
  for (std::size_t at = 0; at < call.stub.size(); at += chunk) {
    const std::size_t end = std::min(at + chunk, call.stub.size());
    Call part = call;
    part.stub.assign(call.stub.begin() + static_cast<std::ptrdiff_t>(at),
                     call.stub.begin() + static_cast<std::ptrdiff_t>(end));
    Head with = head;
    with.flags = fragment_flags(head, at == 0, end == call.stub.size());
    out.push_back(request(with, part));
  }
  return out;
}

std::vector<Octets> response_fragments(const Head& head, std::uint16_t context, const Octets& stub,
                                       std::size_t chunk) {
  std::vector<Octets> out;
  for (std::size_t at = 0; at < stub.size(); at += chunk) {
    const std::size_t end = std::min(at + chunk, stub.size());
    Head with = head;
    with.flags = fragment_flags(head, at == 0, end == stub.size());
    out.push_back(response(with, context,
                           Octets(stub.begin() + static_cast<std::ptrdiff_t>(at),
                                  stub.begin() + static_cast<std::ptrdiff_t>(end))));
  }
  return out;
}

Octets tower(const Tower& what) {
  Out out;  // always little-endian, but for the port and the address
  const auto interface_floor = [&out](const Interface& id) {
    out.u16(19);
    out.u8(0x0d);
    out.bytes(uuid_bytes(id.uuid, ByteOrder::little));
    out.u16(id.major);
    out.u16(2);
    out.u16(id.minor);
  };
  out.u16(5);
  interface_floor(what.interface);
  interface_floor(what.transfer);
  out.u16(1);
  out.u8(what.protocol);
  out.u16(2);
  out.u16(0);
  out.u16(1);
  out.u8(what.port_protocol);
  out.u16(2);
  out.u8(what.port >> 8);
  out.u8(what.port & 0xff);
  out.u16(1);
  out.u8(0x09);
  out.u16(4);
  for (int shift = 24; shift >= 0; shift -= 8) out.u8((what.address >> shift) & 0xff);
  return out.octets;
}

Octets map_question(const MapQuestion& question, Ndr ndr, ByteOrder order) {
  Out out(order);
  const Octets octets = tower(question.tower);
  out.count(question.object_pointer ? 1 : 0, ndr);
  if (question.object_pointer) out.zeros(16);
  out.count(2, ndr);
  out.count(octets.size(), ndr);
  out.u32(octets.size());
  out.bytes(octets);
  out.align(4);
  out.zeros(20);
  out.u32(question.max_towers);
  return out.octets;
}

Octets map_answer(const MapAnswer& answer, Ndr ndr, ByteOrder order) {
  Out out(order);
  out.zeros(20);
  out.u32(answer.towers.size());
  out.count(answer.max_towers, ndr);
  out.count(0, ndr);
  out.count(answer.towers.size(), ndr);
  for (std::size_t i = 0; i < answer.towers.size(); ++i) out.count(3 + i, ndr);
  for (const Tower& each : answer.towers) {
    const Octets octets = tower(each);
    out.align(ndr == Ndr::ndr64 ? 8 : 4);
    out.count(octets.size(), ndr);
    out.u32(octets.size());
    out.bytes(octets);
  }
  out.align(4);
  out.u32(answer.status);
  return out.octets;
}

Octets push_question(const PushQuestion& question, Ndr ndr, ByteOrder order) {
  Out out(order);
  out.zeros(20);
  out.u32(0);
  out.count(question.context.size(), ndr);
  for (const char c : question.context) out.u8(static_cast<unsigned char>(c));
  out.align(2);
  out.u16(question.context.size());
  out.align(4);
  out.u32(0xffffffff);
  out.count(16, ndr);
  out.u8(2);  // AF_INET, always little-endian
  out.u8(0);
  out.u8(question.port >> 8);
  out.u8(question.port & 0xff);
  for (int shift = 24; shift >= 0; shift -= 8) out.u8((question.address >> shift) & 0xff);
  out.zeros(8);
  out.u16(16);
  return out.octets;
}

Octets ntlm_negotiate() {
  Out out;
  out.bytes(from_hex("4e544c4d53535000"));
  out.u32(1);
  out.u32(0x62088215);
  out.zeros(16);
  return out.octets;
}

Octets ntlm_challenge() {
  Out out;
  out.bytes(from_hex("4e544c4d53535000"));
  out.u32(2);
  out.zeros(8);
  out.u32(0x62088215);
  out.zeros(24);
  return out.octets;
}

Octets ntlm_authenticate(const NtlmUser& user) {
  constexpr std::size_t fixed = 72;
  Out payload;
  const auto field = [&payload](Out& head, const Octets& content) {
    head.u16(content.size());
    head.u16(content.size());
    head.u32(fixed + payload.octets.size());
    payload.bytes(content);
  };
  const auto utf16 = [](std::string_view text) {
    Octets out;
    for (const char c : text) {
      out.push_back(static_cast<std::byte>(c));
      out.push_back(std::byte{0});
    }
    return out;
  };
  Out out;
  out.bytes(from_hex("4e544c4d53535000"));
  out.u32(3);
  field(out, Octets(user.nt_response == 0 ? 1 : 24));  // an anonymous LM response is one zero
  field(out, Octets(user.nt_response, std::byte{0x5a}));
  field(out, utf16(user.domain));
  field(out, utf16(user.user));
  field(out, utf16(user.workstation));
  field(out, {});
  out.u32(0x62088215 | user.extra_flags);
  out.zeros(fixed - out.octets.size());
  out.bytes(payload.octets);
  return out.octets;
}

Octets spnego_init(const Octets& mech_token) {
  const Octets ntlm_oid = from_hex("060a2b06010401823702020a");
  const Octets kerberos_oid = from_hex("06092a864886f712010202");
  const bool is_ntlm = mech_token.size() > 7 && mech_token[0] == std::byte{'N'};
  const Octets mechanisms = der(0xa0, der(0x30, is_ntlm ? ntlm_oid : kerberos_oid));
  const Octets token = der(0xa2, der(0x04, mech_token));
  const Octets init = der(0xa0, der(0x30, joined({mechanisms, token})));
  return der(0x60, joined({from_hex("06062b0601050502"), init}));
}

Octets spnego_response(const Octets& response_token) {
  const Octets state = from_hex("a0030a0101");
  return der(0xa1, der(0x30, joined({state, der(0xa2, der(0x04, response_token))})));
}

Octets kerberos_ap_req() {
  // RFC 4121: the mechanism's OID, token id 01 00, then an AP-REQ.
  const Octets ap_req = der(0x6e, der(0x30, Octets(300, std::byte{0x42})));
  return der(0x60, joined({from_hex("06092a864886f7120102020100"), ap_req}));
}

Octets from_hex(std::string_view hex) {
  Octets out;
  unsigned value = 0;
  bool half = false;
  for (const char c : hex) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<unsigned>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
      digit = static_cast<unsigned>(c - 'A') + 10;
    else if (c == ' ' || c == '\n' || c == '-')
      continue;
    else
      throw std::invalid_argument("not hexadecimal");
    value = value * 16 + digit;
    if (half) out.push_back(static_cast<std::byte>(value & 0xff));
    half = !half;
  }
  return out;
}

std::string to_hex(Bytes bytes) {
  std::string out;
  for (const std::byte b : bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += digits[std::to_integer<unsigned>(b) >> 4];
    out += digits[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

Octets joined(const std::vector<Octets>& parts) {
  Octets out;
  for (const Octets& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace rpcgate::test
