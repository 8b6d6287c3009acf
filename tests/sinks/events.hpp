// Events for the tests of sinks: the one of a sequence is always the same.
#pragma once

#include <cstdint>
#include <string>

#include "exporter/codec/event_json.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit::test {

inline const std::string kInstallation = "0f8b1c9e5f0e4f5c9a552b7d2f5f6c11";
inline const std::string kOtherInstallation = "11111111222222223333333344444444";

[[nodiscard]] EventOrigin origin();
[[nodiscard]] Event event(std::uint64_t sequence);
// `count` events from `first`.
[[nodiscard]] EventBatch batch(std::uint64_t first, std::uint64_t count,
                               const std::string& installation = kInstallation);

}  // namespace wgaudit::test
