// What receivers of events answer in JSON. Pure.
//
// Their bytes are hostile: whoever prints a text makes it printable, and short. Here it stays
// whole: of a secret that is cut in two neither part would be found (told_by_receiver()).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wgaudit {

// Elasticsearch and OpenSearch, _bulk: what became of each action, in the order of the request.
struct BulkItem {
  unsigned status = 0;  // as of HTTP; 0: it does not say
  std::string type;     // "document_parsing_exception"; "" without an error
  std::string reason;
  friend bool operator==(const BulkItem&, const BulkItem&) = default;
};
struct BulkAnswer {
  bool errors = true;  // some item failed
  std::vector<BulkItem> items;
  friend bool operator==(const BulkAnswer&, const BulkAnswer&) = default;
};
// nullopt: not such an answer, or one about more than `max_items`.
[[nodiscard]] std::optional<BulkAnswer> parse_bulk_answer(std::string_view json,
                                                          std::size_t max_items);

// Splunk's HTTP event collector: {"text": "Success", "code": 0}.
struct CollectorAnswer {
  std::int64_t code = 0;
  std::optional<std::uint64_t> invalid_event;  // position in the request, from 0
  friend bool operator==(const CollectorAnswer&, const CollectorAnswer&) = default;
};
[[nodiscard]] std::optional<CollectorAnswer> parse_collector_answer(std::string_view json);

}  // namespace wgaudit
