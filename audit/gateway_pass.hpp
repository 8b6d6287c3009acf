// What only all devices of a poll together show: interfaces that are not there, keys on several.
#pragma once

#include <span>

#include "audit/device_pass.hpp"

namespace wgaudit {

// After the devices of the poll were judged: `devices` are all that it shows. REQUIRES: sources and
// failures of the observation are as they were read.
void judge_gateway(const PollScope& scope, const Observation& observation,
                   std::span<const JudgedDevice> devices);

}  // namespace wgaudit
