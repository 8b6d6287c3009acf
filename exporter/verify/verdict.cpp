#include "exporter/verify/verdict.hpp"

#include <utility>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

std::string count(std::uint64_t number, std::string_view noun) {
  return std::to_string(number) + ' ' + std::string(noun) + (number == 1 ? "" : "s");
}

std::string to_text(const Flaw& flaw) {
  std::string text = flaw.fault == Fault::tampered ? "tampered: " : "incomplete: ";
  if (!flaw.file.empty()) {
    text += to_printable(flaw.file);
    if (flaw.line > 0) text += ':' + std::to_string(flaw.line);
    if (flaw.sequence > 0) text += ": sequence " + std::to_string(flaw.sequence);
    text += ": ";
  }
  return text + to_printable(flaw.what) + '\n';
}

std::string head_text(const ChainHead& head) {
  return std::to_string(head.sequence) + ':' + head.hash;
}

std::string accounted(const LogVerdict& verdict) {
  std::string text;
  const auto add = [&](std::uint64_t number, std::string_view noun, std::string_view how) {
    if (number > 0) text += count(number, noun) + ' ' + std::string(how) + '\n';
  };
  add(verdict.removed_segments, "older segment", "removed, as recorded");
  add(verdict.torn_lines, "line", "cut off by a crash, as recorded");
  add(verdict.lost_events, "event", "lost before the file, as recorded");
  return text;
}

std::string signatures(const LogVerdict& verdict) {
  if (!verdict.signatures_checked) {
    if (verdict.checkpoints == 0) return "not signed\n";
    return count(verdict.checkpoints, "checkpoint") +
           ", signatures not checked: no --public-key is given\n";
  }
  std::string text;
  for (const KeyUse& use : verdict.keys) {
    text += count(use.checkpoints, "checkpoint") + " by key " + use.key_id + ", sequence " +
            std::to_string(use.first_sequence) + " to " + std::to_string(use.last_sequence) + '\n';
  }
  if (!verdict.signed_up_to) return text + "signed: nothing\n";
  return text + "signed: " + head_text(verdict.signed_up_to->head) + " at " +
         to_rfc3339(verdict.signed_up_to->at) + '\n';
}

}  // namespace

void LogVerdict::add(Flaw flaw) {
  ++(flaw.fault == Fault::tampered ? tampered : incomplete);
  if (flaws.size() < kMaxFlaws) flaws.push_back(std::move(flaw));
}

int exit_code_of(const LogVerdict& verdict) {
  if (verdict.tampered > 0) return 1;
  return verdict.incomplete > 0 ? 4 : 0;
}

std::string to_text(const LogVerdict& verdict) {
  std::string text;
  for (const Flaw& flaw : verdict.flaws) text += to_text(flaw);
  if (const auto all = verdict.tampered + verdict.incomplete; all > verdict.flaws.size()) {
    text += "and " + std::to_string(all - verdict.flaws.size()) + " more\n";
  }
  text += verdict.tampered > 0 ? "TAMPERED" : verdict.incomplete > 0 ? "INCOMPLETE" : "WHOLE";
  text += ": " + count(verdict.segments, "segment") + ", " + count(verdict.lines, "line") + ", " +
          count(verdict.events, "event") + '\n' + accounted(verdict) + signatures(verdict);
  if (verdict.sound && verdict.sound != verdict.head) {
    text += "verified: " + head_text(*verdict.sound) + '\n';
  }
  if (verdict.head) text += "head: " + head_text(*verdict.head) + '\n';
  return text;
}

}  // namespace wgaudit
