#include "collectors/wgconf/decoder.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "collectors/model/text.hpp"
#include "collectors/wgconf/text_parts.hpp"

namespace wgaudit {
namespace {

enum class Section : std::uint8_t { none, peer, netdev, other };

struct SectionName {
  std::string_view name;  // in lower case
  Section section;
  bool networkd;
};
constexpr SectionName kSections[] = {{"peer", Section::peer, false},
                                     {"interface", Section::other, false},
                                     {"wireguardpeer", Section::peer, true},
                                     {"wireguard", Section::other, true},
                                     {"netdev", Section::netdev, true}};

class Decoder {
 public:
  Conf decode(std::string_view text);

  // --- what the settings of a peer do, by the table below ---
  void take_key(std::string_view value);
  void take_key_file(std::string_view value);
  void take_preshared_key(std::string_view value);
  void take_preshared_key_file(std::string_view value);
  void take_allowed_ips(std::string_view value);
  void pass_over(std::string_view) {}
  void take_interface_name(std::string_view value);

 private:
  struct Field;
  static const Field kPeerFields[];
  static const Field kNetdevFields[];

  void line(std::string_view text);
  void header(std::string_view text);
  [[nodiscard]] std::span<const Field> known_fields() const;
  const Field* begin_setting(std::string_view& text);
  void setting(std::string_view text);
  void comment(std::string_view text, bool beside_setting);
  void settle_pending();
  void end_gap(bool next_is_peer);
  void place_loose();
  void finish_peers();
  void say(std::string_view field, std::string_view why) {
    conf_.problems.push_back({line_, field, why});
  }

