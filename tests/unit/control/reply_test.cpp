// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors
#include "control/reply.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

namespace rpcgate::control {
namespace {

TEST(Reply, AnAnswerEndsWithOneEndLine) {
  Reply reply;
  reply.row({{"a", 1}, {"b", "x"}});
  reply.raw_row(R"({"c":2})");
  reply.note("done \"so\"");
  EXPECT_EQ(reply.finish({}),
            "{\"a\":1,\"b\":\"x\"}\n{\"c\":2}\n"
            "{\"end\":true,\"ok\":true,\"notes\":[\"done \\\"so\\\"\"]}\n");
  EXPECT_EQ(reply.rows(), 2u);
}

TEST(Reply, AnErrorStandsOnTheEndLineAndTheRowsStay) {
  Reply reply;
  reply.row({{"line", 3}});
  EXPECT_EQ(reply.finish(fail(ErrorCode::not_found, "no such thing")),
            "{\"line\":3}\n"
            "{\"end\":true,\"ok\":false,\"code\":\"not-found\",\"error\":\"no such thing\"}\n");
}

TEST(Reply, BytesThatAreNotUtf8DoNotBreakTheLine) {
  Reply reply;
  reply.row({{"user", "\xff\n"}});
  EXPECT_EQ(reply.finish({}), "{\"user\":\"\xef\xbf\xbd\\n\"}\n{\"end\":true,\"ok\":true}\n");
}

}  // namespace
}  // namespace rpcgate::control
