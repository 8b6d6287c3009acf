// The comments of prometheus_wireguard_exporter that say whose a peer is, and which peer each of
// them is of. Pure.
//
//   # friendly_name = Alice's phone
//   # friendly_json = {"name": "alice", "team": "sre"}
//
// They stand inside the section of the peer, where that exporter reads them, or in front of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wgaudit {

struct FriendlyNote {
  enum class Kind : std::uint8_t { name, json };
  std::size_t line = 0;
  Kind kind = Kind::name;
  std::string text;
};

// What a comment (without its `#`) holds. `why` not "": it was meant to be one, and is not taken.
struct ReadComment {
  std::optional<FriendlyNote> note;
  std::string_view why;
};
[[nodiscard]] ReadComment read_comment(std::string_view comment, std::size_t line);

// Whether a private or preshared key may stand in the text: 43 digits of base64, 64 of hex.
[[nodiscard]] bool may_hold_key(std::string_view text);

// A note that stands between the last setting of a peer and the next header (or the end): it may be
// of either. `gap` counts the peers before it.
struct LooseNote {
  FriendlyNote note;
  std::size_t gap = 0;
  bool blank_before = false;  // an empty line between it and what stands before
  bool blank_after = false;
  bool next_is_peer = false;  // what begins after the gap
};
// A note and the peer (by number) that it is of. Absent: of none. `guessed`: nothing told which.
struct PlacedNote {
  FriendlyNote note;
  std::optional<std::size_t> peer;
  bool guessed = false;
};
// `inside[i]`: the notes that peer i has for certain. Notes in the order of the file.
[[nodiscard]] std::vector<PlacedNote> place_notes(
    std::vector<LooseNote> loose, const std::vector<std::vector<FriendlyNote>>& inside);

}  // namespace wgaudit