  Conf conf_;
  std::size_t line_ = 0;
  Section section_ = Section::none;
  bool any_section_ = false;
  const Field* continued_ = nullptr;  // networkd: the line before ended in a backslash
  // Notes since the last setting, and whether an empty line was seen since the last of them.
  std::vector<LooseNote> pending_;
  bool blank_ = false;
  std::vector<LooseNote> loose_;
};

struct Decoder::Field {
  std::string_view name;   // in lower case
  std::string_view shown;  // as a problem names it
  void (Decoder::*take)(std::string_view value);
};

const Decoder::Field Decoder::kPeerFields[] = {
    {"publickey", "PublicKey", &Decoder::take_key},
    {"publickeyfile", "PublicKeyFile", &Decoder::take_key_file},
    {"presharedkey", "PresharedKey", &Decoder::take_preshared_key},
    {"presharedkeyfile", "PresharedKeyFile", &Decoder::take_preshared_key_file},
    {"allowedips", "AllowedIPs", &Decoder::take_allowed_ips},
    {"endpoint", "Endpoint", &Decoder::pass_over},
    {"persistentkeepalive", "PersistentKeepalive", &Decoder::pass_over},
    {"routetable", "RouteTable", &Decoder::pass_over},
    {"routemetric", "RouteMetric", &Decoder::pass_over},
};
const Decoder::Field Decoder::kNetdevFields[] = {
    {"name", "Name", &Decoder::take_interface_name},
};

void Decoder::take_key(std::string_view value) {
  ConfPeer& peer = conf_.peers.back();
  if (peer.public_key) say("PublicKey", "is there twice: the last one counts");
  const auto key = parse_key(value);
  if (!key) return say("PublicKey", "not a key (base64, 44 characters)");
  peer.public_key = key;
  peer.key_line = line_;
}

void Decoder::take_key_file(std::string_view value) {
  ConfPeer& peer = conf_.peers.back();
  if (value.empty()) return say("PublicKeyFile", "is empty");
  peer.public_key_file = value;
  peer.key_line = line_;
}

// The key itself is looked at, never kept. All zero means "none".
void Decoder::take_preshared_key(std::string_view value) {
  const bool key = value.size() == Key::kBase64Size && value.ends_with('=');
  const bool credential = conf_.networkd && value.starts_with('@');
  if (!key && !credential) return say("PresharedKey", "not a key (base64, 44 characters)");
  conf_.peers.back().has_preshared_key = value.find_first_not_of("A=") != value.npos;
}

void Decoder::take_preshared_key_file(std::string_view value) {
  if (value.empty()) return say("PresharedKeyFile", "is empty");
  conf_.peers.back().has_preshared_key = true;
}

void Decoder::take_allowed_ips(std::string_view value) {
  std::vector<Cidr>& prefixes = conf_.peers.back().allowed_ips;
  // An empty assignment resets a list of networkd.
  if (value.empty() && conf_.networkd && continued_ == nullptr) prefixes.clear();
  while (!value.empty()) {
    const auto comma = std::min(value.find(','), value.size());
    const std::string_view item = stripped(value.substr(0, comma));
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (item.empty()) continue;
    if (const auto prefix = parse_cidr(item)) {
      prefixes.push_back(*prefix);
    } else {
      say("AllowedIPs", "not an address or prefix; it is left out");
    }
  }
}

void Decoder::take_interface_name(std::string_view value) {
  if (!is_interface_name(value)) return say("Name", "not a name that an interface can have");
  conf_.interface_name = value;
}

void Decoder::header(std::string_view text) {
  const auto close = text.find(']');
  if (close == text.npos) {
    section_ = Section::none;
    return say("", "a section header without \"]\"; what follows is not read");
  }
  const std::string_view name = stripped(text.substr(1, close - 1));
  const auto* found = std::ranges::find_if(
      kSections, [&](const SectionName& section) { return same_word(name, section.name); });
  const bool known = found != std::end(kSections);
  section_ = known ? found->section : Section::none;
  any_section_ = any_section_ || known;
  conf_.networkd = conf_.networkd || (known && found->networkd);
  continued_ = nullptr;
  end_gap(section_ == Section::peer);
  if (section_ == Section::peer) conf_.peers.emplace_back().line = line_;
  const std::string_view rest = stripped(text.substr(close + 1));
  if (rest.starts_with('#') || rest.starts_with(';')) comment(rest, true);
}

std::span<const Decoder::Field> Decoder::known_fields() const {
  if (section_ == Section::peer) return kPeerFields;
  if (section_ == Section::netdev) return kNetdevFields;
  return {};
}

// The setting that the line begins; null: none that is known. Leaves the value in `text`.
const Decoder::Field* Decoder::begin_setting(std::string_view& text) {
  const auto equals = text.find('=');
  const std::string_view name = stripped(text.substr(0, equals));
  const auto fields = known_fields();
  const auto found =
      std::ranges::find_if(fields, [&](const Field& field) { return same_word(name, field.name); });
  if (equals != text.npos && found != fields.end()) {
    text = stripped(text.substr(equals + 1));
    return &*found;
  }
  if (section_ == Section::peer) {
    say("", equals == text.npos ? "neither a setting nor a comment; it is ignored"
                                : "an unknown setting of a peer; it is ignored");
  }
  return nullptr;
}

void Decoder::setting(std::string_view text) {
  settle_pending();
  // wg(8) takes all that follows a `#` for a comment.
  const auto hash = std::min(text.find('#'), text.size());
  const std::string_view note = text.substr(hash);
  text = stripped(text.substr(0, hash));
  const bool continues = conf_.networkd && text.ends_with('\\');
  if (continues) text = stripped(text.substr(0, text.size() - 1));
  const Field* field = continued_ != nullptr ? continued_ : begin_setting(text);
  if (field != nullptr) (this->*field->take)(text);
  continued_ = continues ? field : nullptr;
  if (!note.empty()) comment(note, true);
}

void Decoder::comment(std::string_view text, bool beside_setting) {
  auto [note, why] = read_comment(text, line_);
  if (!why.empty()) say("comment", why);
  if (!note) return;
  if (beside_setting) {
    if (section_ == Section::peer) {
      conf_.peers.back().notes.push_back(*std::move(note));
    } else {
      say("comment", "not before or inside a peer; it is ignored");
    }
    return;
  }
  if (!pending_.empty()) pending_.back().blank_after = blank_;
  pending_.push_back({*std::move(note), conf_.peers.size(), std::exchange(blank_, false)});
}

// A setting follows: the notes before it are inside its section.
void Decoder::settle_pending() {
  for (LooseNote& loose : pending_) {
    if (section_ == Section::peer) {
      conf_.peers.back().notes.push_back(std::move(loose.note));
    } else {
      conf_.problems.push_back(
          {loose.note.line, "comment", "not before or inside a peer; it is ignored"});
    }
  }
  pending_.clear();
  blank_ = false;
}

// A header or the end follows.
void Decoder::end_gap(bool next_is_peer) {
  if (!pending_.empty()) pending_.back().blank_after = blank_;
  for (LooseNote& loose : pending_) {
    loose.next_is_peer = next_is_peer;
    loose_.push_back(std::move(loose));
  }
  pending_.clear();
  blank_ = false;
}

void Decoder::line(std::string_view text) {
  ++line_;
  text = stripped(text);
  if (text.empty()) {
    blank_ = true;
    continued_ = nullptr;
  } else if (text.front() == '#' || text.front() == ';') {
    comment(text, false);
  } else if (text.front() == '[') {
    header(text);
  } else {
    setting(text);
  }
}

void Decoder::place_loose() {
  std::vector<std::vector<FriendlyNote>> inside;
  for (const ConfPeer& peer : conf_.peers) inside.push_back(peer.notes);
  for (PlacedNote& placed : place_notes(std::move(loose_), inside)) {
    const std::size_t at = placed.note.line;
    if (!placed.peer) {
      conf_.problems.push_back({at, "comment", "not before or inside a peer; it is ignored"});
      continue;
    }
    conf_.peers[*placed.peer].notes.push_back(std::move(placed.note));
    if (!placed.guessed) continue;
    conf_.problems.push_back(
        {at, "comment", "may be of the peer before or after it: taken for the one before"});
  }
}

void Decoder::finish_peers() {
  for (ConfPeer& peer : conf_.peers) {
    std::ranges::sort(peer.allowed_ips);
    const auto doubles = std::ranges::unique(peer.allowed_ips);
    peer.allowed_ips.erase(doubles.begin(), doubles.end());
    std::ranges::stable_sort(peer.notes, {}, &FriendlyNote::line);
    if (peer.public_key || !peer.public_key_file.empty()) continue;
    conf_.problems.push_back({peer.line, "PublicKey", "there is none; the peer is ignored"});
  }
  std::erase_if(conf_.peers, [](const ConfPeer& peer) {
    return !peer.public_key && peer.public_key_file.empty();
  });
}

Conf Decoder::decode(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.find('\0') != text.npos) {
    conf_.problems.push_back({0, "", "holds a NUL byte: not text", true});
    return std::move(conf_);
  }
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  end_gap(false);
  place_loose();
  finish_peers();
  if (!any_section_) {
    conf_.problems.push_back({0, "", "not a WireGuard configuration: no section of one", true});
  }
  std::ranges::stable_sort(conf_.problems, {}, &ConfProblem::line);
  return std::move(conf_);
}

}  // namespace

Conf decode_conf(std::string_view text) { return Decoder().decode(text); }

}  // namespace wgaudit
