// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Stubs of DCOM: real ones of Windows 10 as they were on the wire, and a writer for made ones in
// both syntaxes and byte orders.
#pragma once

#include <string>
#include <string_view>

#include "dcerpc/dcom.hpp"
#include "examples.hpp"

namespace rpcgate::dcerpc::test {

// RemoteCreateInstance of WbemLevel1Login for IWbemLevel1Login.
inline constexpr std::string_view create_instance_request = R"(
  05 00 07 00 01 00 00 00 00 00 00 00 1a 32 17 7f a8 9d 15 4f b3 b8 9b c1 90 9d a2 a5 00 00 00 00
  00 00 00 00 00 00 02 00 f0 02 00 00 f0 02 00 00 4d 45 4f 57 04 00 00 00 a2 01 00 00 00 00 00 00
  c0 00 00 00 00 00 00 46 38 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 00 00 00 00 c8 02 00 00
  b8 02 00 00 00 00 00 00 01 10 08 00 cc cc cc cc b0 00 00 00 00 00 00 00 b8 02 00 00 c0 00 00 00
  00 00 00 00 02 00 00 00 06 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00
  04 00 02 00 00 00 00 00 06 00 00 00 b9 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 ab 01 00 00
  00 00 00 00 c0 00 00 00 00 00 00 46 a5 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 a6 01 00 00
  00 00 00 00 c0 00 00 00 00 00 00 46 a4 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 aa 01 00 00
  00 00 00 00 c0 00 00 00 00 00 00 46 06 00 00 00 68 00 00 00 58 00 00 00 90 00 00 00 58 00 00 00
  20 00 00 00 30 00 00 00 01 10 08 00 cc cc cc cc 58 00 00 00 00 00 00 00 ff ff ff ff 00 00 00 00
  01 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  14 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 10 08 00 cc cc cc cc 48 00 00 00 00 00 00 00
  5e f0 c3 8b 6b d8 d0 11 a0 75 00 c0 4f b6 88 20 14 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00
  00 00 00 00 00 00 02 00 58 00 00 00 05 00 07 00 01 00 00 00 18 ad 09 f3 6a d8 d0 11 a0 75 00 c0
  4f b6 88 20 00 00 00 00 01 10 08 00 cc cc cc cc 80 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 02 00 00 00 00 00 60 00 00 00 60 00 00 00 4d 45 4f 57 04 00 00 00
  c0 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 3b 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46
  00 00 00 00 30 00 00 00 01 00 01 00 83 d2 9e f6 90 4b 2c 40 a3 89 e7 08 67 cf c5 39 02 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 01 10 08 00 cc cc cc cc
  48 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00 04 00 02 00 00 00 00 00
  00 00 00 00 0d 00 00 00 00 00 00 00 0d 00 00 00 57 00 4f 00 52 00 4b 00 53 00 54 00 41 00 54 00
  49 00 4f 00 4e 00 36 00 00 00 00 00 00 00 00 00 01 10 08 00 cc cc cc cc 10 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 10 08 00 cc cc cc cc 20 00 00 00 00 00 00 00
  00 00 00 00 00 00 02 00 02 00 00 00 01 00 00 00 04 00 02 00 01 00 00 00 07 00 00 00 00 00 00 00)";

