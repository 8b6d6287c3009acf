#include "exporter/daemon/inventory_copy.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <new>
#include <span>
#include <string_view>
#include <vector>

#include "exporter/codec/inventory_files.hpp"
#include "exporter/codec/inventory_json.hpp"
#include "exporter/codec/sha256.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 16U;

const Bytef* bytes_of(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

// Level 1: JSON becomes a fifth of itself, and a reload is not to wait for more.
class Deflater {
 public:
  Deflater() {
    // It fails for want of memory alone.
    if (deflateInit(&stream_, Z_BEST_SPEED) != Z_OK) throw std::bad_alloc();
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void add(std::string_view bytes) { run(bytes, Z_NO_FLUSH); }
  [[nodiscard]] std::string finish() {
    run({}, Z_FINISH);
    deflated_.shrink_to_fit();
    return std::move(deflated_);
  }

 private:
  void run(std::string_view bytes, int flush) {
    stream_.next_in = bytes_of(bytes);
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      deflate(&stream_, flush);
      deflated_.append(buffer_.data(), buffer_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
  std::vector<char> buffer_ = std::vector<char>(kPiece);
  std::string deflated_;
};

// The text of a deflated file, as far as it is sound.
class Inflater {
 public:
  explicit Inflater(std::string_view deflated) {
    if (inflateInit(&stream_) != Z_OK) throw std::bad_alloc();
    stream_.next_in = bytes_of(deflated);
    // More than 4 GiB cannot be sound: it is cut, and does not end as it should.
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(deflated.size(), UINT32_MAX));
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  [[nodiscard]] std::size_t read(std::span<char> buffer) {
    if (status_ != Z_OK) return 0;
    stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream_.avail_out = static_cast<uInt>(buffer.size());
    status_ = inflate(&stream_, Z_NO_FLUSH);
    const std::size_t got = buffer.size() - stream_.avail_out;
    bytes_ += got;
    if (bytes_ > kMaxInventoryFileBytes) status_ = Z_DATA_ERROR;
    return got;
  }
  // Whether it ended by itself, with so many bytes and nothing behind.
  [[nodiscard]] bool whole(std::uint64_t bytes) const {
    return status_ == Z_STREAM_END && bytes_ == bytes && stream_.avail_in == 0;
  }

 private:
  z_stream stream_{};
  int status_ = Z_OK;
  std::uint64_t bytes_ = 0;
};

std::expected<InventoryCopy::File, Error> copy_file(const std::string& path, Sha256& digest) {
  const auto failed = [&](std::string why) {
    return std::unexpected(Error{"cannot copy the inventory", path, std::move(why)});
  };
  auto file = InventoryFile::open(path);
  if (!file) return failed(file.error());
  InventoryCopy::File copy{path, 0, {}};
  Deflater deflater;
  std::vector<char> buffer(kPiece);
  while (const std::size_t got = file->read(buffer)) {
    digest.add({buffer.data(), got});
    deflater.add({buffer.data(), got});
    copy.bytes += got;
  }
  if (!file->failure().empty()) return failed(file->failure());
  copy.deflated = deflater.finish();
  return copy;
}

std::string first_error(const std::vector<Problem>& problems) {
  for (const Problem& problem : problems) {
    if (problem.severity == Problem::Severity::error) return to_string(problem);
  }
  return "it holds no inventory";
}

}  // namespace

std::expected<InventoryCopy, Error> make_copy(const Inventory& inventory) {
  InventoryCopy copy{inventory.path, inventory.sha256, {}};
  Sha256 digest;
  for (const std::string& path : inventory.files) {
    auto file = copy_file(path, digest);
    if (!file) return std::unexpected(file.error());
    copy.files.push_back(*std::move(file));
  }
  if (digest.hex() != inventory.sha256) {
    return std::unexpected(
        Error{"cannot copy the inventory", inventory.path, "it changed since it was loaded"});
  }
  return copy;
}

std::expected<Inventory, Error> read_copy(const InventoryCopy& copy) {
  const auto failed = [&](std::string why) {
    return std::unexpected(
        Error{"cannot use the stored copy of the inventory", copy.path, std::move(why)});
  };
  InventoryParser parser(copy.path);
  for (const InventoryCopy::File& file : copy.files) {
    if (file.bytes > kMaxInventoryFileBytes) return failed("larger than 256 MiB: " + file.path);
    Inflater inflater(file.deflated);
    parser.add(
        file.path, [&](std::span<char> buffer) { return inflater.read(buffer); }, file.bytes);
    if (!inflater.whole(file.bytes)) return failed("damaged: " + file.path);
  }
  LoadedInventory loaded = parser.finish();
  if (loaded.sha256 != copy.sha256) return failed("its digest is another one");
  if (!loaded.inventory) return failed(first_error(loaded.problems));
  return *std::move(loaded.inventory);
}

}  // namespace wgaudit
