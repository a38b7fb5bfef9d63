#ifndef QUORATE_CUSTODY_BASE_PROCESS_MEMORY_H_
#define QUORATE_CUSTODY_BASE_PROCESS_MEMORY_H_

namespace quorate::base {

// Keeps this process's memory out of core dumps and from other processes of its user. Not from
// root, nor from a debugger that was attached before. For the first lines of a main function.
void HideProcessMemory();

}  // namespace quorate::base

#endif  // QUORATE_CUSTODY_BASE_PROCESS_MEMORY_H_
