// Which capabilities the targets need, and what a process has of them.
#pragma once

#include <sys/capability.h>

#include <vector>

#include "collectors/model/targets.hpp"

namespace wgaudit {

// Without these the netlink collector reads nothing (reference: capabilities(7), setns(2)).
[[nodiscard]] std::vector<cap_value_t> required_capabilities(const Targets& targets);
// These too are kept where a process has them: the targets may be out of reach without.
[[nodiscard]] std::vector<cap_value_t> useful_capabilities(const Targets& targets);

[[nodiscard]] bool is_permitted(cap_value_t capability);
// Makes exactly `kept` of the permitted capabilities effective, gives up all others, those of the
// ambient and, where it may, of the bounding set too. False with errno when the kernel refuses.
[[nodiscard]] bool keep_only(const std::vector<cap_value_t>& kept);

}  // namespace wgaudit
