#include "collectors/netlink/namespace_reader.hpp"

#include <linux/wireguard.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "collectors/netlink/device_decoder.hpp"
#include "collectors/netlink/link_list.hpp"
#include "collectors/netlink/request.hpp"
#include "collectors/netlink/retry.hpp"
#include "collectors/netlink/second_look.hpp"

namespace wgaudit {
namespace {

// A dump that waits longer in send(2) was kept out by who changes something.
constexpr Duration kWriterTurn = std::chrono::milliseconds{20};

DeviceDump failed_dump(int error, std::string text = {}) {
  DeviceDump dump;
  dump.doubt = RetryReason::error;
  dump.error = error;
  dump.error_text = std::move(text);
  return dump;
}

class NamespaceReader {
 public:
  NamespaceReader(const NetlinkSystem& system, const NamespaceId& id, SecretBuffer& buffer,
                  const ReadLimits& limits, StandingPeers& standing)
      : system_(system),
        id_(id),
        buffer_(buffer),
        deadline_(limits.deadline),
        looks_until_(limits.looks_until),
        standing_(standing) {
    reading_.source.netns = id.label;
  }

  NamespaceReading read();

 private:
  // A device as it was read: the dump, or the looks that it took.
  struct Seen {
    const NamedLink* link;  // null: it is gone
    BootTime at;
    DeviceDump dump;
    std::optional<SecondLook> look;
  };
  std::optional<Seen> see(const NamedLink& link);
  std::optional<DeviceDump> dump(const NamedLink& link);
  void look_again(std::vector<Seen>& all);
  bool is_answered(Seen& seen);
  void conclude(Seen seen);
  DeviceDump dump_once(const NamedLink& link);
  std::expected<std::uint16_t, DeviceDump> prepare(BootTime until);
  std::expected<std::uint16_t, DeviceDump> resolve_family(BootTime until);
  template <class Decoder>
  int exchange(const NetlinkRequest& request, Decoder& decoder, BootTime until);
  bool family_may_have_changed(const DeviceDump& dump);
  void publish(const NamedLink& link, DeviceDump dump, BootTime at);
  void conclude(const NamedLink& link, DeviceDump dump, BootTime at);
  void fail(const NamedLink& link, std::string why);

  const NetlinkSystem& system_;
  const NamespaceId& id_;
  SecretBuffer& buffer_;
  BootTime deadline_, looks_until_;
  StandingPeers& standing_;
  NamespaceReading reading_;
  std::unique_ptr<NetlinkChannel> channel_;  // closed when a dump did not end well
  std::optional<std::uint16_t> family_;      // asked for only when there is a device to dump
  bool family_asked_again_ = false;
  Duration waited_{};  // in the last send(2)
  std::uint32_t sequence_ = 0;
  std::size_t refused_ = 0;  // devices that ended with EPERM
};

// Wipes what was received, whichever way the decoder is left.
class WipeGuard {
 public:
  WipeGuard(SecretBuffer& buffer, std::size_t used) : buffer_(buffer), used_(used) {}
  ~WipeGuard() { buffer_.wipe(0, used_); }
  WipeGuard(const WipeGuard&) = delete;
  WipeGuard& operator=(const WipeGuard&) = delete;

