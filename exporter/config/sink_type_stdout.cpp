#include "exporter/config/sink_type.hpp"

namespace wgaudit {

const SinkType kStdoutSinkType = {
    .name = "stdout",
    .make = [] { return SinkKind{StdoutSinkSettings{}}; },
    .keys = {},
    .promise = [](const SinkSettings&) -> std::string_view {
      return "best effort: what its reader had not taken when the program died is lost";
    }};

}  // namespace wgaudit
