/* Preloaded: adds the seconds that SHIFT_CLOCKS_FILE holds (a 64-bit integer, mapped, so that a
   change is seen at once) to CLOCK_REALTIME and CLOCK_BOOTTIME, and to no other clock. That is what
   a program sees after a suspend; libfaketime moves all clocks or the wall clock alone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* shift;

__attribute__((constructor)) static void map_shift(void) {
  const char* path = getenv("SHIFT_CLOCKS_FILE");
  const int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void* mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, fd, 0);
  if (mapped == MAP_FAILED) abort();
  close(fd);
  shift = mapped;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  const long result = syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && shift && (clock == CLOCK_REALTIME || clock == CLOCK_BOOTTIME)) {
    time->tv_sec += *shift;
  }
  return (int)result;
}
