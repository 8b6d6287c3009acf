// A file that is read with read(2), for text that holds keys; closed with its owner.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace wgaudit {

class InputFile {
 public:
  // "-" is standard input, which stays open. `errno` says why where the number is below 0.
  explicit InputFile(const std::string& path)
      : number_(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {}
  ~InputFile() {
    if (number_ > STDERR_FILENO) close(number_);
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

}  // namespace wgaudit
