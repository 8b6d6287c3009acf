#include "exporter/web/basic_auth.hpp"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "collectors/model/ascii.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kScheme = "basic ";
constexpr std::size_t kMaxPassword = 4096;

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0 || text.size() > kMaxPassword) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  // EVP_DecodeBlock skips white space at both ends, and takes any '=' for a zero.
  if (text.substr(0, text.size() - padding).find_first_of("= \t\r\n") != std::string_view::npos) {
    return std::nullopt;
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size != static_cast<int>(bytes.size())) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

bool matches(const std::string& password, const std::string& hash) {
  // crypt(3) takes a C string: what stands behind a NUL would not be looked at.
  const bool whole = password.find('\0') == std::string::npos;
  const auto data = std::make_unique<crypt_data>();  // 32 KiB
  const char* const got = crypt_r(password.c_str(), hash.c_str(), data.get());
  const bool same = got != nullptr && std::string_view(got).size() == hash.size() &&
                    CRYPTO_memcmp(got, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(data.get(), sizeof *data);
  return same && whole;
}

template <typename Digests>
bool holds(const Digests& digests, const typename Digests::value_type& one) {
  return std::ranges::find(digests, one) != digests.end();
}

template <typename Digests>
void remember(Digests& digests, const typename Digests::value_type& one) {
  if (holds(digests, one)) return;
  if (digests.size() >= BasicAuth::kMostCached) digests.pop_front();
  digests.push_back(one);
}

}  // namespace

std::optional<Credentials> parse_basic(std::string_view header) {
  if (header.size() < kScheme.size() ||
      !std::ranges::equal(header.substr(0, kScheme.size()), kScheme, {}, to_lower)) {
    return std::nullopt;
  }
  header.remove_prefix(kScheme.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  const auto pair = decode_base64(header);
  if (!pair) return std::nullopt;
  const std::size_t colon = pair->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{pair->substr(0, colon), pair->substr(colon + 1)};
}

BasicAuth::BasicAuth() {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1) {
    throw std::runtime_error("no random bytes");
  }
}

void BasicAuth::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  turn_.notify_all();
}

// A place in the queue, until it is left, whatever is thrown meanwhile: one that stayed taken would
// be lost to others for ever. REQUIRES: mutex_ is held by who makes it, not by who destroys it.
class BasicAuth::Turn {
 public:
  Turn(BasicAuth& auth, PasswordQueue::Place place) noexcept : auth_(auth), place_(place) {}
  ~Turn() {
    const std::lock_guard lock(auth_.mutex_);
    auth_.queue_.leave(place_);
    if (came_) auth_.running_ = false;
    auth_.turn_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // False: it never comes, all are to stop.
  [[nodiscard]] bool await(std::unique_lock<std::mutex>& lock) {
    auth_.turn_.wait(lock, [this] {
      return auth_.stopping_ || (!auth_.running_ && auth_.queue_.is_next(place_));
    });
    came_ = !auth_.stopping_;
    if (came_) auth_.running_ = true;
    return came_;
  }

 private:
  BasicAuth& auth_;
  const PasswordQueue::Place place_;
  bool came_ = false;
};

BasicAuth::Verdict BasicAuth::check(const Users& users, const Credentials& given,
                                    const PasswordQueue::Source& source, PasswordQueue::Time now) {
  const bool known = users.contains(given.user);
  const std::string hash = hash_for(users, given.user);
  const Digest pair = digest(given.user, hash, given.password);
  std::optional<Turn> turn;
  {
    std::unique_lock lock(mutex_);
    if (holds(good_, pair)) return Verdict::accepted;
    if (holds(wrong_, pair)) return Verdict::refused;
    if (stopping_) return Verdict::busy;
    const auto place = queue_.enter(source, now);
    if (!place) return Verdict::busy;
    turn.emplace(*this, *place);
    if (!turn->await(lock)) return Verdict::busy;
  }
  const bool good = matches(given.password, hash) && known;
  const std::lock_guard lock(mutex_);
  remember(good ? good_ : wrong_, pair);
  if (!good) queue_.note_refusal(source, now);
  return good ? Verdict::accepted : Verdict::refused;
}

// Whose cost an unknown name gets is drawn by the name: always the same one, so that it cannot be
// averaged away, and which one cannot be told without the key.
std::string BasicAuth::hash_for(const Users& users, const std::string& name) const {
  if (const auto user = users.find(name); user != users.end()) return user->second;
  std::string cost = "04";
  if (!users.empty()) {
    std::uint64_t drawn = 0;
    const Digest digest_of_name = digest(name, "", "");
    std::memcpy(&drawn, digest_of_name.data(), sizeof drawn);
    const auto steps = static_cast<std::ptrdiff_t>(drawn % users.size());
    cost = std::next(users.begin(), steps)->second.substr(4, 2);
  }
  return "$2b$" + cost + "$wgauditwgauditwgauditu" + std::string(31, '.');
}

std::size_t BasicAuth::cached() const {
  const std::lock_guard lock(mutex_);
  return good_.size();
}

BasicAuth::Digest BasicAuth::digest(std::string_view user, std::string_view hash,
                                    std::string_view password) const {
  std::string text = std::to_string(user.size()) + ':';
  text.append(user).append(hash).append(password);  // the hash is of one length
  Digest digest{};
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), nullptr);
  OPENSSL_cleanse(text.data(), text.size());
  return digest;
}

}  // namespace wgaudit
