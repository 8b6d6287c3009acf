#include "exporter/web/client_names.hpp"

#include <openssl/x509v3.h>

#include <memory>

#include "collectors/model/cidr.hpp"

namespace wgaudit {
namespace {

std::string bytes_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

// "" where it is no address.
std::string address_of(const ASN1_STRING* octets) {
  const std::string bytes = bytes_of(octets);
  Address address;
  if (bytes.size() != 4 && bytes.size() != 16) return "";
  address.family = bytes.size() == 4 ? Family::ipv4 : Family::ipv6;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return to_string(address);
}

}  // namespace

std::vector<std::string> subject_alternative_names(const x509_st* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> list(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  for (int i = 0; list != nullptr && i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list.get(), i);
    if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI) {
      names.push_back(bytes_of(name->d.ia5));  // a NUL within it is a byte that must match
    } else if (name->type == GEN_IPADD) {
      names.push_back(address_of(name->d.iPAddress));
    }
  }
  return names;
}

}  // namespace wgaudit
