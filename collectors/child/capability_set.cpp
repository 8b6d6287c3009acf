#include "collectors/child/capability_set.hpp"

#include <algorithm>
#include <memory>

namespace wgaudit {
namespace {

struct FreeCapabilities {
  void operator()(cap_t capabilities) const { cap_free(capabilities); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

bool has_namespaces(const Targets& targets) { return targets.all_netns || !targets.netns.empty(); }

}  // namespace

std::vector<cap_value_t> required_capabilities(const Targets& targets) {
  if (!targets.netlink) return {};
  if (has_namespaces(targets)) return {CAP_NET_ADMIN, CAP_SYS_ADMIN};
  return {CAP_NET_ADMIN};
}

std::vector<cap_value_t> useful_capabilities(const Targets& targets) {
  std::vector<cap_value_t> useful = required_capabilities(targets);
  // Root without it may not enter another user's directory nor connect to a socket of mode 0600
  // that is not its own.
  if (targets.uapi) useful.push_back(CAP_DAC_OVERRIDE);
  // `sudo wgaudit report --from-dump FILE` where FILE is another user's.
  if (!targets.dumps.empty()) useful.push_back(CAP_DAC_READ_SEARCH);
  // /proc/PID/ns/net of a container, which holds capabilities that this process gave up
  // (ptrace(2), PTRACE_MODE_READ_FSCREDS).
  const auto of_a_process = [](const NetnsTarget& t) { return t.path.starts_with("/proc/"); };
  if (targets.netlink && std::ranges::any_of(targets.netns, of_a_process)) {
    useful.push_back(CAP_SYS_PTRACE);
  }
  return useful;
}

bool is_permitted(cap_value_t capability) {
  const Capabilities now(cap_get_proc());
  cap_flag_value_t value = CAP_CLEAR;
  return now && cap_get_flag(now.get(), capability, CAP_PERMITTED, &value) == 0 && value == CAP_SET;
}

bool keep_only(const std::vector<cap_value_t>& kept) {
  std::vector<cap_value_t> held;
  std::ranges::copy_if(kept, std::back_inserter(held), is_permitted);
  // Needs CAP_SETPCAP; a process without it cannot gain from the bounding set either, since it has
  // no_new_privs.
  for (cap_value_t capability = 0; cap_get_bound(capability) >= 0; ++capability) {
    if (std::ranges::find(held, capability) == held.end()) cap_drop_bound(capability);
  }
  cap_reset_ambient();
  const Capabilities wanted(cap_init());
  if (!wanted) return false;
  const int count = static_cast<int>(held.size());
  if (count != 0 && (cap_set_flag(wanted.get(), CAP_PERMITTED, count, held.data(), CAP_SET) != 0 ||
                     cap_set_flag(wanted.get(), CAP_EFFECTIVE, count, held.data(), CAP_SET) != 0)) {
    return false;
  }
  return cap_set_proc(wanted.get()) == 0;
}

}  // namespace wgaudit
