#include "exporter/metrics/negotiation.hpp"

#include <algorithm>
#include <optional>

#include "collectors/model/ascii.hpp"

namespace wgaudit {
namespace {

constexpr int kMost = 1000;  // qualities are in thousandths

// What stands before the next separator that is not within quotes; takes both away.
std::string_view take_part(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != separator); ++end) {
    if (quoted && rest[end] == '\\') ++end;
    if (end < rest.size() && rest[end] == '"') quoted = !quoted;
  }
  end = std::min(end, rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(part);
}

struct Parameter {
  std::string_view name, value;
};
Parameter parameter_of(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  std::string_view value = trimmed(text.substr(std::min(equals + 1, text.size())));
  // Of a quoted value as it stands: what we compare with holds nothing to escape.
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
    value = value.substr(1, value.size() - 2);
  }
  return {trimmed(text.substr(0, equals)), value};
}

// RFC 9110, 12.4.2: 0 to 1, three digits at most.
std::optional<int> parse_quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int quality = (text[0] - '0') * kMost, worth = kMost;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    worth /= 10;
    quality += (c - '0') * worth;
  }
  if (quality > kMost) return std::nullopt;
  return quality;
}

struct Offer {
  PageForm form;
  std::string_view type, version;
};
// Of two that are as welcome the first.
constexpr Offer kOffers[] = {
    {PageForm::text, "text/plain", "0.0.4"},
    {PageForm::openmetrics, "application/openmetrics-text", "1.0.0"},
};

enum Exactness : int { kNone, kAnything, kAnySubtype, kType, kVersion };

// One element of Accept, seen from an offer. `escaping` and what else a parameter asks for is met
// by any page of ours: names are of the old character set.
struct Match {
  int exactness = kNone, quality = kMost;
};
Match match(std::string_view element, const Offer& offer) {
  Match found;
  const std::string_view type = take_part(element, ';');
  const std::string_view main_type = offer.type.substr(0, offer.type.find('/') + 1);
  if (same_word(type, offer.type)) {
    found.exactness = kType;
  } else if (type == "*/*") {
    found.exactness = kAnything;
  } else if (type.ends_with("/*") && same_word(type.substr(0, type.size() - 1), main_type)) {
    found.exactness = kAnySubtype;
  }
  while (!element.empty()) {
    const Parameter parameter = parameter_of(take_part(element, ';'));
    if (same_word(parameter.name, "q")) {
      const auto quality = parse_quality(parameter.value);
      if (!quality) return {};
      found.quality = *quality;
    } else if (same_word(parameter.name, "version")) {
      if (parameter.value != offer.version) return {};
      if (found.exactness == kType) found.exactness = kVersion;
    } else if (same_word(parameter.name, "charset") && !same_word(parameter.value, "utf-8")) {
      return {};
    }
  }
  return found;
}

// The element that names the offer most exactly decides about it.
Match best_match(std::string_view accept, const Offer& offer) {
  Match best;
  while (!accept.empty()) {
    const Match found = match(take_part(accept, ','), offer);
    if (found.exactness > best.exactness) best = found;
  }
  return best;
}

}  // namespace

PageForm negotiate_form(std::string_view accept) {
  PageForm form = PageForm::text;
  Match best{kNone, 0};
  for (const Offer& offer : kOffers) {
    const Match found = best_match(accept, offer);
    if (found.exactness == kNone || found.quality == 0) continue;
    const bool better = found.quality > best.quality ||
                        (found.quality == best.quality && found.exactness > best.exactness);
    if (!better) continue;
    best = found;
    form = offer.form;
  }
  return form;
}

bool negotiate_gzip(std::string_view accept_encoding) {
  std::optional<int> gzip, identity, any;
  while (!accept_encoding.empty()) {
    std::string_view element = take_part(accept_encoding, ',');
    const std::string_view coding = take_part(element, ';');
    std::optional<int> quality = kMost;
    if (!element.empty()) {
      const Parameter parameter = parameter_of(take_part(element, ';'));
      quality = same_word(parameter.name, "q") ? parse_quality(parameter.value) : std::nullopt;
    }
    if (!quality) continue;
    if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) gzip = quality;
    if (same_word(coding, "identity")) identity = quality;
    if (coding == "*") any = quality;
  }
  const int wanted = gzip.value_or(any.value_or(0));
  return wanted > 0 && wanted >= identity.value_or(0);
}

}  // namespace wgaudit
