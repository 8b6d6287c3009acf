#include "collectors/wgconf/comments.hpp"

#include <algorithm>
#include <utility>

#include "collectors/wgconf/text_parts.hpp"

namespace wgaudit {
namespace {

using Kind = FriendlyNote::Kind;

constexpr std::pair<std::string_view, Kind> kComments[] = {{"friendly_name", Kind::name},
                                                           {"friendly_json", Kind::json}};

bool is_base64_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

// A word of 43 letters is none: of a key each kind of digit is all but certain to be there.
bool is_mixed(std::string_view run) {
  const auto any = [&](char first, char last) {
    return std::ranges::any_of(run, [=](char c) { return c >= first && c <= last; });
  };
  return any('A', 'Z') && any('a', 'z') && any('0', '9');
}

bool is_hex(std::string_view run) {
  return std::ranges::all_of(run, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

// Notes that go together: without an empty line between them, one of a kind.
struct Unit {
  std::vector<LooseNote> notes;
  bool first = true, last = true;  // of its gap
  [[nodiscard]] bool has(Kind kind) const {
    return std::ranges::any_of(notes, [&](const LooseNote& n) { return n.note.kind == kind; });
  }
};

std::vector<Unit> units_of(std::vector<LooseNote> loose) {
  std::vector<Unit> units;
  for (LooseNote& note : loose) {
    const bool same_gap = !units.empty() && units.back().notes.back().gap == note.gap;
    const bool fresh = !same_gap || note.blank_before || units.back().has(note.note.kind);
    if (fresh) {
      if (same_gap) units.back().last = false;
      units.push_back({{}, !same_gap, true});
    }
    units.back().notes.push_back(std::move(note));
  }
  return units;
}

enum class Side : std::uint8_t { none, before, after, unclear };

// As far as the unit itself shows.
Side side_of(const Unit& unit) {
  const LooseNote& first = unit.notes.front();
  const LooseNote& last = unit.notes.back();
  if (first.gap == 0) return last.next_is_peer ? Side::after : Side::none;
  if (!last.next_is_peer) return Side::before;
  if (first.blank_before != last.blank_after)
    return first.blank_before ? Side::after : Side::before;
  if (unit.first != unit.last) return unit.first ? Side::before : Side::after;
  return Side::unclear;
}

// What the file does elsewhere: a note in front of the first peer shows one habit, a note behind
// the last one the other.
Side habit_of(const std::vector<Unit>& units, std::size_t peers) {
  const auto any_in_gap = [&](std::size_t gap) {
    return std::ranges::any_of(units, [&](const Unit& u) { return u.notes.front().gap == gap; });
  };
  const bool leading = any_in_gap(0), trailing = any_in_gap(peers);
  if (leading == trailing) return Side::unclear;
  return leading ? Side::after : Side::before;
}

}  // namespace

ReadComment read_comment(std::string_view comment, std::size_t line) {
  comment.remove_prefix(std::min(comment.find_first_not_of("#; \t"), comment.size()));
  if (!starts_with_word(comment, "friendly")) return {};
  for (const auto& [name, kind] : kComments) {
    if (!starts_with_word(comment, name)) continue;
    std::string_view rest = stripped(comment.substr(name.size()));
    if (!rest.starts_with('=')) break;
    rest = stripped(rest.substr(1));
    if (rest.empty()) return {std::nullopt, "is empty"};
    if (may_hold_key(rest)) return {std::nullopt, "has the form of a key, and is not taken"};
    return {FriendlyNote{line, kind, std::string(rest)}, ""};
  }
  return {std::nullopt, "is neither friendly_name = TEXT nor friendly_json = {...}"};
}

bool may_hold_key(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t end = at;
    while (end < text.size() && is_base64_digit(text[end])) ++end;
    const std::string_view run = text.substr(at, end - at);
    const bool padded = end < text.size() && text[end] == '=';
    if (run.size() >= 43 && (padded || (run.size() <= 44 && is_mixed(run)))) return true;
    if (run.size() >= 64 && is_hex(run)) return true;
    at = end;
  }
  return false;
}

std::vector<PlacedNote> place_notes(std::vector<LooseNote> loose,
                                    const std::vector<std::vector<FriendlyNote>>& inside) {
  std::vector<Unit> units = units_of(std::move(loose));
  const Side habit = habit_of(units, inside.size());
  // What each peer has by now, as bits of kinds.
  std::vector<unsigned> has(inside.size());
  const auto bit = [](const FriendlyNote& note) { return 1U << static_cast<unsigned>(note.kind); };
  for (std::size_t i = 0; i < inside.size(); ++i) {
    for (const FriendlyNote& note : inside[i]) has[i] |= bit(note);
  }
  std::vector<PlacedNote> placed;
  for (Unit& unit : units) {
    const std::size_t gap = unit.notes.front().gap;
    unsigned kinds = 0;
    for (const LooseNote& note : unit.notes) kinds |= bit(note.note);
    Side side = side_of(unit);
    const bool unclear = side == Side::unclear;
    if (unclear && (has[gap - 1] & kinds) != 0) side = Side::after;
    if (side == Side::unclear && (has[gap] & kinds) != 0) side = Side::before;
    if (side == Side::unclear) side = habit;
    const bool guessed = side == Side::unclear;
    std::optional<std::size_t> peer;
    if (side != Side::none) peer = side == Side::after ? gap : gap - 1;
    if (peer) has[*peer] |= kinds;
    for (LooseNote& note : unit.notes) placed.push_back({std::move(note.note), peer, guessed});
  }
  return placed;
}

}  // namespace wgaudit