// Its answer: the exporter listens on port 52419 of WORKSTATION6.
inline constexpr std::string_view create_instance_answer = R"(
  01 00 00 00 00 00 00 00 00 00 02 00 78 03 00 00 78 03 00 00 4d 45 4f 57 04 00 00 00 a3 01 00 00
  00 00 00 00 c0 00 00 00 00 00 00 46 39 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 00 00 00 00
  50 03 00 00 40 03 00 00 00 00 00 00 01 10 08 00 cc cc cc cc 60 00 00 00 00 00 00 00 40 03 00 00
  70 00 00 00 00 00 00 00 02 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 02 00 04 00 02 00 00 00 00 00 02 00 00 00 39 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46
  b6 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 02 00 00 00 f8 00 00 00 d8 01 00 00 01 10 08 00
  cc cc cc cc e8 00 00 00 00 00 00 00 01 00 00 00 00 00 02 00 04 00 02 00 08 00 02 00 01 00 00 00
  18 ad 09 f3 6a d8 d0 11 a0 75 00 c0 4f b6 88 20 01 00 00 00 00 00 00 00 01 00 00 00 0c 00 02 00
  a8 00 00 00 a8 00 00 00 4d 45 4f 57 01 00 00 00 18 ad 09 f3 6a d8 d0 11 a0 75 00 c0 4f b6 88 20
  00 00 00 00 05 00 00 00 43 aa 17 ad f2 9d 3d c7 aa 9a 5c f9 b3 9b b4 cc 10 c4 02 00 80 0a 00 00
  ca 84 a9 22 6e ec 88 43 32 00 1c 00 07 00 57 00 4f 00 52 00 4b 00 53 00 54 00 41 00 54 00 49 00
  4f 00 4e 00 36 00 00 00 07 00 31 00 37 00 32 00 2e 00 31 00 38 00 2e 00 33 00 39 00 2e 00 36 00
  00 00 00 00 09 00 ff ff 00 00 1e 00 ff ff 00 00 10 00 ff ff 00 00 0a 00 ff ff 00 00 16 00 ff ff
  00 00 1f 00 ff ff 00 00 0e 00 ff ff 00 00 00 00 00 00 00 00 01 10 08 00 cc cc cc cc c8 01 00 00
  00 00 00 00 00 00 00 00 00 00 02 00 43 aa 17 ad f2 9d 3d c7 04 00 02 00 00 68 00 00 80 0a 00 00
  9e b0 6c bf e0 6b c8 0e 04 00 00 00 05 00 07 00 c9 00 00 00 c9 00 2a 00 07 00 57 00 4f 00 52 00
  4b 00 53 00 54 00 41 00 54 00 49 00 4f 00 4e 00 36 00 5b 00 35 00 32 00 34 00 31 00 39 00 5d 00
  00 00 07 00 31 00 37 00 32 00 2e 00 31 00 38 00 2e 00 33 00 39 00 2e 00 36 00 5b 00 35 00 32 00
  34 00 31 00 39 00 5d 00 00 00 00 00 0a 00 ff ff 4e 00 54 00 20 00 41 00 55 00 54 00 48 00 4f 00
  52 00 49 00 54 00 59 00 5c 00 53 00 59 00 53 00 54 00 45 00 4d 00 00 00 1e 00 ff ff 4e 00 54 00
  20 00 41 00 55 00 54 00 48 00 4f 00 52 00 49 00 54 00 59 00 5c 00 53 00 59 00 53 00 54 00 45 00
  4d 00 00 00 10 00 ff ff 68 00 6f 00 73 00 74 00 2f 00 57 00 4f 00 52 00 4b 00 53 00 54 00 41 00
  54 00 49 00 4f 00 4e 00 36 00 2e 00 74 00 68 00 65 00 73 00 68 00 69 00 72 00 65 00 2e 00 6c 00
  6f 00 63 00 61 00 6c 00 00 00 09 00 ff ff 68 00 6f 00 73 00 74 00 2f 00 57 00 4f 00 52 00 4b 00
  53 00 54 00 41 00 54 00 49 00 4f 00 4e 00 36 00 2e 00 74 00 68 00 65 00 73 00 68 00 69 00 72 00
  65 00 2e 00 6c 00 6f 00 63 00 61 00 6c 00 00 00 16 00 ff ff 4e 00 54 00 20 00 41 00 55 00 54 00
  48 00 4f 00 52 00 49 00 54 00 59 00 5c 00 53 00 59 00 53 00 54 00 45 00 4d 00 00 00 1f 00 ff ff
  4e 00 54 00 20 00 41 00 55 00 54 00 48 00 4f 00 52 00 49 00 54 00 59 00 5c 00 53 00 59 00 53 00
  54 00 45 00 4d 00 00 00 00 00 00 00 00 00 00 00)";

