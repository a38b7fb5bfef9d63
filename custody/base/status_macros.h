#ifndef QUORATE_CUSTODY_BASE_STATUS_MACROS_H_
#define QUORATE_CUSTODY_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Shaped like the macros that later Abseil releases carry, to be dropped for them one day.

#define QUORATE_MACRO_CONCAT_INNER(a, b) a##b
#define QUORATE_MACRO_CONCAT(a, b) QUORATE_MACRO_CONCAT_INNER(a, b)

// Leaves the function with the status that `expr` gives, unless that is OK. In a function that
// returns absl::Status or an absl::StatusOr.
#define QUORATE_RETURN_IF_ERROR(expr) \
  QUORATE_RETURN_IF_ERROR_INNER(QUORATE_MACRO_CONCAT(quorate_status_, __COUNTER__), expr)
#define QUORATE_RETURN_IF_ERROR_INNER(status, expr)   \
  do {                                                \
    if (absl::Status status = (expr); !status.ok()) { \
      return status;                                  \
    }                                                 \
  } while (false)

// Evaluates `expr`, an absl::StatusOr<T>, and leaves the function with its status or moves its
// value to `lhs`, which may declare a variable: QUORATE_ASSIGN_OR_RETURN(Bytes body, ReadBody()).
// A declared type with a comma in it needs a name first, or `auto`.
#define QUORATE_ASSIGN_OR_RETURN(lhs, ...) \
  QUORATE_ASSIGN_OR_RETURN_INNER(QUORATE_MACRO_CONCAT(quorate_or_, __COUNTER__), lhs, (__VA_ARGS__))
#define QUORATE_ASSIGN_OR_RETURN_INNER(status_or, lhs, expr) \
  auto status_or = expr;                                     \
  if (!status_or.ok()) return std::move(status_or).status(); \
  lhs = *std::move(status_or)

#endif  // QUORATE_CUSTODY_BASE_STATUS_MACROS_H_
