// Members of objects that the JSON of a report and the API have in common: names and meanings are a
// contract (SPEC §8). Pure.
#pragma once

#include "audit/view.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {

// All but its peers.
void write_interface_members(JsonWriter& out, const Device& device);
void write_peer_members(JsonWriter& out, const View& view, const Device& device, const Peer& peer,
                        const PeerStatus& status);
void write_finding_members(JsonWriter& out, const Finding& finding);

}  // namespace wgaudit
