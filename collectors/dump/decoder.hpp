// Decoder of `wg show all dump` and `wg show IFACE dump` (wg(8), "dump"). Pure: lines in, devices
// out.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "collectors/model/device.hpp"

namespace wgaudit {

// Never copies a private or preshared key: it looks at their shape where they lie.
class DumpDecoder {
 public:
  // `fallback_name` names the interface of a dump without interface column.
  explicit DumpDecoder(std::string fallback_name) : fallback_name_(std::move(fallback_name)) {}

  // One line, without its line feed. An error reads "line N: FIELD: why" and holds no byte of the
  // line; the decoder is of no use after it.
  [[nodiscard]] std::expected<void, std::string> feed(std::string_view line);

  // The devices in the order of the text, normalized. Call it once, after the last line.
  [[nodiscard]] std::vector<Device> take();

  // Whether the text, being of all interfaces, would have shown any other one too.
  [[nodiscard]] bool lists_all() const { return columns_ != Columns::without_interface; }

  // Of the line that feed() got last.
  [[nodiscard]] std::size_t line_number() const { return line_number_; }

 private:
  struct Pending {
    Device device;
    std::unordered_set<Key, KeyHash> keys;
  };
  using Fields = std::vector<std::string_view>;

  [[nodiscard]] std::expected<void, std::string> fail(std::string_view field,
                                                      std::string_view why) const;
  [[nodiscard]] std::expected<void, std::string> interface_line(std::string_view name,
                                                                std::size_t first);
  [[nodiscard]] std::expected<void, std::string> peer_line(std::string_view name,
                                                           std::size_t first);
  [[nodiscard]] bool add_prefixes(std::string_view list, Device& device, Peer& peer) const;

  enum class Columns { unknown, with_interface, without_interface };

  std::string fallback_name_;
  Columns columns_ = Columns::unknown;
  std::size_t line_number_ = 0;
  Fields fields_;  // of the line in hand; views of the caller's buffer
  std::vector<Pending> pending_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

}  // namespace wgaudit