// RemoteGetClassObject of InternetExplorer for IClassFactory.
inline constexpr std::string_view get_class_object_request = R"(
  05 00 07 00 01 00 00 00 00 00 00 00 29 ca aa 47 0a 33 da 41 82 42 5d f1 a9 fc 88 3b 00 00 00 00
  00 00 02 00 e8 02 00 00 e8 02 00 00 4d 45 4f 57 04 00 00 00 a2 01 00 00 00 00 00 00 c0 00 00 00
  00 00 00 46 38 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 00 00 00 00 c0 02 00 00 b0 02 00 00
  00 00 00 00 01 10 08 00 cc cc cc cc b0 00 00 00 00 00 00 00 b0 02 00 00 c0 00 00 00 00 00 00 00
  02 00 00 00 06 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 04 00 02 00
  00 00 00 00 06 00 00 00 b9 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 ab 01 00 00 00 00 00 00
  c0 00 00 00 00 00 00 46 a5 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 a6 01 00 00 00 00 00 00
  c0 00 00 00 00 00 00 46 a4 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 aa 01 00 00 00 00 00 00
  c0 00 00 00 00 00 00 46 06 00 00 00 68 00 00 00 58 00 00 00 90 00 00 00 50 00 00 00 20 00 00 00
  30 00 00 00 01 10 08 00 cc cc cc cc 58 00 00 00 00 00 00 00 ff ff ff ff 00 00 00 00 00 00 00 00
  00 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 10 00 00 00
  02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 01 10 08 00 cc cc cc cc 48 00 00 00 00 00 00 00 01 df 02 00
  00 00 00 00 c0 00 00 00 00 00 00 46 10 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00
  00 00 02 00 58 00 00 00 05 00 07 00 01 00 00 00 01 00 00 00 00 00 00 00 c0 00 00 00 00 00 00 46
  00 00 00 00 01 10 08 00 cc cc cc cc 80 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 02 00 00 00 00 00 60 00 00 00 60 00 00 00 4d 45 4f 57 04 00 00 00 c0 01 00 00
  00 00 00 00 c0 00 00 00 00 00 00 46 3b 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 00 00 00 00
  30 00 00 00 01 00 01 00 8f 39 1c f1 55 81 c7 4f 97 9c 44 d9 61 43 78 7f 02 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 01 10 08 00 cc cc cc cc 40 00 00 00
  00 00 00 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00 04 00 02 00 00 00 00 00 00 00 00 00
  0c 00 00 00 00 00 00 00 0c 00 00 00 31 00 37 00 32 00 2e 00 31 00 38 00 2e 00 33 00 39 00 2e 00
  36 00 00 00 01 10 08 00 cc cc cc cc 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 01 10 08 00 cc cc cc cc 20 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 02 00 00 00
  01 00 00 00 04 00 02 00 01 00 00 00 07 00 00 00 00 00 00 00)";

// Its answer: port 65077 of WORKSTATION6.
inline constexpr std::string_view get_class_object_answer = R"(
  01 00 00 00 00 00 00 00 00 00 02 00 30 03 00 00 30 03 00 00 4d 45 4f 57 04 00 00 00 a3 01 00 00
  00 00 00 00 c0 00 00 00 00 00 00 46 39 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 00 00 00 00
  08 03 00 00 f8 02 00 00 00 00 00 00 01 10 08 00 cc cc cc cc 60 00 00 00 00 00 00 00 f8 02 00 00
  70 00 00 00 00 00 00 00 02 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 02 00 04 00 02 00 00 00 00 00 02 00 00 00 39 03 00 00 00 00 00 00 c0 00 00 00 00 00 00 46
  b6 01 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 02 00 00 00 f8 00 00 00 90 01 00 00 01 10 08 00
  cc cc cc cc e8 00 00 00 00 00 00 00 01 00 00 00 00 00 02 00 04 00 02 00 08 00 02 00 01 00 00 00
  01 00 00 00 00 00 00 00 c0 00 00 00 00 00 00 46 01 00 00 00 00 00 00 00 01 00 00 00 0c 00 02 00
  a8 00 00 00 a8 00 00 00 4d 45 4f 57 01 00 00 00 01 00 00 00 00 00 00 00 c0 00 00 00 00 00 00 46
  00 00 00 00 05 00 00 00 ef cc 11 4c 14 54 24 14 a0 67 8e ce ab 5e e2 30 03 84 00 00 48 1d 00 00
  7e c3 30 2c 65 68 7e 85 32 00 1c 00 07 00 57 00 4f 00 52 00 4b 00 53 00 54 00 41 00 54 00 49 00
  4f 00 4e 00 36 00 00 00 07 00 31 00 37 00 32 00 2e 00 31 00 38 00 2e 00 33 00 39 00 2e 00 36 00
  00 00 00 00 09 00 ff ff 00 00 1e 00 ff ff 00 00 10 00 ff ff 00 00 0a 00 ff ff 00 00 16 00 ff ff
  00 00 1f 00 ff ff 00 00 0e 00 ff ff 00 00 00 00 00 00 00 00 01 10 08 00 cc cc cc cc 80 01 00 00
  00 00 00 00 00 00 00 00 00 00 02 00 ef cc 11 4c 14 54 24 14 04 00 02 00 00 0c 00 00 48 1d 00 00
  cf ef 21 03 fc 63 10 1b 02 00 00 00 05 00 07 00 a3 00 00 00 a3 00 2a 00 07 00 57 00 4f 00 52 00
  4b 00 53 00 54 00 41 00 54 00 49 00 4f 00 4e 00 36 00 5b 00 36 00 35 00 30 00 37 00 37 00 5d 00
  00 00 07 00 31 00 37 00 32 00 2e 00 31 00 38 00 2e 00 33 00 39 00 2e 00 36 00 5b 00 36 00 35 00
  30 00 37 00 37 00 5d 00 00 00 00 00 0a 00 ff ff 54 00 48 00 45 00 53 00 48 00 49 00 52 00 45 00
  5c 00 70 00 67 00 75 00 73 00 74 00 61 00 76 00 6f 00 00 00 1e 00 ff ff 54 00 48 00 45 00 53 00
  48 00 49 00 52 00 45 00 5c 00 70 00 67 00 75 00 73 00 74 00 61 00 76 00 6f 00 00 00 10 00 ff ff
  54 00 48 00 45 00 53 00 48 00 49 00 52 00 45 00 5c 00 70 00 67 00 75 00 73 00 74 00 61 00 76 00
  6f 00 00 00 09 00 ff ff 54 00 48 00 45 00 53 00 48 00 49 00 52 00 45 00 5c 00 70 00 67 00 75 00
  73 00 74 00 61 00 76 00 6f 00 00 00 16 00 ff ff 54 00 48 00 45 00 53 00 48 00 49 00 52 00 45 00
  5c 00 70 00 67 00 75 00 73 00 74 00 61 00 76 00 6f 00 00 00 1f 00 ff ff 54 00 48 00 45 00 53 00
  48 00 49 00 52 00 45 00 5c 00 70 00 67 00 75 00 73 00 74 00 61 00 76 00 6f 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00)";