 private:
  SecretBuffer& buffer_;
  std::size_t used_;
};

// Sends, then feeds the decoder until it has enough. Returns errno, 0 when the answer ended or the
// time did: the decoder knows which.
template <class Decoder>
int NamespaceReader::exchange(const NetlinkRequest& request, Decoder& decoder, BootTime until) {
  const BootTime asked = system_.now();
  // The kernel makes the first part of a dump within send(2), and waits there for who changes it.
  if (const auto sent = channel_->send(request); !sent) return sent.error();
  waited_ = system_.now() - asked;
  while (!decoder.ended()) {
    const auto datagram = channel_->receive(buffer_.bytes(), until);
    if (!datagram) return datagram.error() == ETIMEDOUT ? 0 : datagram.error();
    const WipeGuard guard(buffer_, datagram->bytes.size());
    decoder.feed(datagram->bytes, datagram->cut);
  }
  return 0;
}

std::expected<std::uint16_t, DeviceDump> NamespaceReader::resolve_family(BootTime until) {
  FamilyDecoder decoder({++sequence_, channel_->port_id()});
  const int error = exchange(request_family(sequence_, WG_GENL_NAME), decoder, until);
  if (error != 0) return std::unexpected(failed_dump(error));
  if (const auto id = decoder.id()) return *id;
  const AnswerState& state = decoder.state();
  if (state.error == ENOENT) {
    return std::unexpected(failed_dump(ENOENT, "the kernel has no netlink family wireguard"));
  }
  DeviceDump dump = failed_dump(state.error != 0 ? state.error : EPROTO, state.error_text);
  if (!state.ended) dump.doubt = RetryReason::timed_out;
  return std::unexpected(std::move(dump));
}

// An open channel and the family's id.
std::expected<std::uint16_t, DeviceDump> NamespaceReader::prepare(BootTime until) {
  if (!channel_) {
    auto opened = system_.open(Protocol::generic);
    if (!opened) return std::unexpected(failed_dump(opened.error()));
    channel_ = std::move(*opened);
  }
  if (family_) return *family_;
  auto family = resolve_family(until);
  if (family) family_ = *family;
  return family;
}

DeviceDump NamespaceReader::dump_once(const NamedLink& link) {
  const BootTime until = try_until(system_.now(), deadline_);
  const auto family = prepare(until);
  if (!family) {
    channel_.reset();
    return family.error();
  }
  const RequestId request{++sequence_, channel_->port_id()};
  DeviceDecoder decoder({request, *family, link.link.index, link.name});
  const int error =
      exchange(request_device(request.sequence, *family, link.link.index), decoder, until);
  DeviceDump dump = std::move(decoder).finish();
  if (error != 0) {
    dump.doubt = RetryReason::error;
    dump.error = error;
    dump.device.completeness = Completeness::incomplete;
  }
  if (dump.doubt) channel_.reset();
  return dump;
}

// The id is given anew when the module is loaded again: a stale one is ENOENT, or belongs to
// another family by now, which does not know the command.
bool NamespaceReader::family_may_have_changed(const DeviceDump& dump) {
  const bool suspect = dump.error == ENOENT || dump.error == EOPNOTSUPP;
  if (!suspect || family_asked_again_) return false;
  family_asked_again_ = true;
  family_.reset();
  return true;
}

// nullopt: there was no time for it.
std::optional<DeviceDump> NamespaceReader::dump(const NamedLink& link) {
  for (unsigned tries = 1;; ++tries) {
    if (system_.now() >= deadline_) return std::nullopt;
    DeviceDump dump = dump_once(link);
    const bool retry =
        dump.doubt && dump.error != ENODEV && tries < kMaxTries &&
        (family_may_have_changed(dump) || worth_another_try(*dump.doubt, dump.error));
    if (!retry) return dump;
    ++reading_.source.retries.at(static_cast<std::size_t>(*dump.doubt));
  }
}

std::optional<NamespaceReader::Seen> NamespaceReader::see(const NamedLink& link) {
  auto seen = dump(link);
  if (!seen) {
    fail(link, why_of(ETIMEDOUT));
    return std::nullopt;
  }
  if (seen->error == ENODEV) return std::nullopt;  // deleted since it was listed
  Seen result{&link, system_.now(), {}, {}};
  if (seen->doubt) {
    result.dump = std::move(*seen);
  } else {
    result.look.emplace(std::move(*seen), standing_, link.link.index);
  }
  return result;
}

// All that are in question, after one pause each time.
void NamespaceReader::look_again(std::vector<Seen>& all) {
  std::vector<Seen*> open;
  for (Seen& seen : all) {
    if (seen.look && !seen.look->decided()) open.push_back(&seen);
  }
  for (const Duration pause : SecondLook::kPauses) {
    if (open.empty() || system_.now() + pause >= looks_until_) break;
    system_.pause(pause);
    std::erase_if(open, [&](Seen* seen) { return is_answered(*seen); });
  }
}

// Whether another dump has said all that there is to say.
bool NamespaceReader::is_answered(Seen& seen) {
  if (!seen.look || system_.now() >= deadline_) return true;
  DeviceDump next = dump_once(*seen.link);
  if (next.error == ENODEV) {
    seen.link = nullptr;
    return true;
  }
  seen.at = system_.now();
  seen.look->take(std::move(next), waited_ >= kWriterTurn);
  if (seen.look->decided()) return true;
  ++reading_.source.retries.at(static_cast<std::size_t>(RetryReason::interrupted));
  return false;
}

void NamespaceReader::conclude(Seen seen) {
  if (seen.link == nullptr) return;  // deleted meanwhile: as if it never had been
  const std::uint32_t ifindex = seen.link->link.index;
  if (seen.look) {
    const bool patient = seen.look->only_waited() && standing_.lose_patience(ifindex);
    seen.dump = std::move(*seen.look).result(patient);
  }
  if (!seen.dump.doubt) {
    standing_.stands(ifindex, seen.dump.device, seen.at);
  } else if (seen.dump.identified && !seen.dump.renamed) {
    standing_.shows(ifindex, seen.dump.device);
  }
  conclude(*seen.link, std::move(seen.dump), seen.at);
}

void NamespaceReader::conclude(const NamedLink& link, DeviceDump dump, BootTime at) {
  if (dump.error == EPERM) ++refused_;
  if (dump.renamed) return fail(link, "renamed while it was read");
  if (dump.doubt) {
    std::string why = why_in_doubt("dump", *dump.doubt, dump.error, dump.error_text);
    if (!dump.identified) return fail(link, std::move(why));
    reading_.source.status = SourceStatus::incomplete;
    reading_.source.why = std::move(why);
  }
  publish(link, std::move(dump), at);
}

void NamespaceReader::publish(const NamedLink& link, DeviceDump dump, BootTime at) {
  Device& device = dump.device;
  device.netns = id_.label;
  device.netns_device = id_.device;
  device.netns_inode = id_.inode;
  device.link = link.link;
  device.observed_at = at;
  reading_.devices.push_back(std::move(device));
}

void NamespaceReader::fail(const NamedLink& link, std::string why) {
  reading_.failures.push_back({CollectorKind::netlink, id_.label, link.name, std::move(why)});
}

NamespaceReading NamespaceReader::read() {
  const BootTime begun = system_.now();
  SourceResult& source = reading_.source;
  const LinkListing listing = list_links(system_, WG_GENL_NAME, deadline_, source.retries);
  std::vector<Seen> all;
  std::vector<std::uint32_t> listed;
  for (const NamedLink& link : listing.links) {
    listed.push_back(link.link.index);
    if (auto seen = see(link)) all.push_back(std::move(*seen));
  }
  look_again(all);
  for (Seen& seen : all) conclude(std::move(seen));
  if (!listing.doubt) standing_.keep_only(listed);
  if (listing.doubt) {
    const bool nothing = listing.links.empty();
    source.status = nothing ? SourceStatus::failed : SourceStatus::incomplete;
    source.why = why_in_doubt("list of links", *listing.doubt, listing.error, listing.error_text);
  }
  if (refused_ > 0 && reading_.devices.empty() && refused_ == reading_.failures.size()) {
    source.status = SourceStatus::failed;
    source.why = why_of(EPERM);
  }
  source.duration = system_.now() - begun;
  return std::move(reading_);
}

}  // namespace

NamespaceReading read_namespace(const NetlinkSystem& system, const NamespaceId& id,
                                SecretBuffer& buffer, const ReadLimits& limits,
                                StandingPeers& standing) {
  return NamespaceReader(system, id, buffer, limits, standing).read();
}

}  // namespace wgaudit
