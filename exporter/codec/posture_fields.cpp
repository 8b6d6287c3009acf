// The fields of a posture file.
#include "exporter/codec/field_values.hpp"
#include "exporter/codec/inventory_fields.hpp"

namespace wgaudit::inventory_format {
namespace {

constexpr Node kComment{.text = ignore_text};
constexpr Node kPublicKey{.text = [](Draft& d, std::string& text) -> Reason {
                            return take_key(d.posture_entry.public_key.emplace(), text);
                          },
                          .constraint = kKeyForm};
constexpr Node kDevice{.text = [](Draft& d, std::string& text) -> Reason {
                         return take_name(d.posture_entry.device, text);
                       },
                       .constraint = kNameForm};
constexpr Node kCompliant{.flag = [](Draft& d, bool value) -> Reason {
  d.posture_entry.posture.compliant = value;
  return kTaken;
}};
constexpr Node kCheckedAt{.text = [](Draft& d, std::string& text) -> Reason {
                            return take_time(d.posture_entry.posture.checked_at, text);
                          },
                          .constraint = kTimeForm};

constexpr Member kEntryMembers[] = {{"public_key", &kPublicKey},
                                    {"device", &kDevice},
                                    {"compliant", &kCompliant, true},
                                    {"checked_at", &kCheckedAt, true},
                                    {"comment", &kComment}};
constexpr Node kEntry{
    .members = kEntryMembers,
    .begin =
        [](Draft& d) {
          d.posture_entry = {};
          d.posture_entry.position = d.next_posture_entry++;
        },
    .end = [](Draft& d) -> Reason {
      if (d.posture_entry.public_key.has_value() != d.posture_entry.device.empty()) {
        return "either \"public_key\" or \"device\" is expected";
      }
      d.posture_entries.push_back(std::move(d.posture_entry));
      return kTaken;
    },
    .schema = R"(oneOf:[{"required": ["public_key"]}, {"required": ["device"]}])",
    .record = true};
constexpr Node kEntries{.items = &kEntry};

constexpr Node kVersion{.number = [](Draft&, std::uint64_t value) -> Reason {
                          return value == 1 ? kTaken : "this wgaudit reads version 1";
                        },
                        .constraint = R"("const": 1)"};
constexpr Member kRootMembers[] = {{"version", &kVersion, true},
                                   {"$schema", &kComment},
                                   {"comment", &kComment},
                                   {"devices", &kEntries, true}};
constexpr Node kRoot{.members = kRootMembers};

}  // namespace

const Node& posture_root() { return kRoot; }

}  // namespace wgaudit::inventory_format
