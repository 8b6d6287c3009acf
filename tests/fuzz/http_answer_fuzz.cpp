// Any bytes as what a receiver of events answers: no crash, the same however they come in pieces,
// memory within its limit, and a verdict for each kind of receiver that is about events that exist.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/codec/http_body.hpp"
#include "exporter/net/http_answer.hpp"

namespace {

using wgaudit::HttpAnswer;
using wgaudit::HttpAnswerReader;
using State = HttpAnswerReader::State;

constexpr std::size_t kMaxBody = 4096, kEvents = 3;

struct Outcome {
  State state;
  std::string why;
  HttpAnswer answer;
};

Outcome read_in(std::string_view bytes, std::size_t piece) {
  HttpAnswerReader reader(kMaxBody);
  while (reader.state() == State::more && !bytes.empty()) {
    reader.add(bytes.substr(0, piece));
    bytes.remove_prefix(piece < bytes.size() ? piece : bytes.size());
  }
  if (reader.state() == State::more) reader.finish();
  Outcome outcome{reader.state(), std::string(reader.why()), {}};
  if (outcome.state == State::done) outcome.answer = reader.take();
  return outcome;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void judge(unsigned status, std::string_view body) {
  for (const wgaudit::HttpBodyInfo& info : wgaudit::http_bodies()) {
    const wgaudit::BodyVerdict verdict = info.read(status, body, kEvents);
    std::size_t next = 0;
    for (const auto& exception : verdict.exceptions) {
      require(exception.position >= next && exception.position < kEvents);
      next = exception.position + 1;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome whole = read_in(bytes, size + 1);
  const Outcome pieces = read_in(bytes, 3);
  // Only what stands behind the answer may come with it, or not.
  require(whole.state == pieces.state && whole.why == pieces.why &&
          whole.answer.status == pieces.answer.status && whole.answer.body == pieces.answer.body &&
          whole.answer.body_cut == pieces.answer.body_cut);
  require(whole.state != State::more && whole.answer.body.size() <= kMaxBody);
  if (whole.state == State::done) judge(whole.answer.status, whole.answer.body);
  for (const unsigned status : {200U, 400U, 503U}) judge(status, bytes);
  return 0;
}
