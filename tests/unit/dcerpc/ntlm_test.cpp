// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

#include "dcerpc/ntlm.hpp"

#include <string>

#include <gtest/gtest.h>

#include "dcerpc/der.hpp"
#include "dcerpc/utf.hpp"
#include "examples.hpp"

namespace rpcgate::dcerpc {
namespace {

using test::hex;
using test::operator+;
using test::Octets;

Octets ascii(std::string_view text) {
  Octets out;
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
  return out;
}

Octets utf16(std::u16string_view text) {
  Octets out;
  for (const char16_t c : text) {
    out.push_back(static_cast<std::byte>(c));
    out.push_back(static_cast<std::byte>(c >> 8));
  }
  return out;
}

void put32(Octets& at, std::size_t offset, std::uint32_t value) {
  for (unsigned i = 0; i < 4; ++i) at[offset + i] = static_cast<std::byte>(value >> (8 * i));
}

// An AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3) of 64 bytes and its payload.
struct Authenticate {
  Octets lm = test::zeros(24);
  Octets nt = test::zeros(24);
  Octets domain = utf16(u"CORP");
  Octets user = utf16(u"alice");
  Octets workstation = utf16(u"PC1");
  std::uint32_t flags = 0xe0888235;

  Octets octets() const {
    Octets out = hex("4e 54 4c 4d 53 53 50 00 03 00 00 00") + test::zeros(52);
    std::size_t place = 12;
    for (const Octets& field : {lm, nt, domain, user, workstation, Octets{}}) {
      test::put16(out, place, static_cast<unsigned>(field.size()));
      test::put16(out, place + 2, static_cast<unsigned>(field.size()));
      put32(out, place + 4, static_cast<std::uint32_t>(out.size()));
      out = out + field;
      place += 8;
    }
    put32(out, 60, flags);
    return out;
  }
};

Octets der(unsigned tag, const Octets& content) {
  Octets out{static_cast<std::byte>(tag)};
  if (content.size() >= 0x100) {
    out = out + hex("82") + Octets{static_cast<std::byte>(content.size() >> 8)};
  } else if (content.size() >= 0x80) {
    out = out + hex("81");
  }
  out.push_back(static_cast<std::byte>(content.size()));
  return out + content;
}

const Octets spnego_oid = hex("06 06 2b 06 01 05 05 02");
const Octets mech_types = der(0xa0, der(0x30, hex("06 0a 2b 06 01 04 01 82 37 02 02 0a")));

Octets init(const Octets& token) {
  return der(0x60, spnego_oid + der(0xa0, der(0x30, mech_types + der(0xa2, der(4, token)))));
}
Octets response(const Octets& token) {
  return der(0xa1, der(0x30, der(0xa0, hex("0a 01 01")) + der(0xa2, der(4, token)) +
                                 der(0xa3, der(4, test::zeros(16)))));
}
const Octets ap_req = der(0x6e, der(0x30, Octets(300, std::byte{0x42})));
const Octets framed_ap_req = der(0x60, hex("06 09 2a 86 48 86 f7 12 01 02 02 01 00") + ap_req);

Token ntlm(const Authenticate& message) {
  return read_token(AuthType::ntlm, message.octets());
}

TEST(Ntlm, AuthenticateNamesItsCaller) {
  const Token token = ntlm({});
  EXPECT_EQ(token.kind, TokenKind::ntlm_authenticate);
  EXPECT_FALSE(token.anonymous);
  EXPECT_FALSE(token.in_spnego);
  EXPECT_EQ(token.signature_offset, 0u);
  EXPECT_EQ(token.user.view(), "alice");
  EXPECT_EQ(token.domain.view(), "CORP");
  EXPECT_EQ(token.workstation.view(), "PC1");
  EXPECT_EQ(token.flags, 0xe0888235u);
}

TEST(Ntlm, AuthenticateIsUnreadableAtEveryBeginning) {
  const Octets whole = Authenticate{}.octets();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const test::Beginning beginning{whole, size};
    const Token token = read_token(AuthType::ntlm, beginning.bytes());
    EXPECT_EQ(token.kind, TokenKind::unreadable) << size;
    EXPECT_TRUE(token.user.empty()) << size;
  }
}

TEST(Ntlm, AnonymousByItsFlag) {
  EXPECT_TRUE(ntlm({.flags = 0xe0888a35}).anonymous);
}

TEST(Ntlm, AnonymousWithoutUserAndAnswer) {
  EXPECT_TRUE(ntlm({.lm = {}, .nt = {}, .user = {}}).anonymous);
  EXPECT_TRUE(ntlm({.lm = test::zeros(1), .nt = {}, .domain = {}, .user = {}}).anonymous);
}

TEST(Ntlm, AnonymousWhenItsNameEndsAtOnce) {
  EXPECT_TRUE(ntlm({.nt = {}, .user = utf16(std::u16string_view{u"\0alice", 6})}).anonymous);
  EXPECT_TRUE(ntlm({.nt = {}, .user = ascii("A")}).anonymous);  // half a character
  EXPECT_TRUE(ntlm({.user = {}}).anonymous);
}

TEST(Ntlm, AnonymousWhenNothingIsProven) {
  EXPECT_TRUE(ntlm({.lm = {}, .nt = {}}).anonymous);
  EXPECT_TRUE(ntlm({.lm = test::zeros(1), .nt = {}}).anonymous);
  EXPECT_FALSE(ntlm({.lm = test::zeros(24), .nt = {}}).anonymous);  // the LM answer alone
  EXPECT_FALSE(ntlm({.lm = {}, .nt = test::zeros(24)}).anonymous);
}

TEST(Ntlm, ReadsNamesInTheClientsCodePage) {
  const Token token =
      ntlm({.domain = ascii("CORP"), .user = ascii("j\xfcrgen"), .flags = 0xe0888234});
  EXPECT_EQ(token.user.view(), "j\xef\xbf\xbdrgen");
  EXPECT_EQ(token.domain.view(), "CORP");
}

TEST(Ntlm, ReadsNamesBeyondTheFirstPlane) {
  EXPECT_EQ(ntlm({.user = utf16(u"\u00fc\u20ac\U0001f600")}).user.view(),
            "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(ntlm({.user = utf16(std::u16string{0xd83d, u'a'})}).user.view(),
            "\xef\xbf\xbd"
            "a");
  EXPECT_EQ(ntlm({.user = utf16(std::u16string{0xde00})}).user.view(), "\xef\xbf\xbd");
  EXPECT_EQ(ntlm({.user = utf16(u"a\r\n\"b")}).user.view(), "a??\"b");
}

TEST(Ntlm, CutsLongNamesAtAWholeCharacter) {
  const Token token = ntlm({.user = utf16(std::u16string(100, u'\u20ac'))});
  EXPECT_EQ(token.user.view().size(), 63u);  // 21 characters of three bytes
  EXPECT_EQ(ntlm({.user = utf16(std::u16string(100, u'x'))}).user.view().size(), 64u);
}

TEST(Ntlm, RefusesFieldsOutsideTheMessage) {
  for (std::size_t field = 12; field < 60; field += 8) {
    Octets message = Authenticate{}.octets();
    test::put16(message, field, 2);
    put32(message, field + 4, static_cast<std::uint32_t>(message.size() - 1));
    EXPECT_EQ(read_token(AuthType::ntlm, message).kind, TokenKind::unreadable) << field;
    put32(message, field + 4, 0xffffffff);
    EXPECT_EQ(read_token(AuthType::ntlm, message).kind, TokenKind::unreadable) << field;
    test::put16(message, field, 0);  // an empty field may point anywhere
    EXPECT_EQ(read_token(AuthType::ntlm, message).kind, TokenKind::ntlm_authenticate) << field;
  }
}

TEST(Ntlm, KnowsTheOtherMessages) {
  const Octets negotiate = hex("4e 54 4c 4d 53 53 50 00 01 00 00 00 97 82 08 e2") + test::zeros(24);
  const Octets challenge = hex("4e 54 4c 4d 53 53 50 00 02 00 00 00 00 00 00 00 38 00 00 00"
                               "35 82 89 e2") +
                           test::zeros(32);
  EXPECT_EQ(read_token(AuthType::ntlm, negotiate).kind, TokenKind::ntlm_negotiate);
  EXPECT_EQ(read_token(AuthType::ntlm, challenge).kind, TokenKind::ntlm_challenge);
  EXPECT_EQ(read_token(AuthType::ntlm, challenge).flags, 0xe2898235u);
  Octets other = negotiate;
  other[8] = std::byte{4};
  EXPECT_EQ(read_token(AuthType::ntlm, other).kind, TokenKind::unreadable);
  other = negotiate;
  other[7] = std::byte{1};
  EXPECT_EQ(read_token(AuthType::ntlm, other).kind, TokenKind::unreadable);
}

TEST(Spnego, CarriesNtlmAndSaysWhereItBegins) {
  const Octets message = Authenticate{}.octets();
  for (const Octets& value : {init(message), response(message)}) {
    const Token token = read_token(AuthType::spnego, value);
    ASSERT_EQ(token.kind, TokenKind::ntlm_authenticate);
    EXPECT_TRUE(token.in_spnego);
    EXPECT_EQ(token.user.view(), "alice");
    const Octets found(value.begin() + token.signature_offset,
                       value.begin() + token.signature_offset + 8);
    EXPECT_EQ(found, ascii(std::string_view{"NTLMSSP\0", 8}));
  }
}

TEST(Spnego, CarriesAnonymousNtlmToo) {
  const Octets message = Authenticate{.lm = {}, .nt = {}, .user = {}}.octets();
  EXPECT_TRUE(read_token(AuthType::spnego, response(message)).anonymous);
  EXPECT_TRUE(read_token(AuthType::spnego, message).anonymous);  // raw under this type
}

TEST(Spnego, IsUnreadableAtEveryBeginningAndWithAnythingAfter) {
  const Octets message = Authenticate{}.octets();
  for (const Octets& value : {init(message), response(message), init(framed_ap_req)}) {
    for (std::size_t size = 0; size < value.size(); ++size) {
      const test::Beginning beginning{value, size};
      EXPECT_EQ(read_token(AuthType::spnego, beginning.bytes()).kind, TokenKind::unreadable);
    }
    EXPECT_EQ(read_token(AuthType::spnego, value + test::zeros(1)).kind, TokenKind::unreadable);
  }
}

TEST(Spnego, WithoutAMechanismTokenIsEmpty) {
  const Octets negotiation = der(0x60, spnego_oid + der(0xa0, der(0x30, mech_types)));
  EXPECT_EQ(read_token(AuthType::spnego, negotiation).kind, TokenKind::empty);
  EXPECT_EQ(read_token(AuthType::spnego, init({})).kind, TokenKind::empty);
  EXPECT_EQ(read_token(AuthType::spnego, hex("a1 07 30 05 a0 03 0a 01 00")).kind, TokenKind::empty);
}

TEST(Spnego, RefusesTwoTokensOrFieldsOutOfOrder) {
  const Octets token = der(0xa2, der(4, Authenticate{}.octets()));
  const Octets state = der(0xa0, hex("0a 01 01"));
  EXPECT_EQ(read_token(AuthType::spnego, der(0xa1, der(0x30, state + token))).kind,
            TokenKind::ntlm_authenticate);
  EXPECT_EQ(read_token(AuthType::spnego, der(0xa1, der(0x30, state + token + token))).kind,
            TokenKind::unreadable);
  EXPECT_EQ(read_token(AuthType::spnego, der(0xa1, der(0x30, token + state))).kind,
            TokenKind::unreadable);
  EXPECT_EQ(read_token(AuthType::spnego, der(0xa1, der(0x30, token + der(0xa5, {})))).kind,
            TokenKind::unreadable);
}

TEST(Spnego, RefusesLengthsThatAreNotTheShortest) {
  const auto good = hex("a1 07 30 05 a0 03 0a 01 00");
  const auto padded = hex("a1 81 07 30 05 a0 03 0a 01 00");
  const auto indefinite = hex("a1 80 30 05 a0 03 0a 01 00 00 00");
  EXPECT_EQ(read_token(AuthType::spnego, good).kind, TokenKind::empty);
  EXPECT_EQ(read_token(AuthType::spnego, padded).kind, TokenKind::unreadable);
  EXPECT_EQ(read_token(AuthType::spnego, indefinite).kind, TokenKind::unreadable);
}

TEST(Spnego, DoesNotGuessAtUnknownMechanisms) {
  EXPECT_EQ(read_token(AuthType::spnego, init(ascii("NTLMSSQ") + test::zeros(60))).kind,
            TokenKind::unreadable);
  EXPECT_EQ(read_token(AuthType::spnego, init(init(Authenticate{}.octets()))).kind,
            TokenKind::unreadable);
  EXPECT_EQ(read_token(AuthType::spnego, init(ascii("NEGOEXTS") + test::zeros(60))).kind,
            TokenKind::negoex);
}

TEST(Kerberos, IsKnownRawFramedAndInSpnego) {
  EXPECT_EQ(read_token(AuthType::kerberos, ap_req).kind, TokenKind::kerberos);
  EXPECT_EQ(read_token(AuthType::kerberos, framed_ap_req).kind, TokenKind::kerberos);
  EXPECT_EQ(read_token(AuthType::spnego, init(ap_req)).kind, TokenKind::kerberos);
  EXPECT_EQ(read_token(AuthType::spnego, init(framed_ap_req)).kind, TokenKind::kerberos);
  EXPECT_TRUE(read_token(AuthType::spnego, init(framed_ap_req)).in_spnego);
  const Octets ap_rep = der(0x6f, der(0x30, test::zeros(20)));
  EXPECT_EQ(read_token(AuthType::spnego, response(ap_rep)).kind, TokenKind::kerberos);
}

TEST(Kerberos, MayAskForATicketFirst) {
  const Octets oid = hex("06 0a 2a 86 48 86 f7 12 01 02 02 03");
  const Octets request = der(0x60, oid + hex("04 00") + der(0x30, test::zeros(30)));
  EXPECT_EQ(read_token(AuthType::spnego, init(request)).kind, TokenKind::kerberos);
  const Octets framed = der(0x60, oid + hex("01 00") + ap_req);
  EXPECT_EQ(read_token(AuthType::spnego, init(framed)).kind, TokenKind::kerberos);
  const Octets other = der(0x60, oid + hex("04 02") + der(0x30, test::zeros(30)));
  EXPECT_EQ(read_token(AuthType::spnego, init(other)).kind, TokenKind::unreadable);
}

TEST(Kerberos, IsNotAnythingElse) {
  EXPECT_EQ(read_token(AuthType::kerberos, ap_req + test::zeros(1)).kind, TokenKind::unreadable);
  EXPECT_EQ(read_token(AuthType::kerberos, der(0x61, test::zeros(9))).kind, TokenKind::unreadable);
  EXPECT_EQ(read_token(AuthType::kerberos, Authenticate{}.octets()).kind, TokenKind::unreadable);
  Octets other_id = framed_ap_req;
  other_id[4 + 11] = std::byte{4};  // token id 04 00
  EXPECT_EQ(read_token(AuthType::kerberos, other_id).kind, TokenKind::unreadable);
}

TEST(Token, OfTheSecureChannelAndTlsIsWhatItsTypeSays) {
  EXPECT_EQ(read_token(AuthType::netlogon, test::zeros(8)).kind, TokenKind::netlogon);
  EXPECT_EQ(read_token(AuthType::tls, test::zeros(8)).kind, TokenKind::tls);
  EXPECT_EQ(read_token(AuthType::none, test::zeros(8)).kind, TokenKind::unreadable);
  EXPECT_EQ(read_token(AuthType::netlogon, {}).kind, TokenKind::unreadable);
}

// --- DER and UTF ---------------------------------------------------------------------------------

constexpr std::size_t der_length(std::array<std::uint8_t, 4> octets) {
  std::array<std::byte, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = std::byte{octets[i]};
  wire::Reader in{bytes};
  std::size_t length = 0;
  return der::read_length(in, length) ? length : std::size_t{9999999};
}
static_assert(der_length({0x7f, 0, 0, 0}) == 0x7f);
static_assert(der_length({0x81, 0x80, 0, 0}) == 0x80);
static_assert(der_length({0x81, 0x7f, 0, 0}) == 9999999);
static_assert(der_length({0x82, 0x01, 0x00, 0}) == 0x100);
static_assert(der_length({0x82, 0x00, 0xff, 0}) == 9999999);
static_assert(der_length({0x83, 0x01, 0x00, 0x00}) == 0x10000);
static_assert(der_length({0x80, 0, 0, 0}) == 9999999);
static_assert(der_length({0x84, 0x01, 0x00, 0x00}) == 9999999);

constexpr bool fits(std::uint32_t c, std::size_t room) {
  std::array<char, 4> out{};
  std::size_t size = 0;
  return append_utf8(c, std::span<char>{out}.first(room), size) && size == room;
}
static_assert(fits('a', 1) && fits(0xfc, 2) && fits(0x20ac, 3) && fits(0x1f600, 4));
static_assert(!fits(0x20ac, 2));

}  // namespace
}  // namespace rpcgate::dcerpc
