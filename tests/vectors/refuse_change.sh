#!/bin/sh
# A change of one hexadecimal digit anywhere in a frozen file must fail the check.
# usage: refuse_change.sh VECTORS FILE...
set -eu
vectors=$1
shift
for file in "$@"; do
  # Every twentieth line that holds a long hexadecimal value, its last digit turned to another.
  for line in $(grep -nE '"[0-9a-f]{32,}"' "$file" | cut -d: -f1 | awk 'NR % 13 == 3'); do
    # Of the seed nothing is checked, and refused values stay bad when they change.
    if sed -n "${line}p" "$file" | grep -qE '"(seed|bytes)"'; then continue; fi
    if sed -n "1,${line}p" "$file" | grep -q '"refused_items"'; then
      if ! sed -n "1,${line}p" "$file" | grep -q '"identities"'; then continue; fi
    fi
    if sed "${line}s/0\(\",\{0,1\}\)\$/X\1/; ${line}s/[1-9a-f]\(\",\{0,1\}\)\$/0\1/; ${line}s/X\(\",\{0,1\}\)\$/1\1/" "$file" |
      "$vectors" check - >/dev/null 2>&1; then
      echo "$file: a change in line $line was not noticed" >&2
      exit 1
    fi
  done
done
