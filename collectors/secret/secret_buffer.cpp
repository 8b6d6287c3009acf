#include "collectors/secret/secret_buffer.hpp"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>

namespace wgaudit {
namespace {

std::size_t whole_pages(std::size_t size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t rounded = (std::max(size, std::size_t{1}) + page - 1) / page * page;
  if (rounded < size) throw std::bad_alloc();
  return rounded;
}

}  // namespace

SecretBuffer::SecretBuffer(std::size_t size) : size_(whole_pages(size)) {
  // Pages of its own: the allocator must never hand a byte of it to anybody else, and madvise(2)
  // works on whole pages.
  void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(memory);
  locked_ = mlock(data_, size_) == 0;
  madvise(data_, size_, MADV_DONTDUMP);
  // A forked process sees zeros. Not MADV_DONTFORK: its destructor would run over a hole, or over
  // what was mapped there since.
  madvise(data_, size_, MADV_WIPEONFORK);
}

SecretBuffer::~SecretBuffer() {
  if (data_ == nullptr) return;
  wipe();
  munmap(data_, size_);
}

SecretBuffer::SecretBuffer(SecretBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      locked_(std::exchange(other.locked_, false)) {}

SecretBuffer& SecretBuffer::operator=(SecretBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(locked_, other.locked_);
  return *this;
}

void SecretBuffer::wipe() { wipe(0, size_); }

void SecretBuffer::wipe(std::size_t offset, std::size_t length) {
  assert(offset <= size_ && length <= size_ - offset);
  if (length != 0) explicit_bzero(data_ + offset, length);
}

void SecretBuffer::grow(std::size_t size) {
  if (size <= size_) return;
  // Not mremap(2): it may leave the old pages to others unwiped.
  SecretBuffer larger(size);
  std::copy_n(data_, size_, larger.data_);
  *this = std::move(larger);
}

}  // namespace wgaudit