// ResolveOxid2: port 65082 of WORKSTATION6.
inline constexpr std::string_view resolve_oxid2_answer = R"(
  00 00 02 00 a3 00 00 00 a3 00 2a 00 07 00 57 00 4f 00 52 00 4b 00 53 00 54 00 41 00 54 00 49 00
  4f 00 4e 00 36 00 5b 00 36 00 35 00 30 00 38 00 32 00 5d 00 00 00 07 00 31 00 37 00 32 00 2e 00
  31 00 38 00 2e 00 33 00 39 00 2e 00 36 00 5b 00 36 00 35 00 30 00 38 00 32 00 5d 00 00 00 00 00
  0a 00 ff ff 54 00 48 00 45 00 53 00 48 00 49 00 52 00 45 00 5c 00 70 00 67 00 75 00 73 00 74 00
  61 00 76 00 6f 00 00 00 1e 00 ff ff 54 00 48 00 45 00 53 00 48 00 49 00 52 00 45 00 5c 00 70 00
  67 00 75 00 73 00 74 00 61 00 76 00 6f 00 00 00 10 00 ff ff 54 00 48 00 45 00 53 00 48 00 49 00
  52 00 45 00 5c 00 70 00 67 00 75 00 73 00 74 00 61 00 76 00 6f 00 00 00 09 00 ff ff 54 00 48 00
  45 00 53 00 48 00 49 00 52 00 45 00 5c 00 70 00 67 00 75 00 73 00 74 00 61 00 76 00 6f 00 00 00
  16 00 ff ff 54 00 48 00 45 00 53 00 48 00 49 00 52 00 45 00 5c 00 70 00 67 00 75 00 73 00 74 00
  61 00 76 00 6f 00 00 00 1f 00 ff ff 54 00 48 00 45 00 53 00 48 00 49 00 52 00 45 00 5c 00 70 00
  67 00 75 00 73 00 74 00 61 00 76 00 6f 00 00 00 00 00 00 00 02 d8 00 00 88 1c 14 11 d1 a9 d6 74
  92 4f b3 97 05 00 00 00 05 00 07 00 00 00 00 00)";

// Writes parameters in either syntax and byte order.
class StubWriter {
 public:
  StubWriter(Ndr ndr, wire::ByteOrder order) : ndr_(ndr), order_(order) {}

