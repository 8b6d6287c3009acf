// Members of an OCSF line that follow from several fields. Pure.
#pragma once

#include <optional>

#include "exporter/codec/event_ocsf_table.hpp"

namespace wgaudit::ocsf_derive {

using Derived = std::optional<Value>;

[[nodiscard]] std::int64_t milliseconds(WallTime time);

[[nodiscard]] Derived time(const OcsfEvent& e);
[[nodiscard]] Derived profiles(const OcsfEvent& e);
[[nodiscard]] Derived labels(const OcsfEvent& e);
[[nodiscard]] Derived category_uid(const OcsfEvent& e);
[[nodiscard]] Derived category_name(const OcsfEvent& e);
[[nodiscard]] Derived class_uid(const OcsfEvent& e);
[[nodiscard]] Derived class_name(const OcsfEvent& e);
[[nodiscard]] Derived activity_id(const OcsfEvent& e);
[[nodiscard]] Derived activity_name(const OcsfEvent& e);
[[nodiscard]] Derived type_uid(const OcsfEvent& e);
[[nodiscard]] Derived type_name(const OcsfEvent& e);
[[nodiscard]] Derived severity(const OcsfEvent& e);
[[nodiscard]] Derived status_id(const OcsfEvent& e);
[[nodiscard]] Derived status(const OcsfEvent& e);
[[nodiscard]] Derived is_alert(const OcsfEvent& e);

[[nodiscard]] Derived duration(const OcsfEvent& e);
[[nodiscard]] Derived traffic_bytes(const OcsfEvent& e);
[[nodiscard]] Derived protocol_version_id(const OcsfEvent& e);
[[nodiscard]] Derived protocol_version(const OcsfEvent& e);
[[nodiscard]] Derived user_type_id(const OcsfEvent& e);
[[nodiscard]] Derived user_type(const OcsfEvent& e);

[[nodiscard]] Derived finding_uid(const OcsfEvent& e);
[[nodiscard]] Derived finding_title(const OcsfEvent& e);
[[nodiscard]] Derived compliance_status_id(const OcsfEvent& e);
[[nodiscard]] Derived compliance_status(const OcsfEvent& e);
[[nodiscard]] Derived resource_name(const OcsfEvent& e);
[[nodiscard]] Derived resource_type(const OcsfEvent& e);

[[nodiscard]] Derived entity_name(const OcsfEvent& e);
[[nodiscard]] Derived entity_uid(const OcsfEvent& e);
[[nodiscard]] Derived entity_type_id(const OcsfEvent& e);
[[nodiscard]] Derived entity_type(const OcsfEvent& e);
// Where the entity has a device: of a peer and a record.
[[nodiscard]] Derived device_type_id(const OcsfEvent& e);
[[nodiscard]] Derived device_type(const OcsfEvent& e);
// Where the line names a file.
[[nodiscard]] Derived file_type_id(const OcsfEvent& e);
[[nodiscard]] Derived file_type(const OcsfEvent& e);

}  // namespace wgaudit::ocsf_derive
