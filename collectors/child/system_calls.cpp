#include "collectors/child/system_calls.hpp"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <memory>

namespace wgaudit {
namespace {

#ifdef WGAUDIT_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// No execve, no ptrace, no file made or changed, no clone into new namespaces.
constexpr int kAllowed[] = {
    // memory, of malloc, SecretBuffer and OpenSSL's secure heap
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(mlock),
    SCMP_SYS(mlock2),
    SCMP_SYS(munlock),
    // reading: sockets, dumps, directories, namespaces
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(fstatfs),
    SCMP_SYS(statfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(fcntl),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(setns),
    // talking to the kernel, to UAPI sockets, and to the parent
    SCMP_SYS(connect),
    SCMP_SYS(bind),
    SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    // time, identity, and being a spare
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrandom),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(futex),
    SCMP_SYS(socketpair),
    SCMP_SYS(wait4),
    SCMP_SYS(waitid),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    // abort(3)
    SCMP_SYS(tgkill),
};

constexpr scmp_datum_t kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
// sched.h: CLONE_NEWTIME | NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
constexpr scmp_datum_t kNewNamespaces = 0x7e020080;

struct Rule {
  int system_call;
  scmp_arg_cmp argument;
};

// Allowed where an argument is of this shape.
const Rule kAllowedWhen[] = {
    {SCMP_SYS(socket), SCMP_CMP(0, SCMP_CMP_EQ, AF_UNIX)},
    {SCMP_SYS(socket), SCMP_CMP(0, SCMP_CMP_EQ, AF_NETLINK)},
    {SCMP_SYS(open), SCMP_CMP(1, SCMP_CMP_MASKED_EQ, kWriting, 0)},
    {SCMP_SYS(openat), SCMP_CMP(2, SCMP_CMP_MASKED_EQ, kWriting, 0)},
    {SCMP_SYS(clone), SCMP_CMP(0, SCMP_CMP_MASKED_EQ, kNewNamespaces, 0)},
    {SCMP_SYS(mmap), SCMP_CMP(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
    {SCMP_SYS(mprotect), SCMP_CMP(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
    {SCMP_SYS(prctl), SCMP_CMP(0, SCMP_CMP_EQ, PR_SET_NAME)},
    {SCMP_SYS(prctl), SCMP_CMP(0, SCMP_CMP_EQ, PR_SET_PDEATHSIG)},
    {SCMP_SYS(prctl), SCMP_CMP(0, SCMP_CMP_EQ, PR_SET_VMA)},  // glibc names its arenas
};

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};

std::unexpected<Error> cannot(int error) {
  return std::unexpected(Error{"cannot give up privileges", "seccomp", strerror(error)});
}

}  // namespace

std::expected<void, Error> allow_only_collecting() {
  if (kSanitized) return {};
  const std::unique_ptr<void, ReleaseFilter> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) return cannot(ENOMEM);
  for (const int system_call : kAllowed) {
    const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, system_call, 0);
    if (error != 0) return cannot(-error);
  }
  // fork(2) of glibc is clone(2); where it tries clone3 first, it must be told to fall back.
  if (const int error = seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
      error != 0) {
    return cannot(-error);
  }
  for (const Rule& rule : kAllowedWhen) {
    const int error =
        seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, rule.system_call, 1, &rule.argument);
    if (error != 0) return cannot(-error);
  }
  const int error = seccomp_load(filter.get());
  return error == 0 ? std::expected<void, Error>{} : cannot(-error);
}

}  // namespace wgaudit
