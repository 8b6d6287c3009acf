// Decodes the answer to an RTM_GETLINK dump (linux/if_link.h). Pure; fed one datagram at a time.
#pragma once

#include <string>
#include <vector>

#include "collectors/model/device.hpp"
#include "collectors/netlink/envelope.hpp"

namespace wgaudit {

struct NamedLink {
  std::string name;
  std::string kind;  // IFLA_INFO_KIND: "wireguard"; empty where the link has none
  Link link;
};

// What a listing came to; `doubt` as in DeviceDump.
struct LinkListing {
  std::vector<NamedLink> links;
  std::optional<RetryReason> doubt;
  int error = 0;
  std::string error_text;
};

class LinkDecoder {
 public:
  // Keeps links of `kind` only; empty: all. The kernel's own filter is ignored while the kind is
  // not registered (module not loaded), so that it decides nothing.
  LinkDecoder(RequestId id, std::string kind, AnswerLimits limits = {});

  void feed(Bytes datagram, bool cut = false);
  [[nodiscard]] bool ended() const { return envelope_.state().ended; }
  [[nodiscard]] LinkListing finish() &&;

 private:
  void take_message(Bytes payload);

  Envelope envelope_;
  std::string kind_;
  std::vector<NamedLink> links_;
};

}  // namespace wgaudit