  void align(std::size_t to) { out_.resize((out_.size() + to - 1) / to * to); }
  void integer(std::uint64_t value, std::size_t size) {
    align(size);
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t shift = order_ == wire::ByteOrder::little ? i : size - 1 - i;
      out_.push_back(static_cast<std::byte>(value >> (8 * shift)));
    }
  }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }
  void count(std::uint64_t value) { integer(value, ndr_ == Ndr::ndr64 ? 8 : 4); }
  void pointer(bool set) { count(set ? 0x20000 : 0); }
  void uuid(const Uuid& value) {
    align(4);
    for (const std::uint8_t octet : value.wire_octets(order_))
      out_.push_back(static_cast<std::byte>(octet));
  }
  void octets(const Octets& value) { out_.insert(out_.end(), value.begin(), value.end()); }

  // ORPCTHIS and ORPCTHAT; `extents`: sizes of the extensions.
  void orpc_this(const std::vector<std::uint32_t>& extents = {}) {
    u16(5);
    u16(7);
    u32(1);
    u32(0);
    uuid("f9498f0b-e527-084d-b1da-693ca124f02f"_uuid);
    extensions(extents);
  }
  void orpc_that(const std::vector<std::uint32_t>& extents = {}) {
    u32(0);
    extensions(extents);
  }
  void extensions(const std::vector<std::uint32_t>& extents) {
    pointer(!extents.empty());
    if (extents.empty()) return;
    const std::size_t even = (extents.size() + 1) / 2 * 2;
    u32(static_cast<std::uint32_t>(extents.size()));
    u32(0);
    pointer(true);
    count(even);
    for (std::size_t i = 0; i < even; ++i) pointer(i < extents.size());
    for (const std::uint32_t size : extents) {
      count((size + 7) / 8 * 8);
      uuid("0000031c-0000-0000-c000-000000000046"_uuid);
      u32(size);
      octets(zeros((size + 7) / 8 * 8));
    }
  }
  void object(const Octets& objref) {  // MInterfacePointer
    count(objref.size());
    u32(static_cast<std::uint32_t>(objref.size()));
    octets(objref);
  }
  // A DUALSTRINGARRAY of TCP bindings with one security binding.
  void dual_string(const std::vector<std::string_view>& texts) {
    std::size_t strings = 1;
    for (const std::string_view text : texts) strings += text.size() + 2;
    count(strings + 4);
    u16(static_cast<std::uint16_t>(strings + 4));
    u16(static_cast<std::uint16_t>(strings));
    for (const std::string_view text : texts) {
      u16(protocol_tcp);
      for (const char c : text) u16(static_cast<std::uint8_t>(c));
      u16(0);
    }
    for (const unsigned unit : {0u, 10u, 0xffffu, 0u, 0u}) u16(static_cast<std::uint16_t>(unit));
  }

  const Octets& stub() const { return out_; }
  std::size_t size() const { return out_.size(); }

 private:
  Octets out_;
  Ndr ndr_;
  wire::ByteOrder order_;
};

// The four ways a call may be in.
struct Way {
  Ndr ndr;
  wire::ByteOrder order;
};
inline constexpr Way ways[] = {{Ndr::ndr32, wire::ByteOrder::little},
                               {Ndr::ndr64, wire::ByteOrder::little},
                               {Ndr::ndr32, wire::ByteOrder::big},
                               {Ndr::ndr64, wire::ByteOrder::big}};

// The text at a place of a stub; what is not ASCII becomes '?'.
inline std::string text_at(Bytes stub, std::size_t offset, std::size_t units,
                           wire::ByteOrder order) {
  wire::Reader in{stub.subspan(offset, units * 2), order};
  std::string text;
  while (in.left() != 0) {
    const std::uint16_t unit = in.u16();
    text += unit < 0x80 ? static_cast<char>(unit) : '?';
  }
  return text;
}

// "HOST:PORT" of each binding, read again at the places that the reader gave.
inline std::vector<std::string> places(Bytes stub, const StringBindings& bindings) {
  std::vector<std::string> out;
  for (const StringBinding& b : bindings.list)
    out.push_back(text_at(stub, b.host_offset, b.host_units, bindings.order) + ':' +
                  text_at(stub, b.port_offset, b.port_units, bindings.order));
  return out;
}

}  // namespace rpcgate::dcerpc::test
