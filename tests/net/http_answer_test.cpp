#include "exporter/net/http_answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace wgaudit::test {
namespace {

using State = HttpAnswerReader::State;
constexpr std::size_t kMaxBody = 1000;

struct Read {
  State state = State::more;
  HttpAnswer answer;
  std::string why;
};

// In pieces of so many bytes, then closed.
Read read_in(std::string_view bytes, std::size_t piece) {
  HttpAnswerReader reader(kMaxBody);
  while (reader.state() == State::more && !bytes.empty()) {
    reader.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (reader.state() == State::more) reader.finish();
  Read read{reader.state(), {}, std::string(reader.why())};
  if (read.state == State::done) read.answer = reader.take();
  return read;
}

struct Good {
  std::string_view name, bytes;
  unsigned status;
  std::string_view body;
  bool reusable = true;
  std::string_view retry_after = "";
};

const std::string kBig(kMaxBody, 'b');

TEST(HttpAnswer, IsReadHoweverItComesInPieces) {
  const std::string until_close = "HTTP/1.1 200 OK\r\n\r\n" + kBig;
  const Good cases[] = {
      {"counted", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
      {"no reason", "HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", 200, ""},
      {"no content", "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", 204, ""},
      {"chunked",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n, "
       "world!!\n\r\n0\r\nTrailer: x\r\n\r\n",
       200, "hello, world!!\n"},
      {"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n1",
       201, "1"},
      {"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nab", 200, "ab"},
      {"closes", "HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\nContent-Length: 0\r\n\r\n",
       200, "", false},
      {"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", false},
      {"until it closes", until_close, 200, kBig, false},
      {"both lengths",
       "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200,
       "", false},
      {"retry", "HTTP/1.1 503 Busy\r\nRetry-After:  120 \r\nContent-Length: 0\r\n\r\n", 503, "",
       true, "120"},
      {"same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1",
       200, "1"},
  };
  for (const Good& c : cases) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{10'000}}) {
      SCOPED_TRACE(std::string(c.name) + " in pieces of " + std::to_string(piece));
      const Read read = read_in(c.bytes, piece);
      ASSERT_EQ(read.state, State::done) << read.why;
      EXPECT_EQ(read.answer.status, c.status);
      EXPECT_EQ(read.answer.body, c.body);
      EXPECT_EQ(read.answer.reusable, c.reusable);
      EXPECT_EQ(read.answer.retry_after, c.retry_after);
      EXPECT_FALSE(read.answer.body_cut);
    }
  }
}

TEST(HttpAnswer, WhatIsNoAnswerIsAFailureThatSaysSo) {
  const std::string long_line = "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x');
  std::string endless = "HTTP/1.1 200 OK\r\n";
  while (endless.size() < 20'000) endless += "X-Header: value\r\n";
  const struct {
    std::string_view bytes, why;
  } cases[] = {
      {"", "closed without an answer"},
      {"HTTP/1.1 200 OK\r\nContent-Le", "closed before the answer was whole"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "closed before the answer was whole"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "not HTTP/1.1"},
      {"HTTP/2 200\r\n\r\n", "not HTTP/1.1"},
      {"HTTP/1.1 2x0 OK\r\n\r\n", "not HTTP/1.1"},
      {"HTTP/1.1 999 OK\r\n\r\n", "not HTTP/1.1"},
      {"HTTP/1.1 101 Switching\r\n\r\n", "it would speak something else"},
      {"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "a header that is none"},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "a length that is none"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       "a length that is none"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "a length that is none"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
       "an encoding that nobody asked for"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "a chunk without a size"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
       "a chunk that does not end where it says"},
      {long_line, "a line that is too long"},
      {endless, "a head that is too long"},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{10'000}}) {
      const Read read = read_in(c.bytes, piece);
      EXPECT_EQ(read.state, State::failed) << c.bytes.substr(0, 60);
      EXPECT_EQ(read.why, c.why) << c.bytes.substr(0, 60);
    }
  }
}

TEST(HttpAnswer, ABodyBeyondTheLimitIsCutAndEndsTheConnection) {
  for (const std::string head :
       {"Content-Length: 1001\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
    const std::string size = head.starts_with("T") ? "3E9\r\n" : "";
    const Read read = read_in("HTTP/1.1 200 OK\r\n" + head + "\r\n" + size + kBig + "x", 7);
    ASSERT_EQ(read.state, State::done) << read.why;
    EXPECT_EQ(read.answer.body, kBig);
    EXPECT_TRUE(read.answer.body_cut);
    EXPECT_FALSE(read.answer.reusable);
  }
}

TEST(HttpAnswer, WhatStandsBehindAnAnswerEndsTheConnection) {
  const Read read =
      read_in("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\n", 10'000);
  ASSERT_EQ(read.state, State::done);
  EXPECT_FALSE(read.answer.reusable);
}

}  // namespace
}  // namespace wgaudit::test
