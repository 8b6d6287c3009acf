#include "exporter/codec/event_paths.hpp"

#include <map>
#include <set>
#include <string>
#include <variant>

#include "audit/event.hpp"
#include "exporter/codec/event_line.hpp"
#include "exporter/codec/event_ocsf_table.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kUnmapped = "unmapped.";

LineShape shape_of(FieldType type) {
  switch (type) {
    case FieldType::number:
      return LineShape::number;
    case FieldType::boolean:
      return LineShape::boolean;
    case FieldType::keywords:
    case FieldType::ips:
      return LineShape::list;
    case FieldType::keyword:
    case FieldType::date:
    case FieldType::ip:
    case FieldType::event_id:
    case FieldType::session_id:
      return LineShape::text;
  }
  return LineShape::text;
}

// Of one schema.
class Paths {
 public:
  // `counted`: what stands beside a list that is cut can stand there too.
  void add(const std::string& path, LineShape shape, bool counted = false) {
    for (std::size_t end = path.find('.'); end != std::string::npos;
         end = path.find('.', end + 1)) {
      objects_.insert(path.substr(0, end));
    }
    shapes_.emplace(path, shape);
    if (!counted) return;
    shapes_.emplace(path + std::string(kCountSuffix), LineShape::number);
    shapes_.emplace(path + std::string(kDigestSuffix), LineShape::text);
  }
  [[nodiscard]] std::optional<LineShape> shape_at(std::string_view path) const {
    const auto found = shapes_.find(path);
    if (found == shapes_.end()) return std::nullopt;
    return found->second;
  }
  [[nodiscard]] bool is_object_at(std::string_view path) const { return objects_.contains(path); }

 private:
  std::map<std::string, LineShape, std::less<>> shapes_;
  std::set<std::string, std::less<>> objects_;
};

Paths paths_of_ecs() {
  Paths paths;
  for (const FieldInfo& field : fields()) {
    paths.add(std::string(field.ecs), shape_of(field.type), has_count(field));
  }
  return paths;
}

bool is_counted(const OcsfMember& member) {
  const auto* source = std::get_if<Field>(&member.source);
  return source != nullptr && has_count(field_info(*source));
}

Paths paths_of_ocsf() {
  Paths paths;
  for (const OcsfMember& member : ocsf_members()) {
    paths.add(std::string(member.path), shape_of(member.type), is_counted(member));
  }
  for (const FieldInfo& field : fields()) {
    for (const OcsfClassInfo& info : ocsf_classes()) {
      const std::string_view path = unmapped_path(field.field, info.id);
      if (path.starts_with(kUnmapped)) {
        paths.add(std::string(path), shape_of(field.type), has_count(field));
      }
    }
  }
  for (const char* name : {"name", "type", "value"}) {
    paths.add("observables[]." + std::string(name), LineShape::text);
  }
  paths.add("observables[].type_id", LineShape::number);
  return paths;
}

const Paths& paths_of(EventFormat format) {
  static const Paths kEcs = paths_of_ecs(), kOcsf = paths_of_ocsf();
  return format == EventFormat::ocsf ? kOcsf : kEcs;
}

}  // namespace

std::optional<LineShape> shape_at(EventFormat format, std::string_view path) {
  return paths_of(format).shape_at(path);
}

bool is_object_at(EventFormat format, std::string_view path) {
  return paths_of(format).is_object_at(path);
}

}  // namespace wgaudit
