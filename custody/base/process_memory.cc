#include "custody/base/process_memory.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace quorate::base {

void HideProcessMemory() {
  const struct rlimit none = {0, 0};
  // Neither can fail for a process that asks for less than it has.
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace quorate::base
