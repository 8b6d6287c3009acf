#include "audit/event.hpp"

namespace wgaudit {

std::string_view to_string(Action action) {
  switch (action) {
    case Action::interface_added:
      return "interface-added";
    case Action::interface_removed:
      return "interface-removed";
    case Action::interface_changed:
      return "interface-changed";
    case Action::peer_added:
      return "peer-added";
    case Action::peer_removed:
      return "peer-removed";
    case Action::peer_changed:
      return "peer-changed";
    case Action::session_started:
      return "session-started";
    case Action::session_ended:
      return "session-ended";
    case Action::endpoint_changed:
      return "endpoint-changed";
    case Action::finding_opened:
      return "finding-opened";
    case Action::finding_changed:
      return "finding-changed";
    case Action::finding_closed:
      return "finding-closed";
  }
  return "?";
}

}  // namespace wgaudit
