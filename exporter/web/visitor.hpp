// Who asks, as far as the connection and a password show it. No other header has a say in it: a
// client can write into X-Forwarded-For what it likes.
#pragma once

#include <optional>

#include "exporter/web/client_source.hpp"

namespace wgaudit {

struct Visitor {
  bool local = false;          // came in at a loopback address or a unix socket
  bool authenticated = false;  // by a password, or by a client certificate that was verified
  std::optional<ClientSource> source = {};  // absent of this host itself

  // The page and the API name people; /metrics is for whoever reaches the port (SPEC §7).
  [[nodiscard]] bool may_see_people() const { return local || authenticated; }
};

}  // namespace wgaudit
