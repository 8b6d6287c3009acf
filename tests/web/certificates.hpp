// Certificates for tests: P-256, made on the spot, valid for a day.
#pragma once

#include <string>

namespace wgaudit::test {

struct Certified {
  std::string cert, key;  // PEM
};

// Signed by itself, or by another.
[[nodiscard]] Certified make_authority(const std::string& name,
                                       const Certified* authority = nullptr);
// `names` as subjectAltName has them: "DNS:gw1,IP:127.0.0.1"; "" = none. Not `valid`: it ended
// yesterday.
[[nodiscard]] Certified make_certificate(const Certified& authority, const std::string& name,
                                         const std::string& names = "", bool valid = true);

}  // namespace wgaudit::test
