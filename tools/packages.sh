# shellcheck shell=sh
# tools/packages.sh - read tools/packages.  Sourced by tools/setup and tools/doctor (sh).

# Call "$1 look_for at_least packages purpose" for each line of tools/packages.
packages_each() {
    while read -r look_for at_least packages purpose; do
        case $look_for in
        '' | '#'*) ;;
        *) "$1" "$look_for" "$at_least" "$packages" "$purpose" ;;
        esac
    done <"$(dirname "$0")/packages"
}

# Is it there?  $1: the first column.
package_present() {
    case $1 in
    riscv-gcc) "$(dirname "$0")/toolchain" >/dev/null 2>&1 ;;
    /*)
        # The pattern is meant to expand.
        # shellcheck disable=SC2086
        set -- $1
        [ -e "$1" ]
        ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
    esac
}
