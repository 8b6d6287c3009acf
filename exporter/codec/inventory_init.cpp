#include <algorithm>
#include <map>
#include <set>

#include "exporter/codec/inventory_json.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {
namespace {

struct FirstRecord {
  std::vector<std::string> at;
  std::set<Cidr> allowed_ips;
};

std::map<Key, FirstRecord> collect_records(std::span<const Device> devices,
                                           std::string_view gateway) {
  std::map<Key, FirstRecord> records;
  for (const Device& device : devices) {
    const std::string place = to_string(Place{std::string(gateway), device.netns, device.name});
    for (const Peer& peer : device.peers) {
      FirstRecord& record = records[peer.public_key];
      record.at.push_back(place);
      const auto prefixes = device.prefixes_of(peer);
      record.allowed_ips.insert(prefixes.begin(), prefixes.end());
    }
  }
  return records;
}

void write_gateway(JsonWriter& out, std::span<const Device> devices, std::string_view gateway) {
  out.begin_object();
  out.text("name", gateway);
  out.key("interfaces");
  out.begin_array();
  for (const Device& device : devices) {
    out.begin_object(JsonWriter::Layout::inline_);
    out.text("name", device.name);
    out.text("netns", device.netns);
    if (device.public_key) out.text("public_key", to_string(*device.public_key));
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_record(JsonWriter& out, const Key& key, const FirstRecord& record) {
  out.begin_object();
  out.text("public_key", to_string(key));
  out.text("principal", "unnamed-" + short_form(key));
  out.text("status", to_string(Status::unreviewed));
  out.key("at");
  out.begin_array(JsonWriter::Layout::inline_);
  for (const std::string& place : record.at) out.text(place);
  out.end_array();
  out.key("allowed_ips");
  out.begin_array(JsonWriter::Layout::inline_);
  for (const Cidr& cidr : record.allowed_ips) out.text(to_string(cidr));
  out.end_array();
  out.end_object();
}

}  // namespace

std::string inventory_from_devices(std::span<const Device> devices, std::string_view gateway) {
  JsonWriter out;
  out.begin_object();
  out.number("version", 1);
  out.key("gateways");
  out.begin_array();
  write_gateway(out, devices, gateway);
  out.end_array();
  out.key("peers");
  out.begin_array();
  for (const auto& [key, record] : collect_records(devices, gateway))
    write_record(out, key, record);
  out.end_array();
  out.end_object();
  return out.take();
}

}  // namespace wgaudit
